"""The environments of a workspace: the list, and one environment's newest version."""

from django import forms
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

from environments.forms.fields import FacetForm
from environments.models import Environment, Workspace
from environments.pages import listing
from environments.pages.fragments import address_of, asked, render_results, vary, wants_part
from environments.pages.search import Search
from environments.permissions import environment_for, version_for, workspace_for

PER_PAGE = 25
NEWEST_FIRST = "-updated"
PRESET = ["active"]
HEADS = {"name": "name", "packages": "-packages", "updated": "-updated"}  # the order a first press asks for
MOST_CHARACTERS = 200


class AnyOf(forms.MultipleChoiceField):
    """Values that only the database can tell to be known."""

    def valid_value(self, value):
        return len(value) <= MOST_CHARACTERS and "\0" not in value


def _known(values):
    return forms.MultipleChoiceField(required=False, choices=[(value, value) for value in values])


class FilterForm(FacetForm):
    q = forms.CharField(required=False, max_length=MOST_CHARACTERS)
    status = _known(listing.STATUSES)
    kind = _known(listing.words.KINDS)
    framework = _known(listing.FRAMEWORKS)
    python = AnyOf(required=False)
    accelerator = AnyOf(required=False)
    owner = AnyOf(required=False)
    lifecycle = _known(listing.LIFECYCLE)
    sort = forms.ChoiceField(required=False, choices=[(sort, sort) for sort in listing.SORTS])

    def chosen(self):
        return {name: value for name, value in super().chosen().items() if value != PRESET}


@require_safe
def environment_list(request, ws):
    """The list; with `?row=NAME` for htmx, one row of it, asked for again while its build is under way."""
    workspace = workspace_for(request.user, ws)
    everything = workspace.environments.filter(anonymous=False)
    if wants_part(request) and "row" in request.GET:
        return _one_row(request, listing.shown(everything))
    chosen = FilterForm(request.GET).chosen()
    filters = {name: chosen[name] for name in listing.FACETS if name in chosen}
    filters.setdefault("lifecycle", PRESET)
    search = Search(chosen.get("q", ""), Workspace.objects.whose_images_serve(workspace))
    found, sort = search.narrow(everything), chosen.get("sort", NEWEST_FIRST)
    groups = listing.groups_of(found)
    count, counts = listing.chosen_of(groups, filters)
    page = _page(request, listing.narrow(found, filters), (listing.SORTS[sort], "pk"), count)
    context = {
        "workspace": workspace,
        "page": page,
        "rows": listing.rows(page.object_list, search.reasons(page.object_list)),
        "is_first_visit": not groups and not chosen.get("q"),
        "unread": search.unread,
        "sort": sort,
        "heads": _heads(request.path, chosen, sort),
        "chosen": chosen,
        "pills": _pills(request.path, chosen, filters),
        "facets": listing.facets_of(counts, filters),
        "is_part": wants_part(request),
    }
    return render_results(request, "environments/list.html", context, chosen)


def _page(request, environments, order, count):
    """The page asked for, of environments that were counted already. What rows show is read of those on it only."""
    paginator = Paginator(environments.order_by(*order), PER_PAGE)
    paginator.count = count
    page = paginator.get_page(request.GET.get("page"))
    on_page = Environment.objects.filter(pk__in=page.object_list.values("pk"))
    page.object_list = list(listing.shown(on_page).order_by(*order)) if count else []
    return page


def _one_row(request, everything):
    environment = everything.filter(name=asked(request.GET, "row")).first()
    if environment is None:
        raise Http404
    return vary(render(request, "environments/_live.html", {"row": listing.rows([environment])[0]}))


def _heads(path, chosen, sort):
    """{column: (address that sorts by it, what aria-sort says)}"""
    heads = {}
    for name, first in HEADS.items():
        wanted = {name: f"-{name}", f"-{name}": name}.get(sort, first)
        said = {name: "ascending", f"-{name}": "descending"}.get(sort, "")
        heads[name] = address_of(path, chosen | {"sort": wanted}), said
    return heads


def _pills(path, chosen, filters):
    """[(word, address without it)] of every filter that is on, and of the text."""
    pills = [(f"“{chosen['q']}”", address_of(path, {**chosen, "q": ""}))] if "q" in chosen else []
    for name, values in filters.items():
        for value in values:
            others = [other for other in values if other != value]
            if [value] == PRESET and not others:
                others = listing.LIFECYCLE
            pills.append((listing.word_of(name, value), address_of(path, chosen | {name: others})))
    return pills


@require_safe
def environment(request, ws, env):
    """The way to the newest version, also of what is archived, or to the one a version select asks for."""
    found = environment_for(request.user, ws, env)
    if name := asked(request.GET, "version"):
        return redirect(version_for(request.user, ws, env, name))
    shown = found.shown_version()
    return redirect(shown) if shown else redirect("history", ws, env)
