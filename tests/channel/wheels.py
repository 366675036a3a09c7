"""Conda packages out of wheels: those of pure Python for every system, the others for Linux and Python 3.11."""

import base64
import configparser
import email
import hashlib
import sys
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from email.message import Message
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name, parse_wheel_filename

from tests.channel.packing import Entry, Package
from tests.channel.running import run

PYTHON = "3.11"
TARGET = ["--python-version", PYTHON, "--implementation", "cp", "--platform", "manylinux2014_x86_64"]
MARKERS = {"extra": "", "python_version": PYTHON, "python_full_version": f"{PYTHON}.0"}


def download_wheels(requirements: Sequence[str], folder: Path) -> None:
    """Fetch the wheel of each requirement, whatever Python this is. Two versions of a package are two calls of pip."""
    rounds: list[dict[str, str]] = []
    for requirement in requirements:
        name = Requirement(requirement).name
        free = next((one for one in rounds if name not in one), None)
        if free is None:
            rounds.append(free := {})
        free[name] = requirement
    pip = [
        sys.executable,
        "-m",
        "pip",
        "download",
        "--disable-pip-version-check",
        "--no-deps",
        "--only-binary",
        ":all:",
        *TARGET,
    ]
    for one in rounds:
        run(*pip, "--dest", folder, *one.values())


def package_of_wheel(path: Path) -> Package:
    """The conda package that holds what a wheel holds, and needs what it needs."""
    with zipfile.ZipFile(path) as archive:
        wheel = Wheel({name: archive.read(name) for name in archive.namelist() if not name.endswith("/")})
    pure = all(tag.platform == "any" for tag in parse_wheel_filename(path.name)[3])
    entry_points = tuple(wheel.entry_points())
    folder = "site-packages" if pure else f"lib/python{PYTHON}/site-packages"
    if (not pure and entry_points) or any(".data/" in name for name in wheel.files):
        raise ValueError(f"{path.name} holds programs or data files, which nothing here puts in their place.")
    return Package(
        name=canonicalize_name(wheel.metadata["Name"]),
        version=wheel.metadata["Version"],
        build="pyhd_0" if pure else f"py{PYTHON.replace('.', '')}_0",
        subdir="noarch" if pure else "linux-64",
        depends=(f"python {wheel.metadata['Requires-Python']}" if pure else f"python {PYTHON}.*", *wheel.depends()),
        files={f"{folder}/{name}": Entry(content) for name, content in wheel.installed_files().items()},
        noarch="python" if pure else "",
        entry_points=entry_points,
    )


@dataclass(frozen=True)
class Wheel:
    """The files of a wheel: path -> content."""

    files: dict[str, bytes]

    @property
    def folder(self) -> str:
        """The `*.dist-info` folder."""
        return next(name for name in self.files if name.endswith(".dist-info/METADATA")).rpartition("/")[0]

    @property
    def metadata(self) -> Message:
        return email.message_from_bytes(self.files[f"{self.folder}/METADATA"])

    def depends(self) -> Iterator[str]:
        """What the package needs on our Python, as conda writes it."""
        for line in self.metadata.get_all("Requires-Dist") or []:
            requirement = Requirement(line)
            if requirement.marker is None or requirement.marker.evaluate(MARKERS):
                yield f"{canonicalize_name(requirement.name)} {requirement.specifier}".strip()

    def entry_points(self) -> Iterator[str]:
        """The programs, as `name = module:function`."""
        parser = configparser.ConfigParser(delimiters=("=",))
        parser.optionxform = str  # type: ignore[assignment,method-assign]
        parser.read_string(self.files.get(f"{self.folder}/entry_points.txt", b"").decode())
        if parser.has_section("console_scripts"):
            yield from (f"{name} = {function}" for name, function in parser["console_scripts"].items())

    def installed_files(self) -> dict[str, bytes]:
        """The files and a note of who installed them, entered in RECORD as any installer does."""
        note, record = f"{self.folder}/INSTALLER", f"{self.folder}/RECORD"
        digest = base64.urlsafe_b64encode(hashlib.sha256(b"conda").digest()).rstrip(b"=").decode()
        row = f"{note},sha256={digest},5\n".encode()
        return self.files | {note: b"conda", record: self.files[record].rstrip() + b"\n" + row}
