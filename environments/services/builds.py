"""Asking for builds, stopping them, and putting right what a lost worker left behind."""

import logging
from datetime import timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q
from django.utils import timezone

from environments import tasks
from environments.builder.smoke import is_behind
from environments.models import CURATED, Build, Hold, Image, State, Version, Workspace
from environments.models.builds import Reason
from environments.models.listing import hold, keep
from environments.services.audit import record
from environments.services.holding import hold_subject
from environments.services.queue import free_slots, tell_of_stuck

logger = logging.getLogger(__name__)
UNTAKEN_AFTER = timedelta(seconds=5)
LOST = "The worker stopped answering, twice. An administrator can see on the console which workers are connected."
AFRESH = (Reason.REBUILD, Reason.RESOLVE)  # a person wants a build even if an equal definition has been built


def request_build(version, *, by, reason=Reason.REQUEST):
    """Return a build of version: the one under way, one finished at once from an equal definition, or a queued one.

    Raises Gone."""
    for _ in range(2):
        try:
            return _create_build(version, by, reason)
        except IntegrityError:
            if active := version.builds.active().first():
                return active
    return _create_build(version, by, reason)


@transaction.atomic
def _create_build(version, by, reason):
    hold_subject(version)
    workspace = version.environment.workspace
    source = None if reason in AFRESH else build_to_reuse(workspace, version.definition_digest, version.kind)
    number = _next_number(workspace)
    build = Build(version=version, workspace=workspace, number=number, reason=reason, requested_by=by)
    if reason == Reason.REBUILD and version.current_build:
        build.lock = version.current_build.lock
    if source:
        _finish_from(build, source)
    build.save(force_insert=True)
    if source:
        without_image = Q(current_build=None) | Q(current_build__image__removed_at__isnull=False)
        Version.objects.filter(without_image, pk=version.pk).update(current_build=build)
    else:
        transaction.on_commit(lambda: tasks.poke(build.pk))
    keep([version.environment_id])
    record(by, "build.request", build, workspace, reason=reason)
    return build


def retry_build(build, *, by):
    """Return another build of the version of this one: the newest one there is, if that is not this one itself.

    Raises Gone."""
    newest = build.version.newest_build()
    if newest and newest.number > build.number:
        return newest
    return request_build(build.version, by=by, reason=Reason.RETRY)


def build_to_reuse(workspace, digest, kind):
    """The newest good build of an equal definition, in this workspace or the curated one: never anybody else's.

    Only one made with the settings that the workspace has now."""
    within = Q(workspace=workspace) | Q(workspace__slug=CURATED)
    equal = Build.objects.with_image().filter(within, version__definition_digest=digest, image__removed_at=None)
    equal = equal.filter(image__made_with=workspace.builds_like(kind))
    source = equal.select_related("reused").order_by("-finished_at").first()
    return source if source and _hold(source.image_id) else None


def _hold(image):
    """Keep retention from removing the image until the transaction ends. Return False if it came first."""
    return Image.objects.select_for_update().filter(pk=image, removed_at=None).first() is not None


def _finish_from(build, source):
    build.state = State.SUCCEEDED
    build.reused = source.reused or source
    build.lock, build.image, build.base_digest = source.lock, source.image, source.base_digest
    build.checked, build.check_output = source.checked, source.check_output
    build.started_at = build.finished_at = timezone.now()


def _next_number(workspace):
    """Count within the workspace; the UPDATE keeps others waiting until our transaction ends."""
    Workspace.objects.filter(pk=workspace.pk).update(last_build_number=F("last_build_number") + 1)
    return Workspace.objects.values_list("last_build_number", flat=True).get(pk=workspace.pk)


@transaction.atomic
def cancel_build(build, *, by):
    """Stop a build: at once if it waits, as soon as its worker hears of it if it runs. Harmless if it has ended.

    Raises Gone."""
    now = timezone.now()
    hold_subject(build.version)  # nobody claims it or gives it back meanwhile
    row = Build.objects.filter(pk=build.pk)
    held = row.get()
    if held.is_active and not held.cancel_requested_at:
        ended = {"state": State.CANCELLED, "finished_at": now} if held.state == State.QUEUED else {}
        row.update(cancel_requested_at=now, **ended)
        keep([build.version.environment_id])
        record(by, "build.cancel", build, build.version.environment.workspace)
    build.refresh_from_db()
    return build


@transaction.atomic
def make_current(build, *, by):
    """Let the version stand for this build's image from now on. Return False if the build has no image any more.

    Raises Gone."""
    hold_subject(build.version)
    if build.state != State.SUCCEEDED or not _hold(build.image_id):
        return False
    Version.objects.filter(pk=build.version_id).update(current_build=build)
    keep([build.version.environment_id])
    record(by, "build.make_current", build, build.version.environment.workspace)
    return True


def reconcile():
    """Put running builds without a heartbeat back, once, then fail them; poke queued ones nobody took.

    Tell of those that do not stop."""
    for build_id in dict.fromkeys([*_give_back_lost(), *_untaken()]):
        tasks.poke(build_id)
    tell_of_stuck()


def check_again():
    """Have the smoke tests made whose message or worker was lost."""
    if is_behind():
        tasks.poke_checks()


def _give_back_lost():
    """The ids of lost builds that are queued again."""
    lost = Build.objects.stale().values_list("pk", "version__environment")
    return [pk for pk, environment in lost if _give_back(pk, environment) == State.QUEUED]


@transaction.atomic
def _give_back(pk, environment):
    """The state of the lost build then, None if it is lost no more.

    A worker that was only slow cannot beat while its row is locked."""
    hold([environment])
    build = Build.objects.stale().select_for_update(skip_locked=True).filter(pk=pk).first()
    if build is None:
        return None
    build.give_back(LOST)
    logger.warning("%s lost its worker and is %s now", build, build.state)
    return build.state


def _untaken():
    """The ids of builds whose poke was lost. Builds that wait for a free worker or a paused queue need no other."""
    if Hold.objects.paused().exists():
        return []
    waiting = Build.objects.waiting().filter(created_at__lt=timezone.now() - UNTAKEN_AFTER)
    return waiting.values_list("pk", flat=True)[: free_slots()]
