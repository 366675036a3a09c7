"""Builds: a state machine kept by guarded UPDATEs, the steps it went through, and what it printed."""

import uuid
from datetime import timedelta

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone

from environments.display import words
from environments.models.environments import Version
from environments.models.images import Image, Lock
from environments.models.listing import hold, keep
from environments.models.workspaces import Workspace

SILENT_AFTER = timedelta(
    seconds=8
)  # without a heartbeat for this long, pages say that a build's worker does not answer
STALE_AFTER = timedelta(seconds=15)  # without a heartbeat for this long, a build's worker counts as gone
STUCK_AFTER = timedelta(seconds=30)  # a build that was to stop and runs on for this long does not stop by itself
MAX_ATTEMPTS = 2
ALWAYS = Q()


class State(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


ACTIVE = (State.QUEUED, State.RUNNING)
ENTERED_FROM = {  # a waiting build is cancelled without this: no attempt has it
    State.QUEUED: State.RUNNING,  # its worker was lost: once more
    State.RUNNING: State.QUEUED,
    State.SUCCEEDED: State.RUNNING,
    State.FAILED: State.RUNNING,
    State.CANCELLED: State.RUNNING,
}


class Reason(models.TextChoices):
    CREATE = "create", "new version"
    REQUEST = "request", "asked for"
    RETRY = "retry", "retry"
    REBUILD = "rebuild", "rebuild from the same lock"
    RESOLVE = "resolve", "rebuild, resolved again"


class BuildQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(workspace__in=Workspace.objects.visible_to(user))

    def active(self):
        return self.filter(state__in=ACTIVE)

    def waiting(self):
        """Queued builds, the oldest first; builder/turns.py says whose turn it is."""
        return self.filter(state=State.QUEUED).order_by("created_at", "pk")

    def with_image(self):
        return self.filter(state=State.SUCCEEDED, image__isnull=False)

    def stale(self):
        """Running builds whose worker has stopped answering."""
        return self.filter(state=State.RUNNING, heartbeat_at__lt=timezone.now() - STALE_AFTER)

    def stuck(self):
        """Running builds that were to stop and did not."""
        return self.filter(state=State.RUNNING, cancel_requested_at__lt=timezone.now() - STUCK_AFTER)

    def for_pages(self):
        return self.select_related(
            "version__environment__workspace", "requested_by", "image", "reused__version__environment__workspace"
        )


class Build(models.Model):
    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    version = models.ForeignKey(Version, models.CASCADE, related_name="builds")
    workspace = models.ForeignKey(Workspace, models.PROTECT, db_index=False, related_name="builds")  # its version's
    number = models.PositiveIntegerField()  # for people, counted within the workspace
    state = models.CharField(max_length=10, choices=State, default=State.QUEUED)
    attempt = models.PositiveSmallIntegerField(default=0)  # fences late writers
    reason = models.CharField(max_length=10, choices=Reason, default=Reason.CREATE)
    requested_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    worker = models.CharField(max_length=100, blank=True)
    heartbeat_at = models.DateTimeField(null=True)
    cancel_requested_at = models.DateTimeField(null=True)
    image_key = models.CharField(max_length=64, blank=True)  # once it is known; equal ones wait for each other
    lock = models.ForeignKey(Lock, models.PROTECT, null=True, related_name="builds")
    image = models.ForeignKey(Image, models.PROTECT, null=True, related_name="builds")
    base_digest = models.TextField(blank=True)  # of a context those of all its bases, with spaces between
    served_by = models.JSONField(default=dict)  # {"image": the name it was really pulled from, "index": ...}
    reused = models.ForeignKey("self", models.SET_NULL, null=True, related_name="reused_by")
    timings = models.JSONField(default=dict)  # seconds by part: base, probe, lock, render, engine, packages
    error = models.TextField(blank=True)
    error_step = models.TextField(blank=True)
    exit_code = models.IntegerField(null=True)
    hints = models.JSONField(default=list)  # what the log says of a failure: [{"code", "line", "values"}]
    line_count = models.PositiveIntegerField(default=0)
    log_removed_at = models.DateTimeField(null=True)
    checked = models.BooleanField(null=True)  # the smoke test's outcome: None before it, and if nothing came of it
    check_output = models.TextField(blank=True)  # what it found, or why nothing came of it: "" before it
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)
    finished_at = models.DateTimeField(null=True)

    objects = BuildQuerySet.as_manager()

    class Meta:
        ordering = ["-created_at"]
        indexes = [
            models.Index(fields=["state", "created_at"], name="build_queue"),
            models.Index(fields=["version", "-number"], name="builds_of_a_version"),
            models.Index(fields=["number"], name="builds_by_number"),
            models.Index(fields=["workspace", "-created_at", "-number", "requested_by"], name="builds_of_a_workspace"),
            models.Index(fields=["workspace", "state", "-created_at", "-number"], name="builds_by_state"),
            models.Index(fields=["requested_by", "-created_at"], name="builds_of_a_person"),
            models.Index(fields=["image_key"], condition=Q(state=State.RUNNING), name="builds_under_way_by_key"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["version"], condition=Q(state__in=ACTIVE), name="one_active_build_per_version"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="build_state_is_known"),
            models.CheckConstraint(
                condition=~Q(state=State.SUCCEEDED) | Q(image__isnull=False), name="succeeded_build_has_an_image"
            ),
            models.CheckConstraint(
                condition=Q(state__in=ACTIVE, finished_at=None) | (~Q(state__in=ACTIVE) & Q(finished_at__isnull=False)),
                name="build_is_finished_when_it_ended",
            ),
        ]

    def __str__(self):
        return f"build {self.number} of {self.version}"

    def get_absolute_url(self):
        return reverse("build", args=[self.version.environment.workspace.slug, self.id])

    @property
    def is_active(self):
        return self.state in ACTIVE

    @property
    def is_silent(self):
        """Whether its worker does not answer; so well before the build is given back, so that pages can tell it."""
        return bool(
            self.state == State.RUNNING and self.heartbeat_at and timezone.now() - self.heartbeat_at > SILENT_AFTER
        )

    @property
    def is_stuck(self):
        return bool(
            self.state == State.RUNNING
            and self.cancel_requested_at
            and timezone.now() - self.cancel_requested_at > STUCK_AFTER
        )

    @property
    def seconds(self):
        """How long it ran, so far or in all; None before it started."""
        if not self.started_at:
            return None
        return ((self.finished_at or timezone.now()) - self.started_at).total_seconds()

    @transaction.atomic
    def enter(self, state, *, only=ALWAYS, **fields):
        """Move to state in one UPDATE, if `only` holds. Return False if someone else moved it or took it over first."""
        if state not in ACTIVE:
            fields.setdefault("finished_at", timezone.now())
        rows = Build.objects.filter(pk=self.pk, attempt=self.attempt, state=ENTERED_FROM[state])
        environment = self.version.environment_id
        hold([environment])
        if not rows.filter(only).update(state=state, **fields):
            return False
        self.refresh_from_db()
        if self.image_id:
            self.jobs.filter(image=None).update(image=self.image_id)
        keep([environment])
        return True

    def give_back(self, error, **fields):
        """Queue the running build once more; if it had its attempts, fail it with `error` and `fields`.

        One that is to be cancelled is never queued, for nobody would claim it: it is cancelled."""
        waits = Q(cancel_requested_at=None)
        if self.attempt < MAX_ATTEMPTS and self.enter(State.QUEUED, only=waits, worker="", heartbeat_at=None):
            return
        if not self.enter(State.CANCELLED, only=~waits, **fields):
            self.enter(State.FAILED, error=error, **fields)

    @transaction.atomic
    def claim(self, worker):
        """Take the queued build for this worker. Return False if another one has it, or it is to be cancelled."""
        now, environment = timezone.now(), self.version.environment_id
        hold([environment])
        rows = Build.objects.filter(pk=self.pk, state=State.QUEUED, cancel_requested_at=None)
        claimed = rows.update(
            state=State.RUNNING,
            attempt=F("attempt") + 1,
            worker=worker,
            heartbeat_at=now,
            started_at=now,
            image_key="",  # known by an attempt that was lost: two such would wait for each other
        )
        if claimed:
            self.refresh_from_db()
            keep([environment])
        return bool(claimed)

    def beat(self):
        """Say that the worker still works on it. Return False if it should stop: cancelled, lost or taken over.

        One that is being stopped beats on, so that it counts as stopped only when its worker says so."""
        rows = Build.objects.filter(pk=self.pk, attempt=self.attempt, state=State.RUNNING)
        goes_on = rows.filter(cancel_requested_at=None).update(heartbeat_at=timezone.now())
        if not goes_on:
            rows.update(heartbeat_at=timezone.now())
        return bool(goes_on)


