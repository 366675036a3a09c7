"""The channels over HTTP, at one address of this machine, every request written down."""

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import BinaryIO

from tests.channel.recipe import LOCAL, OTHER


@dataclass(frozen=True)
class Channels:
    """The addresses of two served channels. `requests` grows by a path with each request, whatever the answer."""

    address: str
    requests: list[str]

    @property
    def local(self) -> str:
        return f"{self.address}/{LOCAL}"

    @property
    def other(self) -> str:
        return f"{self.address}/{OTHER}"

    def fetched_packages(self) -> list[str]:
        """The names of the package files asked for so far."""
        return [path.rpartition("/")[2] for path in self.requests if path.endswith(".conda")]

    def mirrors_file(self, more: Mapping[str, str] | None = None) -> str:
        """A mirrors file in which `conda-forge` is the first channel, `defaults` the other, and more if wanted."""
        served = {"conda-forge": self.local, "defaults": self.other, **(more or {})}
        return "[channels]\n" + "".join(f"{json.dumps(name)} = {json.dumps(url)}\n" for name, url in served.items())


@contextmanager
def served(folder: Path, host: str) -> Iterator[Channels]:
    """Serve the folder of the two channels at a free port of `host`. Raises OSError if that is no address of ours."""
    requests: list[str] = []
    handler = partial(_Files, requests, directory=str(folder))
    with ThreadingHTTPServer((host, 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        try:
            yield Channels(f"http://{host}:{server.server_port}", requests)
        finally:
            server.shutdown()
            thread.join()


class _Files(SimpleHTTPRequestHandler):
    def __init__(self, requests: list[str], *arguments: object, **options: object) -> None:
        self.requests = requests
        super().__init__(*arguments, **options)  # type: ignore[arg-type]

    def copyfile(self, source: BinaryIO, outputfile: BinaryIO) -> None:  # type: ignore[override]
        """A client may hang up in the middle, as rattler does once it knows that something else is wrong."""
        with suppress(ConnectionError):
            super().copyfile(source, outputfile)

    def log_request(self, code: object = "-", size: object = "-") -> None:
        self.requests.append(self.path)

    def log_message(self, format: str, *arguments: object) -> None:
        """Keep the terminal to the tests."""
