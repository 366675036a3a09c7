"""The queue as people see it: who is before whom, how long that takes by experience, and why nothing starts."""

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from heapq import heapify, heapreplace
from math import inf
from statistics import median
from typing import NamedTuple
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone

from environments import tasks
from environments.builder.turns import order, served
from environments.models import AuditEvent, Build, Hold, State, Worker
from environments.services.audit import record

logger = logging.getLogger(__name__)
EXPERIENCE = 200  # the newest good builds that tell how long others take
SIMILAR = 5
STUCK = "build.does_not_stop"


class Active(NamedTuple):
    """What the queue needs to know of a build that waits or runs."""

    pk: UUID
    state: str
    started_at: datetime | None
    environment: int
    workspace: int


@dataclass(frozen=True, slots=True)
class Load:
    """How many builds run, how many can at once, and how many wait."""

    running: int
    slots: int
    waiting: int


@dataclass(frozen=True, slots=True)
class Place:
    """A place in the queue of all workspaces. seconds: until it starts, by experience; None if nobody can tell.

    late: nobody can tell because what runs has taken longer than usual already."""

    position: int
    of: int
    seconds: float | None = None
    load: Load | None = None
    late: bool = False


def pause(reason, *, by):
    """Let no more builds be started; running ones go on. If the queue is paused already, the newer reason counts."""
    try:
        _pause(reason, by)
    except IntegrityError:  # somebody else did in this moment, so ours is the newer reason
        _pause(reason, by)


@transaction.atomic
def _pause(reason, by):
    Hold.objects.paused().update(ended_at=timezone.now())
    Hold.objects.create(kind=Hold.Kind.PAUSED, reason=reason, by=by)
    record(by, "queue.pause", "the queue", reason=reason)


@transaction.atomic
def resume(*, by):
    """Let builds be started again. Harmless if they are."""
    if Hold.objects.paused().update(ended_at=timezone.now()):
        record(by, "queue.resume", "the queue")
        transaction.on_commit(poke_waiting)


def poke_waiting():
    """Poke for as many waiting builds as there are free slots."""
    for build_id in Build.objects.waiting().values_list("pk", flat=True)[: free_slots()]:
        tasks.poke(build_id)


def free_slots():
    return max(Worker.objects.slots() - Build.objects.filter(state=State.RUNNING).count(), 0)


class Queue:
    """The queue as it stands, each part asked of the database once and only if it is wanted."""

    @cached_property
    def paused(self):
        """The Hold of the whole queue; None while builds may start."""
        return next((hold for hold in self._holds if hold.kind == Hold.Kind.PAUSED), None)

    @cached_property
    def _holds(self):
        return list(Hold.objects.filter(ended_at=None).select_related("by"))

    @cached_property
    def workers(self):
        """The workers that answer, those too that take no builds now."""
        return list(Worker.objects.alive())

    @cached_property
    def load(self):
        full = {hold.worker for hold in self._holds if hold.kind == Hold.Kind.DISK}
        slots = sum(worker.slots for worker in self.workers if not worker.draining and worker.name not in full)
        return Load(len(self._running), slots, len(self._active) - len(self._running))

    def places(self, builds):
        """{build id: Place} for those of these builds that wait."""
        wanted = {build.pk for build in builds if build.state == State.QUEUED}
        return {pk: place for pk, place in self._places.items() if pk in wanted} if wanted else {}

    def positions(self, builds):
        """As places(), without how long it takes: for lists, which ask the database less."""
        wanted = {build.pk for build in builds if build.state == State.QUEUED}
        waiting = list(enumerate(self._waiting, 1)) if wanted else []
        return {build.pk: Place(number, len(waiting)) for number, build in waiting if build.pk in wanted}

    @cached_property
    def _active(self):
        fields = ("pk", "state", "started_at", "version__environment", "workspace")
        rows = Build.objects.active().order_by("created_at", "pk").values_list(*fields)
        return [Active(*row) for row in rows]

    @cached_property
    def _running(self):
        return [build for build in self._active if build.state == State.RUNNING]

    @cached_property
    def _waiting(self):
        """In the order they will be started."""
        waiting = {build.pk: build for build in self._active if build.state == State.QUEUED}
        return [waiting[pk] for pk in order([(build.pk, build.workspace) for build in waiting.values()], served())]

    @cached_property
    def _places(self):
        takes, now = Durations(_experience()), timezone.now()
        left = [(build, takes.left(build, (now - build.started_at).total_seconds())) for build in self._running]
        slots = 0 if self.paused else self.load.slots
        late = slots > 0 and any(seconds == inf and takes.of(build) < inf for build, seconds in left)
        seconds = starts_in(slots, [seconds for _, seconds in left], [takes.of(build) for build in self._waiting])
        return {
            build.pk: Place(number, len(self._waiting), after, self.load, late and after is None)
            for number, (build, after) in enumerate(zip(self._waiting, seconds, strict=True), 1)
        }


class Durations:
    """How long builds take: the median of the last good ones of the environment, else of its workspace, else of all.

    experience: (environment id, workspace id, seconds), the newest first.
    """

    def __init__(self, experience):
        known = defaultdict(list)
        for environment, workspace, seconds in experience:
            for key in (("environment", environment), ("workspace", workspace), "all"):
                known[key].append(seconds)
        self._typical = {key: median(values[:SIMILAR]) for key, values in known.items()}

    def of(self, build):
        """Seconds for this Active; infinite where nothing was built yet."""
        keys = (("environment", build.environment), ("workspace", build.workspace), "all")
        return next((self._typical[key] for key in keys if key in self._typical), inf)

    def left(self, build, passed):
        """Seconds that a build which has run for `passed` still takes; infinite where that is longer than usual."""
        usual = self.of(build)
        return usual - passed if passed < usual else inf


def starts_in(slots, left, takes):
    """Seconds until each waiting build starts, in turn; None from where nobody can tell.

    left: seconds that each running build still takes; takes: seconds of each that waits.
    """
    ends = sorted(left)[:slots]
    ends += [0] * (slots - len(ends))
    heapify(ends)
    starts = []
    for seconds in takes:
        start = ends[0] if ends else inf
        starts.append(start if start < inf else None)
        if ends:
            heapreplace(ends, start + seconds)
    return starts


def _experience():
    good = Build.objects.with_image().filter(reused=None, finished_at__gt=F("started_at"))
    fields = ("version__environment", "workspace", "started_at", "finished_at")
    rows = good.order_by("-created_at").values_list(*fields)[:EXPERIENCE]
    return [(environment, workspace, (end - start).total_seconds()) for environment, workspace, start, end in rows]


def tell_of_stuck():
    """Tell the administrators, once each, of builds that were to stop and did not."""
    for build in Build.objects.stuck().for_pages():
        workspace = build.version.environment.workspace
        if not AuditEvent.objects.filter(action=STUCK, workspace=workspace.slug, subject=str(build)).exists():
            record(None, STUCK, build, workspace, worker=build.worker)
            logger.error("%s (%s) was to stop and runs on; restart its worker %s", build, build.pk, build.worker)
