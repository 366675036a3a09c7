"""Thin Celery: an id in, one call. A message is only a poke; the build's row decides whether and where it runs."""

import logging
import threading
from pathlib import Path

from celery import shared_task
from celery.signals import worker_ready
from django.conf import settings
from django.db import connection
from django.utils import timezone
from kombu.exceptions import OperationalError
from uv import find_uv_bin

from environments.builder import run, smoke
from environments.engine import get_engine, load_mirrors
from environments.engine.limits import Limits
from environments.engine.mirrors import Mirrors
from environments.engine.protocol import EngineError
from environments.models import State, Worker

logger = logging.getLogger(__name__)
WORKER_BEATS_EVERY = 4  # seconds


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
def run_build(build_id):
    """Run a queued build, then have it checked. Finds nothing to do if another worker took it."""
    build = run.run(build_id, engine(), worker=settings.WORKER_NAME)
    if build and build.state == State.SUCCEEDED and build.checked is None:
        check_build.delay(str(build.pk))


@shared_task(acks_late=True)
def check_build(build_id):
    """Smoke-test the image of a succeeded build."""
    smoke.check(build_id, engine())


def poke(build_id):
    """Tell some worker that a build waits. Without a broker nothing is lost: the scheduler pokes again."""
    try:
        run_build.apply_async(args=[str(build_id)], retry=False)
    except (OperationalError, OSError):
        logger.warning("the broker does not answer; build %s waits in the database", build_id)


@worker_ready.connect
def begin_work(**kwargs):
    """Once a worker takes messages, a thread keeps its row fresh."""
    threading.Thread(target=_beat_for_ever, name="worker heartbeat", daemon=True).start()


def _beat_for_ever():
    pause = threading.Event()
    while True:
        try:
            beat_worker()
        except Exception:  # whatever it was: without this thread the worker would count as gone for good
            logger.warning("the worker's heartbeat could not be written", exc_info=True)
        finally:
            connection.close()
        pause.wait(WORKER_BEATS_EVERY)


def beat_worker():
    """Write this worker's row: it is alive, and so is the engine it works with (engine "" if not)."""
    try:
        info = engine().info()
    except EngineError as error:
        values = {"engine": "", "engine_version": "", "capabilities": {"problem": str(error)}}
    else:
        capabilities = {"limits": info.limits, "platform": f"{info.os_type}/{info.architecture}"}
        values = {"engine": info.name, "engine_version": info.version, "capabilities": capabilities}
    values["capabilities"]["slots"] = settings.STUDIO_WORKERS
    values |= {"host": settings.WORKER_HOST, "heartbeat_at": timezone.now()}
    Worker.objects.update_or_create(name=settings.WORKER_NAME, defaults=values)