class BuildStep(models.Model):
    """One step of an attempt: ours (base, lock, packages) or the engine's. `number` is its place on the page."""

    build = models.ForeignKey(Build, models.CASCADE, related_name="steps")
    attempt = models.PositiveSmallIntegerField()
    number = models.PositiveIntegerField()
    key = models.CharField(max_length=100)
    name = models.TextField()
    kind = models.CharField(max_length=20)
    cached = models.BooleanField(default=False)
    started_at = models.DateTimeField(null=True)
    completed_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        ordering = ["attempt", "number"]
        constraints = [models.UniqueConstraint(fields=["build", "attempt", "key"], name="step_key_is_unique")]

    def __str__(self):
        return self.name

    @property
    def state(self):
        """queued, running, succeeded or failed; cancelled where its build was to stop, and with it the step."""
        if self.error:
            is_ours = self.build.cancel_requested_at and self.build.state != State.FAILED
            return State.CANCELLED if is_ours else State.FAILED
        if self.completed_at:
            return State.SUCCEEDED
        return State.RUNNING if self.started_at else State.QUEUED

    @property
    def is_technical(self):
        return words.is_technical(self.name, self.kind)

    @property
    def seconds(self):
        """How long it ran, so far or in all; None before it started, and where its worker was lost before its end."""
        if not self.started_at or (not self.completed_at and self.attempt < self.build.attempt):
            return None
        ended_at = self.completed_at or self.build.finished_at or timezone.now()
        return max((ended_at - self.started_at).total_seconds(), 0)


class LogPiece(models.Model):
    """Some consecutive lines of one step. Lines are numbered from 1 within the build; pieces are never changed."""

    build = models.ForeignKey(Build, models.CASCADE, related_name="log")
    step = models.ForeignKey(BuildStep, models.CASCADE, related_name="log")
    first_line = models.PositiveIntegerField()
    line_count = models.PositiveIntegerField()
    stream = models.CharField(max_length=6)
    at = models.DateTimeField()
    text = models.TextField()  # the lines, joined by a newline

    class Meta:
        ordering = ["first_line"]
        constraints = [models.UniqueConstraint(fields=["build", "first_line"], name="log_line_is_numbered_once")]

    def __str__(self):
        return f"lines {self.first_line}-{self.last_line} of {self.build_id}"

    @property
    def last_line(self):
        return self.first_line + self.line_count - 1

    def numbered(self):
        """Its lines as (number within the build, text)."""
        return enumerate(self.text.split("\n"), self.first_line)
