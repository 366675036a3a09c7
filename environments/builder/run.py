"""The story of one build: claim, find the base, lock, build, read the packages, finish."""

import logging
import time
from contextlib import contextmanager, suppress

from django.conf import settings
from django.db import InterfaceError, OperationalError, transaction

from environments.builder import smoke
from environments.builder.bases import image_name
from environments.builder.errors import FOR_PEOPLE, OURS
from environments.builder.explaining import hints_of
from environments.builder.job import Job
from environments.builder.masking import Mask
from environments.builder.outcome import made_elsewhere, record_image
from environments.builder.patience import insist
from environments.builder.pulse import Cancelled, Pulse, Superseded, TookTooLong
from environments.builder.recipes import caches_of, plan
from environments.builder.recorder import Recorder
from environments.definitions.render import CACHE_NAME
from environments.engine.protocol import BuildCancelled, BuildFailed, Built, EngineError, EngineUnavailable
from environments.models import Build, State, Version
from environments.models.builds import Reason
from environments.models.listing import keep

logger = logging.getLogger(__name__)
TOO_LONG = (
    "The build ran longer than the {limit} seconds it may take, so it was stopped; "
    "make it do less, or have STUDIO_BUILD_TIME_LIMIT raised."
)
ENGINE_PATIENCE, ENGINE_ASKED_EVERY = 30, 1  # seconds
NO_DATABASE_TWICE = "The studio's database took nothing more, twice. An administrator finds why in the worker's log."
NO_ENGINE_TWICE = "The container engine stopped answering, twice: {sentence}"


def run(build_id, engine, *, worker):
    """Run the build if it is still there to be claimed; return it with its state moved, or None if it was not ours."""
    build = Build.objects.for_pages().filter(pk=build_id).first()
    if build is None or not build.claim(worker):
        return None
    return carry_out(build, engine)


def carry_out(build, engine):
    """Run a build this worker has claimed; return it with its state moved."""
    recorder = Recorder(build, _mask_for(build))
    engine_build_id = f"{build.pk}.{build.attempt}"
    try:
        with Pulse(
            build, engine, engine_build_id, time_limit=settings.BUILD_TIME_LIMIT, on_beat=recorder.flush
        ) as pulse:
            job = Job(build, engine, recorder, pulse, engine_build_id)
            fields = _stopped_or(job, _make)
        insist(recorder.finish)
        insist(_succeed, build, fields | {"timings": recorder.timings})
    except Exception as error:
        insist(_end_badly, build, recorder, error)
    return build


def _stopped_or(job, work):
    """Do the work; if it was cut short because the build is to stop, raise why instead of what that looked like."""
    try:
        return work(job)
    except Exception:
        job.pulse.check()
        raise


def _make(job):
    """Make the image, or find it made. Return the fields of the succeeded build."""
    _wait_for_engine(job)
    planned = plan(job)
    job.pulse.check()
    fields = {"lock": planned.lock, "base_digest": planned.base_digest, "served_by": planned.served_by}
    if made := made_elsewhere(job, planned.image_key):
        earlier = made.builds.with_image().filter(reused=None).order_by("finished_at").first()
        is_checked = earlier is not None and earlier.checked is not None
        checked = {"checked": earlier.checked, "check_output": earlier.check_output} if is_checked else {}
        return fields | checked | {"image": made, "reused": earlier}
    with _dropped_if_stopped(job, planned):
        image_id = _build_image(job, planned)
        job.pulse.check()
    # What is recorded below stays, however this build ends: others may be given it from then on.
    with job.recorder.step("packages", "Read the packages of the image"):
        image = record_image(job, planned, image_id)
    job.pulse.check()
    nothing_to_check = {} if planned.asked else {"checked": True, "check_output": smoke.NOTHING}
    return fields | nothing_to_check | {"image": image}


@contextmanager
def _dropped_if_stopped(job, planned):
    """An engine that is told to stop while it writes an image may still finish it: then it goes again."""
    try:
        yield
    except Exception:
        if isinstance(job.pulse.reason, Cancelled | TookTooLong):
            with suppress(EngineError):
                job.engine.remove_image(image_name(job.workspace, planned.image_key))
        raise


def _wait_for_engine(job):
    """The engine may have ended the first attempt by going away: give it time to come back before the second."""
    until = time.monotonic() + ENGINE_PATIENCE
    while job.build.attempt > 1 and time.monotonic() < until:
        try:
            job.engine.info()
        except EngineUnavailable:
            time.sleep(ENGINE_ASKED_EVERY)
            job.pulse.check()
        else:
            return


def _build_image(job, planned):
    if planned.request is None:
        return planned.image_id
    image_id = None
    with job.recorder.timed("engine"):
        for event in job.engine.build(planned.request, still_wanted=job.pulse.check):
            if isinstance(event, Built):
                image_id = event.image_id
                job.recorder.settle()
            else:
                job.recorder.event(event)
    return image_id


@transaction.atomic
def _succeed(build, fields):
    """Finish the build. A build that was resolved again waits for a person to make it current."""
    if build.enter(State.SUCCEEDED, **fields):
        versions = Version.objects.filter(pk=build.version_id)
        if build.reason == Reason.RESOLVE:
            versions = versions.filter(current_build=None)
        versions.update(current_build=build)
        keep([build.version.environment_id])


def _end_badly(build, recorder, error):
    """Move the build where the error leads. What is not the user's fault is logged; nothing is swallowed silently."""
    try:
        recorder.finish()
    except Superseded as superseded:
        error = superseded
    common = {"timings": recorder.timings}
    match error:
        case Superseded():
            logger.warning("%s was taken over by another attempt; what this one did is dropped", build)
        case Cancelled() | BuildCancelled():
            build.enter(State.CANCELLED, **common)
        case TookTooLong():
            build.enter(State.FAILED, error=TOO_LONG.format(limit=settings.BUILD_TIME_LIMIT), **common)
        case OperationalError() | InterfaceError():
            logger.error("%s (%s) could not be written down", build, build.pk, exc_info=error)
            build.give_back(NO_DATABASE_TWICE, **common)
        case EngineUnavailable():
            build.give_back(NO_ENGINE_TWICE.format(sentence=recorder.mask(str(error))), **common)
        case _ if isinstance(error, FOR_PEOPLE):
            told = _told(recorder.mask, error)
            build.enter(State.FAILED, hints=hints_of(build, told), **told, **common)
        case _:
            logger.error("%s (%s) failed", build, build.pk, exc_info=error)
            build.enter(State.FAILED, error=OURS, **common)


def _told(mask, error):
    fields = {"error": mask(str(error))}
    if isinstance(error, BuildFailed):
        fields |= {"error_step": mask(error.step), "exit_code": error.exit_code}
    return fields


def _mask_for(build):
    """What no log of this build may show, and the public name of its workspace's caches."""
    database_password = settings.DATABASES["default"].get("PASSWORD") or ""
    mask = Mask([settings.SECRET_KEY, settings.STUDIO_ADMIN_TOKEN, settings.STUDIO_ADMIN_PASSWORD, database_password])
    for name in caches_of(build.version.environment.workspace).values():
        mask.show_as(name, CACHE_NAME)
    return mask
