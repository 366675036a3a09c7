"""`make run`: an engine, the data, then web, worker and scheduler, until a signal ends it all."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.conf import settings

from environments.builder.alone import alone
from studio.launch.addresses import answers, local_url, require_free_port
from studio.launch.bounds import Bounds
from studio.launch.commands import LaunchError
from studio.launch.engines import provide_engine
from studio.launch.processes import Service, Supervisor, spawn
from studio.launch.steps import prepare_data, step

READY_SECONDS = 120.0
ALONE = "--without-gossip --without-mingle --without-heartbeat"  # workers meet in the database, not in the broker
# Celery warns each time it is run as root; in the private engine's case only root will do.
OWN_VARIABLES = {"PYTHONUNBUFFERED": "1", "PYTHONWARNINGS": "ignore:::celery.platforms"}


def serve() -> None:
    """Start everything and keep it running. Returns never; raises LaunchError, or Stopped on a signal."""
    bind, port = settings.STUDIO_BIND, settings.STUDIO_PORT
    require_free_port(bind, port)
    ready_url = local_url(bind, port, "/readyz")
    supervisor = Supervisor()
    with sole_user_of(settings.DATA_DIR):
        try:
            engine = provide_engine(
                supervisor,
                settings.DATA_DIR,
                os.environ,
                indexes=settings.INDEXES,
                mirrors_file=settings.MIRRORS_FILE,
                cache_bytes=settings.CACHE_BYTES,
                bounds=Bounds.of_machine(settings.BUILDS_MEMORY, settings.BUILD_CPUS),
            )
            announce(prepare_data())
            variables = dict(os.environ) | OWN_VARIABLES | engine
            with step("Web, worker and scheduler", talks=True):
                for service in services(variables):
                    supervisor.add(service)
                if not supervisor.watch(lambda: answers(ready_url), READY_SECONDS):
                    raise LaunchError(f"The studio was not ready after {READY_SECONDS:.0f} s; its log above says why.")
            print(f"Ready: {settings.STUDIO_URL}/", flush=True)
            supervisor.watch(lambda: False)
        finally:
            print("Stopping ...", flush=True)
            supervisor.stop()


def services(variables: dict[str, str]) -> list[Service]:
    """Return the three services of the studio itself."""
    modules = {
        "web": "gunicorn --config python:studio.launch.web",
        "worker": f"celery --quiet -A studio worker --loglevel WARNING {ALONE}",
        "scheduler": "django schedule",
    }
    return [_service(name, words.split(), variables) for name, words in modules.items()]


def _service(name: str, words: list[str], variables: dict[str, str]) -> Service:
    return Service(name, lambda: spawn([sys.executable, "-m", *words], variables))


def announce(password: str) -> None:
    """Say how to get in, if the password was made just now."""
    if password:
        print(f"Sign in as `admin` with the password `{password}`. It is shown only this once.", flush=True)


@contextmanager
def sole_user_of(data_dir: Path) -> Iterator[None]:
    """Hold the data folder for this process alone; the hold ends with the process, however it ends."""
    data_dir.mkdir(parents=True, exist_ok=True)
    with alone(data_dir / "launch.lock") as is_ours:
        if not is_ours:
            raise LaunchError(
                f"Another studio runs on {data_dir}. Stop it, or choose another folder with STUDIO_DATA_DIR."
            )
        yield
