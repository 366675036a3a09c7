"""Where one starts: what one worked on, what runs, which workspaces there are."""

from django.db.models import Case, Count, Max, Q, Value, When
from django.shortcuts import render
from django.views.decorators.http import require_safe

from environments.models import CURATED, Build, Environment, Version
from environments.pages import listing
from environments.pages.states import build_rows, with_progress
from environments.permissions import editable_workspaces, role_in, workspaces_of

RECENT = 5
PICKS = 4
RUNNING = 10


@require_safe
def home(request):
    """The start page of someone signed in; everybody else is asked to sign in first."""
    visible = Environment.objects.visible_to(request.user)
    picks = listing.listed(visible.filter(workspace__slug=CURATED)).select_related("workspace").order_by("name")[:PICKS]
    recent = _touched(request.user, visible)
    context = {
        "recent": listing.rows(recent),
        "picks": listing.rows(picks),
        "places": _workspaces(request.user),
        "start_in": None if recent else editable_workspaces(request.user).first(),
    }
    return render(request, "home/home.html", context | _running(request.user))


def _touched(user, visible):
    """The environments user last made a version of or asked to build, the latest first."""
    listed = visible.listed().values("pk")
    written = Version.objects.filter(author=user, environment__in=listed).order_by().values_list("environment")
    asked = Build.objects.filter(requested_by=user, version__environment__in=listed).order_by()
    moments = written.annotate(at=Max("created_at")).union(
        asked.values_list("version__environment").annotate(at=Max("created_at"))
    )
    latest = list(dict.fromkeys(pk for pk, _ in moments.order_by("-at")[: 2 * RECENT]))[:RECENT]
    found = listing.listed(visible).select_related("workspace").in_bulk(latest)
    return [found[pk] for pk in latest if pk in found]


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
