"""The queue of all workspaces, for site admins: paused with a reason, and let go on."""

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from environments.permissions import workspace_for
from environments.services import queue

LONGEST_REASON = 300


@require_POST
def pause(request, ws):
    """No build of any workspace is started from now on; everybody sees why."""
    workspace = _asked_from(request, ws)
    reason = " ".join(request.POST.get("reason", "").split())[:LONGEST_REASON]
    if reason:
        queue.pause(reason, by=request.user)
    else:
        messages.error(request, "Say why the queue is to be paused: everybody reads it while builds wait.")
    return redirect("build-list", ws=workspace.slug)


@require_POST
def resume(request, ws):
    workspace = _asked_from(request, ws)
    queue.resume(by=request.user)
    messages.success(request, "The queue goes on: waiting builds start as workers are free.")
    return redirect("build-list", ws=workspace.slug)


def _asked_from(request, ws):
    """The workspace whose list of builds holds the form."""
    if not request.user.is_superuser:
        raise PermissionDenied("The queue belongs to all workspaces: only a site admin can pause it.")
    return workspace_for(request.user, ws)
