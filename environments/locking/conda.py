"""Conda locks: one package a line, as JSON with sorted keys; what `solve` wrote and `install` reads again.

A line is conda's own record of a package (the fields of `repodata.json`) with its `url`, `fn` and `channel`. Addresses
are canonical: where a site's mirror serves a channel is put in when the lock is installed, so a lock is the same text
on every site.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class CondaPackage:
    """One locked package. `channel` is a name or address as a definition gives it; sizes are bytes, hashes hexadecimal.

    `noarch` is "" or "python" or "generic"; `md5` is "" and `size` 0 where the channel does not say.
    """

    name: str
    version: str
    build: str
    subdir: str
    url: str
    sha256: str
    channel: str
    md5: str = ""
    size: int = 0
    noarch: str = ""
    depends: tuple[str, ...] = ()


def conda_packages_of(text: str) -> tuple[CondaPackage, ...]:
    """The packages of a conda lock, in its order: by name."""
    return tuple(_package(record) for record in _records(text))


def locked_python(text: str) -> str:
    """The version of `python` in a conda lock; "" if it holds none."""
    return next((package.version for package in conda_packages_of(text) if package.name == "python"), "")


def _records(text: str) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in text.splitlines() if line.strip())


def _package(record: dict[str, Any]) -> CondaPackage:
    return CondaPackage(
        name=record["name"],
        version=record["version"],
        build=record["build"],
        subdir=record["subdir"],
        url=record["url"],
        sha256=record.get("sha256") or "",
        channel=record["channel"],
        md5=record.get("md5") or "",
        size=record.get("size") or 0,
        noarch=record.get("noarch") or "",
        depends=tuple(record.get("depends") or ()),
    )
