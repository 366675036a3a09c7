"""The queue as people see it: who is before whom, how long that takes by experience, and why nothing starts."""

import logging
from dataclasses import dataclass
from heapq import heapify, heapreplace
from statistics import median

from django.db import IntegrityError, transaction
from django.utils import timezone

from environments import tasks
from environments.builder.turns import in_turn
from environments.models import AuditEvent, Build, Hold, State, Worker
from environments.services.audit import record

logger = logging.getLogger(__name__)
EXPERIENCE = 200  # the newest good builds that tell how long others take
SIMILAR = 5
STUCK = "build.does_not_stop"


@dataclass(frozen=True, slots=True)
class Load:
    """How many builds run, how many can at once, and how many wait."""

    running: int
    slots: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the queue of all workspaces. seconds: until it starts, by experience; None if nobody can tell."""

    position: int
    of: int
    seconds: float | None
    load: Load


def pause(reason, *, by):
    """Let no more builds be started. If the queue is paused already, the newer reason and person count."""
    resume(by=by, go_on=False)
    try:
        with transaction.atomic():
            hold = Hold.objects.create(kind=Hold.Kind.PAUSED, reason=reason, by=by)
            record(by, "queue.pause", "the queue", reason=reason)
    except IntegrityError:  # somebody else paused it in this moment
        return Hold.objects.paused().first()
    return hold


@transaction.atomic
def resume(*, by, go_on=True):
    """Let builds be started again. Harmless if they are."""
    ended = Hold.objects.paused().update(ended_at=timezone.now())
    if ended and go_on:
        record(by, "queue.resume", "the queue")
        transaction.on_commit(poke_waiting)


def poke_waiting():
    """Poke for as many waiting builds as there are free slots."""
    for build_id in Build.objects.waiting().values_list("pk", flat=True)[: free_slots()]:
        tasks.poke(build_id)


def free_slots():
    return max(Worker.objects.slots() - Build.objects.filter(state=State.RUNNING).count(), 0)


def load():
    active = list(Build.objects.active().values_list("state", flat=True))
    running = active.count(State.RUNNING)
    return Load(running, Worker.objects.slots(), len(active) - running)


def places(builds):
    """{build id: Place} for those of these builds that wait."""
    if not any(build.state == State.QUEUED for build in builds):
        return {}
    turn = in_turn()
    active = {build.pk: build for build in Build.objects.active().select_related("version__environment")}
    running = [build for build in active.values() if build.state == State.RUNNING]
    waiting = [active[build_id] for build_id in turn if build_id in active]
    now = Load(len(running), Worker.objects.slots(), len(waiting))
    takes = durations([*running, *waiting], _experience())
    held = Hold.objects.paused().exists()
    left = [None if takes[build.pk] is None else max(takes[build.pk] - build.seconds, 0) for build in running]
    seconds = starts_in(0 if held else now.slots, left, [takes[build.pk] for build in waiting])
    return {
        build.pk: Place(number, len(waiting), after, now)
        for number, (build, after) in enumerate(zip(waiting, seconds, strict=True), 1)
    }


def starts_in(slots, left, takes):
    """Seconds until each waiting build starts, in turn; None from where it cannot be told.

    left: seconds that running builds still take; takes: seconds of those that wait; either may hold None.
    """
    ends = sorted(float("inf") if seconds is None else seconds for seconds in left)[:slots]
    ends += [0.0] * (slots - len(ends))
    heapify(ends)
    starts = []
    for seconds in takes:
        start = ends[0] if ends else float("inf")
        starts.append(None if start == float("inf") else start)
        if ends:
            heapreplace(ends, start + (float("inf") if seconds is None else seconds))
    return starts


def durations(builds, experience):
    """{build id: seconds it takes}: the median of the last good builds of its environment, else of its workspace, else
    of all; None without any. experience: (environment id, workspace id, seconds), the newest first."""
    known = {}
    for environment, workspace, seconds in experience:
        for key in (("environment", environment), ("workspace", workspace), "all"):
            known.setdefault(key, []).append(seconds)
    typical = {key: median(values[:SIMILAR]) for key, values in known.items()}
    return {build.pk: _typical(build.version.environment, typical) for build in builds}


def _typical(environment, typical):
    keys = (("environment", environment.pk), ("workspace", environment.workspace_id), "all")
    return next((typical[key] for key in keys if key in typical), None)


def _experience():
    good = Build.objects.with_image().filter(reused=None, started_at__isnull=False)
    rows = good.order_by("-created_at").values_list(
        "version__environment", "version__environment__workspace", "started_at", "finished_at"
    )
    return [(environment, workspace, (end - start).total_seconds()) for environment, workspace, start, end in rows[:EXPERIENCE]]


def tell_of_stuck():
    """Tell the administrators, once each, of builds that were to stop and did not."""
    for build in Build.objects.stuck().for_pages():
        workspace = build.version.environment.workspace
        if not AuditEvent.objects.filter(action=STUCK, workspace=workspace.slug, subject=str(build)).exists():
            record(None, STUCK, build, workspace, worker=build.worker)
            logger.error("%s (%s) was to stop and runs on; restart its worker %s", build, build.pk, build.worker)
