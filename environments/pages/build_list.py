"""The builds of a workspace: narrowed, by pages, with what its last thirty days were like."""

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta
from statistics import median

from django import forms
from django.core.exceptions import ValidationError
from django.core.paginator import Paginator
from django.http import Http404
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import urlencode
from django.views.decorators.http import require_safe

from environments.forms.fields import FacetForm
from environments.models import Build
from environments.models.builds import ACTIVE, State
from environments.pages.fragments import render_results, vary, wants_part
from environments.pages.states import build_rows, with_progress
from environments.permissions import workspace_for
from environments.services.queue import Queue

PER_PAGE = 25
NEWEST_FIRST = ("-created_at", "-number")
STATES = {
    "active": ("Active", ACTIVE),
    "succeeded": ("Succeeded", [State.SUCCEEDED]),
    "failed": ("Failed", [State.FAILED]),
    "cancelled": ("Cancelled", [State.CANCELLED]),
}
PERIODS = {
    "day": ("Last 24 hours", timedelta(days=1)),
    "week": ("Last 7 days", timedelta(days=7)),
    "month": ("Last 30 days", timedelta(days=30)),
}
DAYS = 30  # of the small picture
MOST_RECENT = 1000
FEW = 100  # environments, whose builds are looked up one by one
STANDS_IN = {State.SUCCEEDED: 0, State.FAILED: 1}
WHO = ("requested_by__username", "requested_by__first_name", "requested_by__last_name")


class FilterForm(FacetForm):
    env = forms.CharField(required=False, max_length=255)
    state = forms.ChoiceField(required=False, choices=[(key, word) for key, (word, _) in STATES.items()])
    who = forms.CharField(required=False, max_length=150)
    period = forms.ChoiceField(required=False, choices=[(key, word) for key, (word, _) in PERIODS.items()])


@require_safe
def build_list(request, ws):
    """The list; with `?row=ID` for htmx, one row of it, asked for again while the build is under way."""
    workspace = workspace_for(request.user, ws)
    everything = workspace.builds.all()
    if wants_part(request) and "row" in request.GET:
        return _one_row(request, _shown(everything))
    chosen = FilterForm(request.GET).chosen()
    page = Paginator(narrowed(workspace, chosen).order_by(*NEWEST_FIRST), PER_PAGE).get_page(request.GET.get("page"))
    shown = list(_shown(page.object_list))
    queue = Queue()
    context = {
        "workspace": workspace,
        "page": page,
        "rows": build_rows(shown, queue),
        "chosen": chosen,
        "pills": _pills(request, chosen),
    }
    if not wants_part(request):
        context |= _around(workspace, queue)
    return render_results(request, "builds/list.html", context, chosen)


def _one_row(request, builds):
    try:
        build = builds.get(pk=request.GET["row"])
    except (Build.DoesNotExist, ValidationError):
        raise Http404 from None
    context = {"row": build_rows([build])[0], "named": "named" in request.GET}
    return vary(render(request, "builds/_live.html", context))


def _shown(builds):
    """With all that their rows show, which the database is asked only of those that are shown."""
    return with_progress(builds.for_pages())


def narrowed(workspace, chosen):
    """The builds of a workspace that fit all that was chosen."""
    builds = _of_environments(workspace, chosen["env"]) if "env" in chosen else workspace.builds.all()
    if who := chosen.get("who"):
        builds = builds.filter(requested_by__username=who)
    if state := chosen.get("state"):
        builds = builds.filter(state__in=STATES[state][1])
    if period := chosen.get("period"):
        builds = builds.filter(created_at__gt=timezone.now() - PERIODS[period][1])
    return builds


def _of_environments(workspace, name):
    """Those of environments with this in their names; where few have it, no others are read."""
    named = list(workspace.environments.filter(name__icontains=name).values_list("pk", flat=True)[: FEW + 1])
    if len(named) > FEW:
        return workspace.builds.filter(version__environment__name__icontains=name)
    return Build.objects.filter(version__environment__in=named)


def _pills(request, chosen):
    """[(words, address without it)] of every filter that is on."""
    said = {
        "env": "Environment “{}”".format,
        "who": "By {}".format,
        "state": lambda state: STATES[state][0],
        "period": lambda period: PERIODS[period][0],
    }
    pills = []
    for name, value in chosen.items():
        left = {other: kept for other, kept in chosen.items() if other != name}
        pills.append((said[name](value), f"{request.path}?{urlencode(left)}" if left else request.path))
    return pills


def _around(workspace, queue):
    """What stands around the rows and does not change as they are narrowed."""
    return {
        "month": month_of(workspace),
        "states": [(key, word) for key, (word, _) in STATES.items()],
        "periods": [(key, word) for key, (word, _) in PERIODS.items()],
        "load": queue.load,
        "paused": queue.paused,
        "limits": sorted({worker.capabilities.get("limits", "") for worker in queue.workers} - {""}),
    }


@dataclass(frozen=True, slots=True)
class Month:
    """The builds of the last thirty days, in UTC: (good, bad, others) of each day, and who asked for them.

    `rate`: per cent of those that succeeded or failed; `median`: seconds of the good ones that built something. Both
    are None where there was none. `cut`: there were more builds, these are the newest.
    """

    days: list
    count: int
    rate: int | None
    median: float | None
    people: list
    cut: bool

    @property
    def is_drawn(self):
        """One day alone makes no picture."""
        return sum(map(any, self.days)) > 1


def month_of(workspace):
    """The Month of a workspace, of its newest builds if there were very many."""
    first = timezone.now().replace(hour=0, minute=0, second=0, microsecond=0) - timedelta(days=DAYS - 1)
    recent = workspace.builds.filter(created_at__gte=first)
    fields = ("created_at", "state", "started_at", "finished_at", "reused", *WHO)
    rows = list(recent.order_by(*NEWEST_FIRST).values_list(*fields)[: MOST_RECENT + 1])
    counts = Counter((created.date(), STANDS_IN.get(state, 2)) for created, state, *_ in rows[:MOST_RECENT])
    good, bad = (sum(count for (_, place), count in counts.items() if place == wanted) for wanted in (0, 1))
    seconds = [(end - start).total_seconds() for _, state, start, end, reused, *_ in rows if _built(state, reused)]
    people = {name: f"{first} {last}".strip() or name for *_, name, first, last in rows if name}
    days = [first.date() + timedelta(days=number) for number in range(DAYS)]
    return Month(
        days=[tuple(counts[day, place] for place in range(3)) for day in days],
        count=min(len(rows), MOST_RECENT),
        rate=round(100 * good / (good + bad)) if good + bad else None,
        median=median(seconds) if seconds else None,
        people=sorted(people.items(), key=lambda item: item[1].lower()),
        cut=len(rows) > MOST_RECENT,
    )


def _built(state, reused):
    return state == State.SUCCEEDED and reused is None
