"""Thin Celery. A message is only a poke: some build waits. Their rows decide which one runs next, and where.

A message that is lost with its worker is not sent again by the broker (no reject_on_worker_lost): the reconciler pokes.
"""

import logging
import os
import threading
import time
from pathlib import Path

from celery import shared_task
from celery.signals import worker_ready, worker_shutting_down
from django.conf import settings
from django.db import connection
from django.utils import timezone
from kombu.exceptions import OperationalError
from uv import find_uv_bin

from environments.builder import disk, run, smoke
from environments.builder.turns import claim_next
from environments.engine import get_engine, load_mirrors
from environments.engine.limits import Limits, LimitsWatch
from environments.engine.mirrors import Mirrors
from environments.engine.protocol import EngineError
from environments.models import State, Worker

logger = logging.getLogger(__name__)
WORKER_BEATS_EVERY = 4  # seconds
TURN = 30  # seconds; then other messages, which ask for checks of images, get their turn
_stopping = threading.Event()


def engine():
    """The engine this process works with. Making it connects to nothing."""
    return get_engine(
        settings.DOCKER_HOST,
        uv_path=Path(find_uv_bin()),
        site_files=_site_files(),
        mirrors_file=settings.MIRRORS_FILE,
        certificates=settings.DOCKER_CERTIFICATES,
        limits=_limits() if settings.ENGINE_CGROUP_PARENT else None,
    )


def _site_files():
    mirrors = load_mirrors(settings.MIRRORS_FILE) if settings.MIRRORS_FILE else Mirrors()
    return settings.INDEXES.through_mirrors(mirrors.index).files()


def _limits():
    return Limits(memory_bytes=settings.BUILD_MEMORY, processes=settings.BUILD_PROCESSES)


@shared_task(acks_late=True)
def run_builds():
    """Run the builds whose turn it is, one after the other, until none waits. Finding none is fine."""
    worker, until = os.getppid(), time.monotonic() + TURN
    while build := claim_next(settings.WORKER_NAME):
        run.carry_out(build, engine())
        if build.state == State.SUCCEEDED and build.checked is None:
            _send(check_build, f"build {build.pk} is not checked", str(build.pk))
        if os.getppid() != worker:
            return  # it was killed: what it left behind takes nothing new
        if time.monotonic() > until:
            return _send(run_builds, "the next ones wait in the database")


@shared_task(acks_late=True)
def check_build(build_id):
    """Smoke-test the image of a succeeded build."""
    smoke.check(build_id, engine())


def poke(build_id):
    """Tell some worker that a build waits. Without a broker nothing is lost: the scheduler pokes again."""
    _send(run_builds, f"build {build_id} waits in the database")


def _send(task, otherwise, *args):
    try:
        task.apply_async(args=args, retry=False)
    except (OperationalError, OSError):
        logger.warning("the broker does not answer; %s", otherwise)


@worker_ready.connect
def begin_work(**kwargs):
    """Once a worker takes messages, threads keep its row fresh and, on an engine of our own, limits on build steps."""
    if settings.ENGINE_CGROUP_PARENT:
        LimitsWatch(settings.ENGINE_CGROUP_PARENT, _limits()).start()
    threading.Thread(target=_beat_for_ever, name="worker heartbeat", daemon=True).start()


@worker_shutting_down.connect
def end_work(**kwargs):
    """From now on this worker takes no new builds; those it has may end."""
    _stopping.set()


def _beat_for_ever():
    while True:
        try:
            beat_worker()
        except Exception:  # whatever it was: without this thread the worker would count as gone for good
            logger.warning("the worker's heartbeat could not be written", exc_info=True)
        finally:
            connection.close()
        if _stopping.is_set():
            time.sleep(WORKER_BEATS_EVERY)
        else:
            _stopping.wait(WORKER_BEATS_EVERY)


def beat_worker():
    """Write this worker's row: it is alive, and so is the engine it works with (engine "" if not).

    If its disks have room again, pokes make up for those that found it held back."""
    folders = {"the studio's data": settings.DATA_DIR}
    try:
        info = engine().info()
    except EngineError as error:
        values = {"engine": "", "engine_version": "", "capabilities": {"problem": str(error)}}
    else:
        capabilities = {"limits": info.limits, "platform": f"{info.os_type}/{info.architecture}"}
        values = {"engine": info.name, "engine_version": info.version, "capabilities": capabilities}
        folders = {"the engine's images": info.data_folder} | folders
    values["capabilities"]["slots"] = settings.STUDIO_WORKERS
    values |= {"host": settings.WORKER_HOST, "heartbeat_at": timezone.now(), "draining": _stopping.is_set()}
    Worker.objects.update_or_create(name=settings.WORKER_NAME, defaults=values)
    if disk.watch(settings.WORKER_NAME, folders):
        for _ in range(settings.STUDIO_WORKERS):
            _send(run_builds, "builds wait in the database")
