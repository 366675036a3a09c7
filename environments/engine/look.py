"""A look into an image: its Python, its libc and every package, each image once.

dpkg's and conda's records are read from a container that never runs. Only an image with a Python is started, locked
down, for that Python to tell its distributions. Asking for a path costs the engine 2 ms, reading a file 50, a start 200
and a walk through all files up to 4 s for 1 GB, so what is known of the images below saves the dear ones:
a file with the size, mode and time that it had below counts as not written since. That could be wrong only of one that
was written anew with the same size and whose time was then set back to that very one, as builds do that give all files
one time (SOURCE_DATE_EPOCH). Times of long ago never count: the studio's own archives bear them, and many others.
"""

import re
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import islice
from threading import Lock
from typing import Any

from docker import APIClient

from environments.engine.archives import held, read_all, read_many, read_one, stat
from environments.engine.client import Address, connected, inspect
from environments.engine.packages import (
    conda_package,
    conda_prefixes,
    distributions_in,
    dpkg_packages,
    in_order,
    pip_packages,
)
from environments.engine.probe import Answer, Distribution, ask_python
from environments.engine.protocol import ImageUnavailable, Package, Probe
from environments.engine.run import run_locked_down

PYTHONS = ("python3", "python")
DEFAULT_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"  # the engine's, for images without one
GETCONF = "/usr/bin/getconf"
# dpkg's own file, and the folder in its place in images without a package manager ("distroless").
DPKG_RECORD, DPKG_FOLDER = "/var/lib/dpkg/status", "/var/lib/dpkg/status.d"
RECORD_BYTES = 32_000_000
METADATA_BYTES = 1_000_000
SMALL_FILE_BYTES = 100_000
SYSTEM_LENGTH = 200
SECONDS = 60.0
MOST_PACKAGES = 50_000  # of each way to look: an image may say anything of itself
MOST_KNOWN = 64  # images kept in mind
KEPT_BYTES = 1_000_000  # of a file of theirs; larger ones are read again
TIMES_COUNT_FROM = "2000"
LEAST_PYTHON_BYTES = 2_000_000  # no Python that could use a distribution is smaller
_PYTHON_RECORDS = (".dist-info/METADATA", ".dist-info/INSTALLER", ".egg-info/PKG-INFO")
_PYTHON_LIBRARY = ("/encodings/__init__.py", "/encodings/__init__.pyc")  # no Python starts without it
_LIBC = re.compile(r"\d+\.\d+")


@dataclass(frozen=True, slots=True)
class Look:
    """What was seen in an image, and what spares work in images above it: its layers, and files as they were.

    `bare_size` is the size up to which all files were walked through and there was no Python, nor anything for one.
    """

    probe: Probe
    packages: tuple[Package, ...]
    layers: tuple[str, ...]
    bare_size: int
    files: Mapping[str, tuple[Mapping[str, Any], bytes]]


@dataclass(slots=True)
class _Known:
    """The looks of this process, the least used forgotten first. Image ids and layers are digests of all they hold."""

    looks: OrderedDict[tuple[Address, str], Look] = field(default_factory=OrderedDict)
    lock: Lock = field(default_factory=Lock)

    def get(self, address: Address, image_id: str) -> Look | None:
        with self.lock:
            if (address, image_id) in self.looks:
                self.looks.move_to_end((address, image_id))
            return self.looks.get((address, image_id))

    def keep(self, address: Address, image_id: str, look: Look) -> None:
        with self.lock:
            self.looks[address, image_id] = look
            while len(self.looks) > MOST_KNOWN:
                self.looks.popitem(last=False)

    def below(self, layers: tuple[str, ...]) -> Look | None:
        """Of the images whose layers are the first ones of these, the one with the most."""
        with self.lock:
            found = [look for look in self.looks.values() if look.layers == layers[: len(look.layers)]]
        return max(found, key=lambda look: len(look.layers), default=None)


_known = _Known()


def look_into(address: Address, image_id: str) -> Look:
    """The look of the image, from memory if it was had before. Raises ImageUnavailable."""
    look = _known.get(address, image_id)
    if look is None:
        with connected(address) as client:
            inspected = inspect(client, image_id)
            if inspected is None:
                raise ImageUnavailable("The image is no longer here; build or pull it again.")
            with held(client, image_id) as container:
                seeing = _Seeing(address, client, container, inspected)
                look = seeing.look()
        if seeing.is_sure:
            _known.keep(address, inspected["Id"], look)
    return look


