"""A studio of its own for a benchmark, on a data folder that is gone afterwards, and a bare engine beside it."""

import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import requests
from docker import APIClient

from studio.launch.private_engine import PrivateEngine
from tests.ports import free_port

READY_SECONDS = 600
STOP_SECONDS = 120
SETTLE_SECONDS = 65


@contextmanager
def studio(workers: int = 2, **more: str) -> Iterator[dict[str, str]]:
    """Start a studio and yield the variables by which another process works with its data and its engine.

    It is given `more` variables. What it prints goes to our stderr: fetching an engine and base images takes minutes on
    a bare machine.
    """
    folder = Path(tempfile.mkdtemp(prefix="studio-bench-"))
    port = free_port()
    variables = {name: value for name, value in os.environ.items() if name not in ("DATABASE_URL", "DOCKER_HOST")} | {
        "STUDIO_DATA_DIR": str(folder),
        "STUDIO_PORT": str(port),
        "STUDIO_WORKERS": str(workers),
        "STUDIO_ADMIN_TOKEN": secrets.token_urlsafe(32),
        "STUDIO_LOG_LEVEL": "WARNING",
        **more,
    }
    process = subprocess.Popen([sys.executable, "-m", "studio.launch"], env=variables, stdout=sys.stderr)
    try:
        _wait_until_answers(process, f"http://127.0.0.1:{port}/readyz")
        yield variables | PrivateEngine.of(folder, variables).variables()
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(STOP_SECONDS)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def web_server(database_url: str = "") -> Iterator[dict[str, str]]:
    """Serve pages with one process, without worker or engine, and yield the variables by which others reach its data.

    `WEB_PROCESS` among them is the id of the process that answers.
    """
    with tempfile.TemporaryDirectory(prefix="studio-bench-") as folder:
        own = {"STUDIO_DATA_DIR": folder, "STUDIO_PORT": str(free_port()), "STUDIO_LOG_LEVEL": "WARNING"}
        address = {"DATABASE_URL": database_url} if database_url else {}
        variables = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"} | own | address
        variables["DJANGO_SETTINGS_MODULE"] = "studio.settings"
        subprocess.run([sys.executable, "-m", "studio.launch", "prepare"], env=variables, check=True, stdout=sys.stderr)
        words = [sys.executable, "-m", "gunicorn", "--config", "python:studio.launch.web", "--workers", "1"]
        server = subprocess.Popen(words, env=variables)
        try:
            _wait_until_answers(server, f"http://127.0.0.1:{variables['STUDIO_PORT']}/healthz")
            [process] = children_of(server.pid)
            yield variables | {"WEB_PROCESS": str(process)}
        finally:
            server.terminate()
            server.wait(timeout=STOP_SECONDS)


def children_of(process: int) -> list[int]:
    """The ids of the processes that a process started itself."""
    return [int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text().split()]


@contextmanager
def bare_engine() -> Iterator[APIClient]:
    """Start a private engine that no studio works with, and yield a client of it."""
    folder = Path(tempfile.mkdtemp(prefix="studio-bench-engine-"))
    engine = PrivateEngine.of(folder, {name: value for name, value in os.environ.items() if name != "DOCKER_HOST"})
    engine.bring_programs()
    process = engine.start()
    try:
        client = APIClient(base_url=engine.names.host, version="auto", timeout=1800)
        yield client
        client.close()
    finally:
        engine.stop(process)
        shutil.rmtree(folder, ignore_errors=True)


def copy_image(source: APIClient, target: APIClient, name: str) -> None:
    """Give another engine an image, with its id and this one of its names."""
    target.load_image(b"".join(source.get_image(name)), quiet=True)


def settle() -> None:
    """Wait until the disk has no memory of what was deleted.

    For a minute after files were deleted ext4 passes over each of their inodes whenever it makes a file (RECENTCY_MIN
    in fs/ext4/ialloc.c): a build after thousands of them takes several times as long.
    """
    os.sync()
    time.sleep(SETTLE_SECONDS)


def _wait_until_answers(process: subprocess.Popen[bytes], address: str) -> None:
    deadline = time.monotonic() + READY_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        try:
            if requests.get(address, timeout=5).status_code == 200:
                return
        except requests.RequestException:
            pass
        time.sleep(0.5)
    raise SystemExit("The studio did not start; its output above says why.")
