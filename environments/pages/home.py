"""Where one starts: what one worked on, what runs, which workspaces there are."""

from django.db.models import Count, Max, Q
from django.shortcuts import render
from django.views.decorators.http import require_safe

from environments.models import CURATED, Build, Environment, Role, Workspace
from environments.pages import listing
from environments.pages.states import build_rows, with_progress

RECENT = 5
PICKS = 4
RUNNING = 10


@require_safe
def home(request):
    """The start page of someone signed in; everybody else is asked to sign in first."""
    visible = Environment.objects.visible_to(request.user)
    mine = visible.filter(versions__author=request.user).annotate(touched=Max("versions__created_at"))
    recent = listing.listed(mine).select_related("workspace").order_by("-touched")[:RECENT]
    picks = listing.listed(visible.filter(workspace__slug=CURATED)).select_related("workspace").order_by("name")[:PICKS]
    running = with_progress(Build.objects.for_pages().visible_to(request.user).active()).order_by("-created_at")
    context = {
        "recent": listing.rows(recent),
        "picks": listing.rows(picks),
        "running": build_rows(running[:RUNNING]),
        "running_count": running.count(),
        "places": _workspaces(request.user),
    }
    return render(request, "home/home.html", context)


def _workspaces(user):
    """A person's workspaces with role and counts, without the curated one."""
    listed = Q(environments__archived_at=None, environments__anonymous=False)
    found = Workspace.objects.visible_to(user).exclude(slug=CURATED)
    counted = found.annotate(environment_count=Count("environments", filter=listed, distinct=True))
    roles = dict(user.memberships.values_list("workspace_id", "role"))
    return [(workspace, Role.ADMIN if user.is_superuser else roles[workspace.pk]) for workspace in counted]
