"""Where one starts: what one worked on, what runs, which workspaces there are."""

from django.db.models import Case, Count, Q, Value, When
from django.shortcuts import render
from django.views.decorators.http import require_safe

from environments.models import CURATED, Build, Environment, Version
from environments.pages import listing
from environments.pages.states import build_rows, with_progress
from environments.permissions import ROLES_WITH, Right, role_in, workspaces_of

RECENT = 5
TOUCHED = 200  # of the last versions one made and builds one asked for, those environments
PICKS = 4
RUNNING = 10


@require_safe
def home(request):
    """The start page of someone signed in; everybody else is asked to sign in first."""
    visible = Environment.objects.visible_to(request.user)
    picks = listing.listed(visible.filter(workspace__slug=CURATED)).select_related("workspace").order_by("name")[:PICKS]
    recent = _touched(request.user, visible)
    places = _workspaces(request.user)
    context = {
        "recent": listing.rows(recent),
        "picks": listing.rows(picks),
        "places": places,
        "start_in": _start_in(places, recent),
    }
    return render(request, "home/home.html", context | _running(request.user))


def _start_in(places, recent):
    """The workspace for a new environment: that of the one worked on last where one may make some, else the first."""
    editable = [workspace for workspace, role in places if role in ROLES_WITH[Right.EDIT]]
    return next((found.workspace for found in recent if found.workspace in editable), next(iter(editable), None))


def _touched(user, visible):
    """The environments user last made a version of or asked to build, the latest first."""
    offered = {"environment__anonymous": False, "environment__archived_at": None}
    written = Version.objects.filter(author=user, **offered).order_by("-created_at").values("pk")[:TOUCHED]
    asked = Build.objects.filter(requested_by=user, **{f"version__{name}": value for name, value in offered.items()})
    asked = asked.order_by("-created_at").values("pk")[:TOUCHED]
    moments = Version.objects.filter(pk__in=written).order_by().values_list("created_at", "environment")
    moments = moments.union(
        Build.objects.filter(pk__in=asked).order_by().values_list("created_at", "version__environment")
    )
    latest = list(dict.fromkeys(pk for _, pk in sorted(moments, reverse=True)))[: 2 * RECENT]
    found = listing.listed(visible).select_related("workspace").in_bulk(latest)
    return [found[pk] for pk in latest if pk in found][:RECENT]


def _running(user):
    """The builds under way, those user asked for apart from the others one may see."""
    mine = Q(requested_by=user)
    builds = Build.objects.for_pages().visible_to(user).active()
    first = Case(When(mine, then=Value(0)), default=Value(1))
    rows = build_rows(with_progress(builds).order_by(first, "-created_at")[: 2 * RUNNING], timed=False)
    counts = builds.aggregate(mine_count=Count("pk", filter=mine), others_count=Count("pk", filter=~mine))
    own = [row for row in rows if row["build"].requested_by_id == user.pk]
    others = [row for row in rows if row["build"].requested_by_id != user.pk]
    return counts | {"mine": own[:RUNNING], "others": others[:RUNNING]}


def _workspaces(user):
    """A person's workspaces with role and counts, without the public ones."""
    found = [workspace for workspace in workspaces_of(user) if workspace.role or not workspace.is_public]
    listed = Environment.objects.listed().filter(workspace__in=found).order_by().values_list("workspace")
    counts = dict(listed.annotate(Count("pk")))
    for workspace in found:
        workspace.environment_count = counts.get(workspace.pk, 0)
    return [(workspace, role_in(user, workspace)) for workspace in found]
