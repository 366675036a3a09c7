"""A conda lock in rattler's own values: in the order of installation, and as a pixi.lock."""

import json
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from rattler import Channel, LockChannel, LockFile, LockPlatform, PackageRecord, RepoDataRecord

ENVIRONMENT = "default"  # how pixi calls an environment that has no name


def dependencies_first(text: str) -> list[str]:
    """The names of a conda lock's packages, each after those it depends on."""
    ordered = PackageRecord.sort_topologically(list(_records(text)))
    return [record.name.normalized for record in ordered]


def pixi_lock(text: str, *, subdir: str, virtual_packages: Sequence[str], channels: Iterable[str]) -> str:
    """The conda lock as rattler writes it for pixi, which reads it beside a pixi.toml that asks for these packages."""
    platform = LockPlatform(subdir, None, list(virtual_packages))
    lock = LockFile([platform])
    lock.set_channels(ENVIRONMENT, [LockChannel(Channel(name).base_url) for name in channels])
    for record in _records(text):
        lock.add_conda_package(ENVIRONMENT, platform, record)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "pixi.lock")
        lock.to_path(path)
        return path.read_text()


def _records(text: str) -> list[RepoDataRecord]:
    """rattler reads records from files only, so each line goes through one."""
    with tempfile.TemporaryDirectory() as folder:
        index = Path(folder, "index.json")
        return [_record(line, index) for line in text.splitlines() if line.strip()]


def _record(line: str, index: Path) -> RepoDataRecord:
    found = json.loads(line)
    index.write_text(line)
    record = PackageRecord.from_index_json(index, found.get("size"), found.get("sha256"), found.get("md5"))
    return RepoDataRecord(record, found["fn"], found["url"], Channel(found["channel"]).base_url)
