"""The environments of a workspace: the list, one environment's newest version, its history."""

from django import forms
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import redirect, render
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from environments.models import Environment
from environments.pages import listing
from environments.pages.changes import changes_along
from environments.pages.fragments import asked, render_page, wants_part
from environments.pages.search import Search
from environments.pages.states import lineage_entry, newest_builds, with_newest_build
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


class FilterForm(forms.Form):
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
        """{field: value} of what is set and makes sense; the rest of the address is passed over."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value and value != PRESET}


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
    search = Search(chosen.get("q", ""))
    found, sort = search.narrow(everything), chosen.get("sort", NEWEST_FIRST)
    groups = listing.groups_of(found)
    count, counts = listing.chosen_of(groups, filters)
    page = _page(request, listing.shown(listing.narrow(found, filters)).order_by(listing.SORTS[sort], "pk"), count)
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
    response = render_page(request, "environments/list.html", "results", context)
    if wants_part(request):
        response["HX-Push-Url"] = _address(request.path, chosen)
    return response


def _page(request, environments, count):
    """The page asked for, of environments that were counted already."""
    paginator = Paginator(environments, PER_PAGE)
    paginator.count = count
    page = paginator.get_page(request.GET.get("page"))
    page.object_list = list(page.object_list) if count else []
    return page


def _one_row(request, everything):
    environment = everything.filter(name=asked(request.GET, "row")).first()
    if environment is None:
        raise Http404
    return render(request, "environments/_row.html", {"row": listing.rows([environment])[0]})


def _address(path, chosen):
    return f"{path}?{urlencode(chosen, doseq=True)}" if chosen else path


def _heads(path, chosen, sort):
    """{column: (address that sorts by it, what aria-sort says)}"""
    heads = {}
    for name, first in HEADS.items():
        wanted = {name: f"-{name}", f"-{name}": name}.get(sort, first)
        said = {name: "ascending", f"-{name}": "descending"}.get(sort, "")
        heads[name] = _address(path, chosen | {"sort": wanted}), said
    return heads


def _pills(path, chosen, filters):
    """[(word, address without it)] of every filter that is on, and of the text."""
    pills = [(f"“{chosen['q']}”", _address(path, {**chosen, "q": ""}))] if "q" in chosen else []
    for name, values in filters.items():
        for value in values:
            others = [other for other in values if other != value]
            if [value] == PRESET and not others:
                others = listing.LIFECYCLE
            pills.append((listing.word_of(name, value), _address(path, chosen | {name: others})))
    return pills


@require_safe
def environment(request, ws, env):
    """The way to the newest version, or to the one a version select asks for."""
    found = environment_for(request.user, ws, env)
    if name := asked(request.GET, "version"):
        return redirect(version_for(request.user, ws, env, name))
    latest = found.latest()
    return redirect(latest) if latest else redirect("history", ws, env)


@require_safe
def history(request, ws, env):
    """Every version, newest first, with what changed from the one before; any two can be compared."""
    found: Environment = environment_for(request.user, ws, env)
    versions = with_newest_build(found.versions.for_pages().defer("text")).newest_first()
    page = Paginator(versions, PER_PAGE).get_page(request.GET.get("page"))
    shown = list(page.object_list)
    before = versions.filter(sequence__lt=shown[-1].sequence).first() if shown else None
    changes = changes_along([*shown, before] if before else shown)
    builds = newest_builds(shown)
    entries = [lineage_entry(version, builds, changes) for version in shown]
    return render(request, "environments/history.html", {"environment": found, "page": page, "entries": entries})
