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
from environments.pages.states import lineage_entry, newest_builds, with_newest_build
from environments.permissions import environment_for, version_for, workspace_for

PER_PAGE = 25
SORTS = {"name": "name", "-name": "-name", "updated": "updated_at", "-updated": "-updated_at"}
NEWEST_FIRST = "-updated"


class FilterForm(forms.Form):
    q = forms.CharField(required=False, max_length=200)
    kind = forms.MultipleChoiceField(required=False, choices=[(kind, kind) for kind in listing.words.KINDS])
    status = forms.MultipleChoiceField(required=False, choices=[(status, status) for status in listing.STATUSES])
    sort = forms.ChoiceField(required=False, choices=[(sort, sort) for sort in SORTS])

    def chosen(self):
        """{field: value} of what is set and makes sense; the rest of the address is passed over."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


@require_safe
def environment_list(request, ws):
    """The list; with `?row=NAME` for htmx, one row of it, asked for again while its build is under way."""
    workspace = workspace_for(request.user, ws)
    everything = listing.listed(workspace.environments)
    if wants_part(request) and "row" in request.GET:
        return _one_row(request, everything)
    chosen = FilterForm(request.GET).chosen()
    found, reasons, unread = listing.search(everything, chosen.get("q", ""))
    for name in ("kind", "status"):
        if name in chosen:
            found = found.filter(**{f"{name}__in": chosen[name]})
    sort = chosen.get("sort", NEWEST_FIRST)
    page = Paginator(found.order_by(SORTS[sort], "pk"), PER_PAGE).get_page(request.GET.get("page"))
    counts = listing.facet_counts(everything)
    context = {
        "workspace": workspace,
        "page": page,
        "rows": listing.rows(page.object_list, reasons, chosen.get("q", "")),
        "total": sum(counts["kind"].values()),
        "unread": unread,
        "sort": sort,
        "chosen": chosen,
        "pills": _pills(request, chosen),
        "facets": {"kind": listing.kind_choices(counts["kind"]), "status": listing.status_choices(counts["status"])},
    }
    response = render_page(request, "environments/list.html", "results", context)
    if wants_part(request):
        response["HX-Push-Url"] = f"{request.path}?{urlencode(chosen, doseq=True)}" if chosen else request.path
    return response


def _one_row(request, everything):
    environment = everything.filter(name=asked(request.GET, "row")).first()
    if environment is None:
        raise Http404
    return render(request, "environments/_row.html", {"row": listing.rows([environment])[0]})


def _pills(request, chosen):
    """[(word, address without it)] of every filter that is on."""
    words = listing.words.KINDS | listing.words.STATUSES
    pills = []
    for name in ("kind", "status"):
        for value in chosen.get(name, []):
            left = chosen | {name: [other for other in chosen[name] if other != value]}
            pills.append((words[value].word, f"{request.path}?{urlencode(left, doseq=True)}"))
    return pills


@require_safe
def environment(request, ws, env):
    """The way to the newest version, also of what is archived, or to the one a version select asks for."""
    found = environment_for(request.user, ws, env)
    if name := asked(request.GET, "version"):
        return redirect(version_for(request.user, ws, env, name))
    shown = found.shown_version()
    return redirect(shown) if shown else redirect("history", ws, env)


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
