"""A PostgreSQL server for the tests: on a socket in a temporary folder, without a system service, gone afterwards."""

import os
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from studio.launch.commands import LaunchError, end_group, last_lines, run
from studio.launch.debian import Tools

PACKAGE = "postgresql"
INSTALLED = Path("/usr/lib/postgresql")
SERVER_USER, SERVER_GROUP = "nobody", "nogroup"  # the server refuses to run as root
DATABASE_USER = "studio"
START_SECONDS = 30.0
STOP_SECONDS = 15.0
OPTIONS = {
    "listen_addresses": "",
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "jit": "off",
}


def programs_folder(tools: Tools) -> Path | None:
    """Return the folder of the newest server's programs, of the machine or of the tools; None if there is none."""
    places = (INSTALLED, tools.folder / "usr/lib/postgresql")
    found = (sorted(place.glob("*/bin/postgres"), key=_version) for place in places)
    return next((servers[-1].parent for servers in found if servers), None)


@contextmanager
def postgresql(programs: Path, tools: Tools) -> Iterator[str]:
    """Run a server while the block runs; yield its address as DATABASE_URL spells it. Raises LaunchError."""
    with tempfile.TemporaryDirectory(prefix="studio-pg-") as name:
        folder = Path(name)
        data = folder / "data"
        prefix = _unprivileged(folder)
        words = [f"--username={DATABASE_USER}", "--auth=trust", "--no-sync", "--encoding=UTF8", "--locale=C.UTF-8"]
        run([*prefix, programs / "initdb", "-D", data, *words], env=tools.environment())
        options = [f"-c{key}={value}" for key, value in (OPTIONS | {"unix_socket_directories": name}).items()]
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [*prefix, str(programs / "postgres"), "-D", str(data), *options],
                env=tools.environment(),
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        try:
            _wait_until_ready(server, folder)
            yield f"postgres://{DATABASE_USER}@{quote(name, safe='')}/postgres"
        finally:
            _stop(server)


def _unprivileged(folder: Path) -> list[str]:
    """Give the folder to the server's user and return the words that run a program as that user.

    The one right it keeps lets it start from a checkout below a folder that only root may enter.
    """
    if os.geteuid() != 0:
        return []
    shutil.chown(folder, SERVER_USER, SERVER_GROUP)
    rights = ["--inh-caps=+dac_read_search", "--ambient-caps=+dac_read_search"]
    return ["setpriv", f"--reuid={SERVER_USER}", f"--regid={SERVER_GROUP}", "--clear-groups", *rights]


def _wait_until_ready(server: "subprocess.Popen[bytes]", folder: Path) -> None:
    """The last line of its pid file says `ready` (postgresql.org/docs/current/storage-file-layout.html)."""
    deadline = time.monotonic() + START_SECONDS
    state = folder / "data/postmaster.pid"
    while not (state.exists() and state.read_text().rstrip().endswith("ready")):
        if server.poll() is not None or time.monotonic() > deadline:
            raise LaunchError(f"PostgreSQL did not start:\n{last_lines((folder / 'log').read_text())}")
        time.sleep(0.05)


def _stop(server: "subprocess.Popen[bytes]") -> None:
    """Ask for the fast shutdown, which ends open sessions; insist if it takes too long."""
    server.send_signal(signal.SIGINT)
    try:
        server.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        end_group(server.pid)
        server.wait()


def _version(server: Path) -> float:
    return float(server.parent.parent.name)
