"""A whole studio of its own, whose parts can be killed one by one. It is asked over HTTP and read by its database."""

import io
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.error import URLError
from urllib.request import Request, urlopen

from celery import Celery
from docker import APIClient

from studio.launch.debian import Tools
from studio.launch.leftovers import PROCESSES
from studio.launch.names import Names
from studio.launch.private_engine import PrivateEngine
from tests.engine.making import APPLETS, archive, unpack_debian_package
from tests.faults.serve import TOOLS
from tests.ports import free_port
from tests.waiting import wait_for

BASE = "studio-tests-tiny:1"
TOKEN = "token of a studio under test"
MARKS = {"engine": "dockerd", "web": "gunicorn", "worker": "celery", "scheduler": "schedule"}
DEFINITION = "name: {name}\nbuild:\n  path: context\n"
ENDED = ("succeeded", "failed", "cancelled")


class Studio:
    """The studio of one data folder. `kill` takes a name of MARKS or "child", one of the worker's own processes."""

    def __init__(self, folder: Path, tools: Path) -> None:
        self.data_dir = folder / "data"
        self.data_dir.mkdir(parents=True)
        self.names = Names.of(self.data_dir)
        self.engine = PrivateEngine(self.names, Tools(tools, dict(os.environ)))
        self.log = folder / "studio.log"
        self.broker = self.data_dir / "broker"
        self._busybox = unpack_debian_package("busybox-static", folder)
        self._process: subprocess.Popen[bytes] | None = None
        self._port = free_port()
        self.address = f"http://127.0.0.1:{self._port}"
        self._queue = Celery(broker="filesystem://", set_as_current=False)
        folders = {"data_folder_in": str(self.broker / "messages"), "data_folder_out": str(self.broker / "messages")}
        self._queue.conf.broker_transport_options = folders | {"control_folder": str(self.broker / "control")}

    def start(self) -> None:
        """Start everything and return once the studio says that it is ready and its engine holds the base image."""
        self.engine.bring_programs()
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("STUDIO_", "DOCKER_"))}
        own = {
            "STUDIO_DATA_DIR": str(self.data_dir),
            "STUDIO_PORT": str(self._port),
            "STUDIO_TLS_PORT": "0",
            "STUDIO_ADMIN_PASSWORD": TOKEN,
            "STUDIO_ADMIN_TOKEN": TOKEN,
            "STUDIO_WORKER_NAME": "tested",
            "STUDIO_WORKERS": "3",
            "STUDIO_DISK_KEEP": "1",
            TOOLS: str(self.engine.tools.folder),
        }
        kept.pop("DATABASE_URL", None)
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", sys.executable, "-m", "tests.faults.serve"],
                env=kept | own,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        wait_for(self.is_ready, "the studio to be ready", seconds=120)
        self._bring_base()

    def stop(self) -> None:
        """End everything, and take away what a studio that could not do so itself has left."""
        if self._process is not None:
            self._process.terminate()
            try:
                self._process.wait(60)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
        self.engine.sweep()

    def cut_off(self) -> None:
        """Kill the launcher and everything it started, as no operator would; what those started is left alone."""
        assert self._process is not None
        for pid in [*children(self._process.pid), self._process.pid]:
            os.kill(pid, signal.SIGKILL)
        self._process.wait()
        wait_for(self._port_is_free, "the children of the web server to notice", seconds=20)

    def _port_is_free(self) -> bool:
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            with suppress(OSError):
                probe.bind(("127.0.0.1", self._port))
                return True
        return False

    def is_ready(self) -> bool:
        self.still_runs()
        with suppress(OSError):
            return self.get("/readyz") is not None
        return False

    def still_runs(self) -> None:
        """The launcher itself must never end."""
        assert self._process is not None
        assert self._process.poll() is None, self.log.read_text(errors="replace")[-3000:]

    def pids(self, name: str) -> list[int]:
        """The processes of that name, oldest first; none while it is being started again."""
        if name == "child":
            return [child for worker in self.pids("worker") for child in children(worker)]
        assert self._process is not None
        return [pid for pid in children(self._process.pid) if MARKS[name] in words_of(pid)]

    def kill(self, name: str, number: signal.Signals = signal.SIGKILL) -> int:
        """Send a signal to the first process of that name, which must be there; return its id."""
        pid = wait_for(lambda: self.pids(name), f"a {name} to kill", seconds=60)[0]
        os.kill(pid, number)
        return pid

    def build(self, name: str, *lines: str) -> str:
        """Publish a version with the base and these lines of a Dockerfile, and ask for its build. Return its id."""
        packed = io.BytesIO()
        with zipfile.ZipFile(packed, "w") as archive_file:
            archive_file.writestr("environment.yml", DEFINITION.format(name=name))
            archive_file.writestr("context/Dockerfile", "\n".join([f"FROM {BASE}", *lines, ""]))
        answer = self._ask("/api/v1/workspaces/default/environments?build=1", packed.getvalue(), "application/zip")
        return str(answer["build"]["id"]).replace("-", "")

    def page_of(self, build: str) -> str:
        """The address of a build for a browser."""
        return f"{self.address}/w/default/builds/{_dashed(build)}/"

    def cancel(self, build: str) -> None:
        self._ask(f"/api/v1/builds/{_dashed(build)}/cancel", b"", "application/json")

    def poke(self) -> None:
        """Deliver another message that a build waits."""
        self._queue.send_task("environments.tasks.run_builds", retry=False)

    def get(self, path: str) -> bytes | None:
        """What a page answers with 200, None for another status. Raises OSError if nobody answers."""
        try:
            with urlopen(f"{self.address}{path}", timeout=5) as response:
                return bytes(response.read())
        except URLError as error:
            if hasattr(error, "code"):
                return None
            raise

    def rows(self, query: str, *values: object) -> list[sqlite3.Row]:
        """Read the database as it is now."""
        address = f"file:{self.data_dir / 'studio.sqlite3'}?mode=ro"
        with closing(sqlite3.connect(address, uri=True, timeout=20)) as connection:
            connection.row_factory = sqlite3.Row
            return connection.execute(query, values).fetchall()

    def row(self, build: str) -> sqlite3.Row:
        return self.rows("select * from environments_build where id = ?", build)[0]

    def printed(self, build: str) -> list[str]:
        """Every line of a build's log. Fails if a line's number is missing or there twice."""
        pieces = self.rows("select * from environments_logpiece where build_id = ? order by first_line", build)
        lines: list[str] = []
        for piece in pieces:
            assert piece["first_line"] == len(lines) + 1, (build, [tuple(one) for one in pieces])
            lines += piece["text"].split("\n")
        assert self.row(build)["line_count"] == len(lines)
        return lines

    def wait_until(self, build: str, *states: str, seconds: float = 60) -> sqlite3.Row:
        """Wait until a build is in one of the states, and return its row."""

        def is_there() -> bool:
            self.still_runs()
            return self.row(build)["state"] in states

        wait_for(is_there, f"build {build} to be {' or '.join(states)}: {tuple(self.row(build))}", seconds=seconds)
        return self.row(build)

    def wait_until_it_prints(self, build: str, line: str, seconds: float = 60) -> None:
        wait_for(lambda: line in self.printed(build), f"build {build} to print {line}", seconds=seconds)

    def _bring_base(self) -> None:
        files = {
            "bin/busybox": (self._busybox / "bin/busybox").read_bytes(),
            "usr/lib/os-release": b"NAME=Tiny\n",
            "tmp/.keep": b"",
        }
        links = {f"bin/{applet}": "busybox" for applet in APPLETS} | {"etc/os-release": "../usr/lib/os-release"}
        with self.client() as client:
            client.import_image_from_data(archive(files, links), repository=BASE[:-2], tag="1")

    @contextmanager
    def client(self) -> Iterator[APIClient]:
        client = APIClient(base_url=self.names.host, version="auto")
        try:
            yield client
        finally:
            client.close()

    def _ask(self, path: str, body: bytes, content_type: str) -> dict:
        headers = {"Authorization": f"Bearer {TOKEN}", "Content-Type": content_type}
        with urlopen(Request(f"{self.address}{path}", body, headers), timeout=60) as response:
            return dict(json.load(response))


def _dashed(build: str) -> str:
    """The id of a build as people write it; SQLite holds it without dashes."""
    return "-".join((build[:8], build[8:12], build[12:16], build[16:20], build[20:]))


def children(pid: int) -> list[int]:
    """The processes that any thread of a process has started, oldest first."""
    found: set[int] = set()
    for task in (PROCESSES / str(pid) / "task").glob("*"):
        with suppress(OSError):
            found.update(int(word) for word in (task / "children").read_text().split())
    return sorted(found)


def words_of(pid: int) -> str:
    try:
        return (PROCESSES / str(pid) / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
    except OSError:
        return ""
