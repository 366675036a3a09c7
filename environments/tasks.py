"""Thin Celery. A message is only a poke: some build waits. Their rows decide which one runs next, and where.

A message that is lost with its worker is not sent again by the broker (no reject_on_worker_lost): the reconciler pokes.
"""

import logging
import os
import threading
import time
from pathlib import Path

from celery import shared_task
from celery.signals import worker_process_init, worker_ready, worker_shutting_down
from django.conf import settings
from django.db import connection
from django.utils import timezone
from kombu.exceptions import OperationalError
from uv import find_uv_bin

from environments.builder import disk, run, smoke
from environments.builder.alone import alone
from environments.builder.bases import get_to_know
from environments.builder.turns import claim_next
from environments.engine import get_engine, load_mirrors
from environments.engine.limits import Limits
from environments.engine.mirrors import Mirrors
from environments.engine.protocol import EngineError
from environments.models import Build, State, Worker
from environments.retention.tidy import tidy as run_tidy

logger = logging.getLogger(__name__)
WORKER_BEATS_EVERY = 4  # seconds
TIDY_EXPIRES = 3600  # seconds that the message waits for a worker
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
        limits=_limits(),
    )


def _site_files():
    mirrors = load_mirrors(settings.MIRRORS_FILE) if settings.MIRRORS_FILE else Mirrors()
    return settings.INDEXES.through_mirrors(mirrors.index).files()


def _limits():
    """What steps are held to: on an engine of our own."""
    parent = settings.ENGINE_CGROUP_PARENT
    return Limits(parent, settings.BUILD_MEMORY, settings.BUILD_PROCESSES) if parent else None


@shared_task(acks_late=True)
def run_builds():
    """Run the builds whose turn it is, one after the other, until none waits. Finding none is fine."""
    worker, until = os.getppid(), time.monotonic() + TURN
    while build := claim_next(settings.WORKER_NAME):
        run.carry_out(build, engine())
        if build.state == State.SUCCEEDED and not build.check_output:
            poke_checks()
        if os.getppid() != worker:
            return  # it was killed: what it left behind takes nothing new
        if time.monotonic() > until:
            return _send(run_builds, "the next ones wait in the database")


@shared_task(acks_late=True)
def check_builds():
    """Smoke-test the images of succeeded builds, one after the other: one process of a host does, the others build."""
    while build_id := smoke.next_unchecked(settings.WORKER_NAME):
        with alone(settings.DATA_DIR / "checks.lock") as is_ours:
            if not is_ours:
                return
            smoke.check(build_id, engine())
        if Build.objects.waiting().exists():
            return poke_checks()  # behind the poke of that build


@shared_task
def tidy(by):
    """Tidy up the engine of the worker that takes this, asked for by the user of this name; "" for the studio."""
    run_tidy(engine(), by=by or "studio")


def poke_tidy(by=""):
    """Tell some worker to tidy up. Without a broker nobody does; the scheduler asks again."""
    try:
        tidy.apply_async(args=[by], retry=False, expires=TIDY_EXPIRES)
    except (OperationalError, OSError):
        logger.warning("the broker does not answer; nobody tidies up for now")


def poke_checks():
    """Tell some worker that images are to be checked. Without a broker the scheduler pokes again."""
    _send(check_builds, "images are checked later")


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
    """Once a worker takes messages, a thread keeps its row fresh."""
    threading.Thread(target=_beat_for_ever, name="worker heartbeat", daemon=True).start()


@worker_process_init.connect
def begin_builds(**kwargs):
    """Each process that builds looks at the usual bases first: what it learns of an image it keeps."""
    threading.Thread(target=_get_to_know, name="bases", daemon=True).start()


def _get_to_know():
    try:
        get_to_know(engine())
    except Exception:  # the builds that need them will tell
        logger.warning("the usual base images could not be looked at", exc_info=True)
    finally:
        connection.close()


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
