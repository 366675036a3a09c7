"""Conda packages in conda's second format, a zip of two compressed tars. Equal packages are equal byte for byte."""

import hashlib
import io
import json
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import zstandard

PREFIX = "/opt/the/prefix/these/files/were/packed/for"  # the installer puts the real prefix where a text file says this
MADE = 1_700_000_000  # seconds since 1970; the time of every file and package
FIRST_DAY_OF_ZIP = (1980, 1, 1, 0, 0, 0)
LEVEL = 6  # of compression


@dataclass(frozen=True)
class Entry:
    """A file of a package, or a symbolic link if it has a target."""

    content: bytes = b""
    executable: bool = False
    target: str = ""

    @property
    def holds_prefix(self) -> bool:
        return PREFIX.encode() in self.content


@dataclass(frozen=True)
class Package:
    """One conda package. `noarch` is "", "python" or "generic"; `files` maps paths inside the prefix to entries."""

    name: str
    version: str
    build: str
    subdir: str
    depends: tuple[str, ...]
    files: Mapping[str, Entry] = field(repr=False)
    noarch: str = ""
    entry_points: tuple[str, ...] = ()

    @property
    def stem(self) -> str:
        return f"{self.name}-{self.version}-{self.build}"

    def write(self, channel: Path) -> Path:
        """Write the package into its folder of a channel."""
        folder = channel / self.subdir
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{self.stem}.conda"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as whole:
            for name, content in (
                ("metadata.json", _json({"conda_pkg_format_version": 2})),
                (f"pkg-{self.stem}.tar.zst", _compressed_tar(self.files)),
                (f"info-{self.stem}.tar.zst", _compressed_tar(self._info())),
            ):
                whole.writestr(zipfile.ZipInfo(name, FIRST_DAY_OF_ZIP), content)
        return path

    def _info(self) -> dict[str, Entry]:
        documents = {
            "index.json": self._index(),
            "paths.json": {"paths": [_path(*item) for item in sorted(self.files.items())], "paths_version": 1},
            "about.json": {},
        }
        if self.noarch == "python":
            link = {"noarch": {"type": "python", "entry_points": self.entry_points}, "package_metadata_version": 1}
            documents["link.json"] = link
        return {f"info/{name}": Entry(_json(document)) for name, document in documents.items()}

    def _index(self) -> dict[str, Any]:
        kind = {"noarch": self.noarch} if self.noarch else {"arch": "x86_64", "platform": "linux"}
        return kind | {
            "name": self.name,
            "version": self.version,
            "build": self.build,
            "build_number": 0,
            "subdir": self.subdir,
            "depends": self.depends,
            "timestamp": MADE * 1000,
        }


def _path(path: str, entry: Entry) -> dict[str, Any]:
    described = {
        "_path": path,
        "path_type": "softlink" if entry.target else "hardlink",
        "sha256": hashlib.sha256(entry.content).hexdigest(),
        "size_in_bytes": len(entry.content),
    }
    return described | ({"prefix_placeholder": PREFIX, "file_mode": "text"} if entry.holds_prefix else {})


def _compressed_tar(entries: Mapping[str, Entry]) -> bytes:
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        for path, entry in sorted(entries.items()):
            member = tarfile.TarInfo(path)
            member.mtime, member.size, member.linkname = MADE, len(entry.content), entry.target
            member.type = tarfile.SYMTYPE if entry.target else tarfile.REGTYPE
            member.mode = 0o755 if entry.executable else 0o644
            tar.addfile(member, io.BytesIO(entry.content))
    return zstandard.ZstdCompressor(level=LEVEL).compress(whole.getvalue())


def _json(document: object) -> bytes:
    return json.dumps(document, indent=1, sort_keys=True).encode()
