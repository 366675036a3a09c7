"""Whose turn it is among the builds that wait, and the claim of the next one."""

from collections import defaultdict, deque
from datetime import UTC, datetime, timedelta
from heapq import heapify, heappop, heappush

from django.db.models import Count, Max, Q
from django.utils import timezone

from environments.models import Build, Hold, State, Worker
from environments.models.builds import ACTIVE

LOOK_BACK = timedelta(days=1)  # a turn of a build that was asked for earlier is forgotten
NEVER, AFTER_ALL = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)


def claim_next(worker):
    """Claim the build whose turn it is. Return it, or None if none waits or this worker is to take none now."""
    if Hold.objects.over(worker).exists() or Worker.objects.filter(name=worker, draining=True).exists():
        return None
    for build_id in in_turn():
        build = Build.objects.for_pages().filter(pk=build_id).first()
        if build and build.claim(worker):
            return build
    return None


def in_turn():
    """The ids of all waiting builds in the order they will be started, as things stand."""
    waiting = list(Build.objects.waiting().values_list("pk", "workspace"))
    return order(waiting, served()) if waiting else []


def order(waiting, served):
    """Sort builds by turn: the workspace with the fewest running builds, then the one whose last turn is longest ago.

    waiting: (build id, workspace), the oldest build first; served: {workspace: (running builds, when its last began)}.
    Each start is thought of as lasting, so workspaces alternate.
    """
    queues = defaultdict(deque)
    for build_id, workspace in waiting:
        queues[workspace].append(build_id)
    heap = [(*served.get(workspace, (0, NEVER)), age, workspace) for age, workspace in enumerate(queues)]
    heapify(heap)
    ordered = []
    while heap:
        running, _, _, workspace = heappop(heap)
        ordered.append(queues[workspace].popleft())
        if queues[workspace]:
            heappush(heap, (running + 1, AFTER_ALL, len(ordered), workspace))
    return ordered


def served():
    """{workspace: (running builds, when its last began)}. Those that found their image made took nobody's turn."""
    ended = [state for state in State if state not in ACTIVE]
    counted = Q(state=State.RUNNING) | Q(state__in=ended, created_at__gt=timezone.now() - LOOK_BACK)
    rows = Build.objects.filter(counted).exclude(worker="").order_by().values_list("workspace")
    rows = rows.annotate(running=Count("pk", filter=Q(state=State.RUNNING)), last=Max("started_at"))
    return {workspace: (running, last or NEVER) for workspace, running, last in rows}
