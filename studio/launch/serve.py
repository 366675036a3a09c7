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
from studio.launch.tls import Tls, prepare_tls

READY_SECONDS = 120.0
WEB = "gunicorn --config python:studio.launch.web"
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
            tls = prepare_tls()
            variables = dict(os.environ) | OWN_VARIABLES | engine
            if not tls.options:
                variables["STUDIO_TLS_PORT"] = "0"  # so that pages name no address that is not served
            with step("Web, worker and scheduler", talks=True):
                for service in services(variables, tls):
                    supervisor.add(service)
                if not supervisor.watch(lambda: answers(ready_url), READY_SECONDS):
                    raise LaunchError(f"The studio was not ready after {READY_SECONDS:.0f} s; its log above says why.")
            if tls.options:
                print(f"Over TLS: {settings.TLS_URL}/", flush=True)
            print(f"Ready: {settings.STUDIO_URL}/", flush=True)
            supervisor.watch(tls.tick)
        finally:
            print("Stopping ...", flush=True)
            supervisor.stop()


def services(variables: dict[str, str], tls: Tls) -> list[Service]:
    """Return the services of the studio itself. One gunicorn serves all that it listens on with TLS or none of it, so
    there is a second one for TLS."""
    modules = {
        "web": WEB,
        "worker": f"celery --quiet -A studio worker --loglevel WARNING {ALONE}",
        "scheduler": "django schedule",
    }
    made = [_service(name, words.split(), variables) for name, words in modules.items()]
    if tls.options:  # not needed: someone else may take its port between the look at it and now
        made.append(_service("web-tls", [*WEB.split(), *tls.options], variables, needed=False))
    return made


def _service(name: str, words: list[str], variables: dict[str, str], *, needed: bool = True) -> Service:
    return Service(name, lambda: spawn([sys.executable, "-m", *words], variables), needed=needed)


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