class _Seeing:
    """One look under way."""

    def __init__(self, address: Address, client: APIClient, container: str, inspected: Mapping[str, Any]) -> None:
        self.address, self.client, self.container = address, client, container
        self.image_id: str = inspected["Id"]
        self.size: int = inspected.get("Size", 0)
        self.architecture: str = inspected.get("Architecture", "")
        self.layers = tuple((inspected.get("RootFS") or {}).get("Layers") or ())
        variables = (inspected.get("Config") or {}).get("Env") or ()
        self.environment = dict(pair.split("=", 1) for pair in variables if "=" in pair)
        self.below = _known.below(self.layers)
        self.bare_size = self.below.bare_size if self.below else 0
        self.files: dict[str, tuple[Mapping[str, Any], bytes]] = {}
        self.is_sure = True  # a program of the image that took too long may answer the next time

    def look(self) -> Look:
        pythons = self.pythons()
        with ThreadPoolExecutor(1) as beside:
            asked = beside.submit(self.ask, pythons)
            recorded = list(islice(self.recorded(), MOST_PACKAGES))
            system, system_id, system_version = self.system()
            answer = asked.result()
        self.bare_size = 0 if answer else self.bare_size
        distributions = answer.distributions if answer else self.walked()
        pips = pip_packages(islice(distributions, MOST_PACKAGES), answer.markers if answer else {})
        packages = in_order([*recorded, *pips])
        probe = Probe(
            python=answer.python if answer else "",
            python_path=answer.executable if answer else "",
            glibc=answer.glibc if answer else self.glibc(packages),
            architecture=self.architecture,
            system=system,
            system_id=system_id,
            system_version=system_version,
        )
        return Look(probe, packages, self.layers, self.bare_size, self.files)

    def pythons(self) -> list[str]:
        """Paths of the Pythons that a shell in the image would find, first the one it would take."""
        if not self.may_have_python():
            return []
        folders = [folder for folder in self.environment.get("PATH", DEFAULT_PATH).split(":") if folder.startswith("/")]
        paths = (f"{folder.rstrip('/')}/{name}" for name in PYTHONS for folder in dict.fromkeys(folders))
        return [path for path in paths if stat(self.client, self.container, path)]

    def ask(self, pythons: Iterable[str]) -> Answer | None:
        """The first answer."""
        for python in pythons:
            try:
                if answer := ask_python(self.address, self.image_id, python):
                    return answer
            except TimeoutError:
                self.is_sure = False
        return None

    def recorded(self) -> Iterator[Package]:
        yield from dpkg_packages(self.dpkg_records())
        for prefix in conda_prefixes(self.environment):
            for name, content in self.read_folder(f"{prefix}/conda-meta"):
                package = conda_package(content) if name.endswith(".json") else None
                if package:
                    yield package

    def dpkg_records(self) -> Iterator[str]:
        if record := self.read(DPKG_RECORD, RECORD_BYTES):
            yield record.decode("utf-8", "replace")
        for name, content in self.read_folder(DPKG_FOLDER):
            if not name.endswith(".md5sums"):
                yield content.decode("utf-8", "replace")

    def read_folder(self, path: str) -> Iterator[tuple[str, bytes]]:
        if stat(self.client, self.container, path):
            yield from read_many(self.client, self.container, path, RECORD_BYTES)

    def read(self, path: str, max_bytes: int) -> bytes:
        """A file, read again only if it is another one than below; empty if there is none, or a larger one."""
        state = stat(self.client, self.container, path)
        if state and state.get("linkTarget"):
            path = state["linkTarget"]
            state = stat(self.client, self.container, path)
        if state is None or state["size"] > max_bytes:
            return b""
        seen, content = self.below.files.get(path, ({}, b"")) if self.below else ({}, b"")
        if seen != state or state["mtime"] < TIMES_COUNT_FROM:
            try:
                content = read_one(self.client, self.container, path, max_bytes)
            except (FileNotFoundError, ValueError):
                content = b""
        if len(content) <= KEPT_BYTES:
            self.files[path] = (state, content)
        return content

    def may_have_python(self) -> bool:
        """Not if there is none below, and nothing as large above."""
        return self.size - self.bare_size >= LEAST_PYTHON_BYTES

    def walked(self) -> list[Distribution]:
        """By reading through all files, unless no Python can be there."""
        if not self.may_have_python():
            return []
        self.bare_size = self.size
        return distributions_in(self.metadata())

    def metadata(self) -> Iterator[tuple[str, bytes]]:
        """(path, bytes) of metadata files, one at a time. Of a bare image there is none, nor a Python's library."""
        endings = (*_PYTHON_RECORDS, *_PYTHON_LIBRARY)
        for path, content in islice(read_all(self.client, self.container, endings, METADATA_BYTES), MOST_PACKAGES):
            self.bare_size = 0
            if path.endswith(_PYTHON_RECORDS):
                yield path, content

    def system(self) -> Iterator[str]:
        """PRETTY_NAME, ID and VERSION_ID of /etc/os-release, see os-release(5)."""
        text = self.read("/etc/os-release", SMALL_FILE_BYTES).decode("utf-8", "replace")
        values = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
        told = (values.get(key, "").strip("\"'")[:SYSTEM_LENGTH] for key in ("PRETTY_NAME", "ID", "VERSION_ID"))
        return (value if value.isprintable() else "" for value in told)

    def glibc(self, packages: Iterable[Package]) -> str:
        """From dpkg's version of it, else from the program that tells it."""
        of_dpkg = next((found.version for found in packages if (found.manager, found.name) == ("dpkg", "libc6")), "")
        if version := _LIBC.match(of_dpkg):
            return version[0]
        if not stat(self.client, self.container, GETCONF):
            return ""
        try:
            result = run_locked_down(self.address, self.image_id, [GETCONF, "GNU_LIBC_VERSION"], timeout=SECONDS)
        except TimeoutError:
            self.is_sure = False
            return ""
        name, _, version_told = result.output.strip()[:SYSTEM_LENGTH].partition(" ")
        return version_told if result.exit_code == 0 and name == "glibc" else ""
