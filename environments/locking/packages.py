"""What a lock holds, conda's and pip's packages in one list, for those who show, compare or hand them out."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement

from environments.locking.conda import CondaPackage, conda_packages_of

_HASH = re.compile(r"--hash[= ](\S+)")
_PIN = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)==([A-Za-z0-9][A-Za-z0-9._!+-]*)")  # nearly every line


@dataclass(frozen=True, slots=True)
class LockedPackage:
    """One locked package; "" and 0 stand for what its part of the lock does not say.

    `source` is conda's channel, or the address of a pip package that comes from none of the indexes. `hashes` are those
    of the files that may be installed, each as `sha256:…`; `size` counts bytes. `requirement` is a pip package as it
    stands in the lock, without its hashes.
    """

    manager: str
    name: str
    version: str
    build: str = ""
    source: str = ""
    size: int = 0
    hashes: tuple[str, ...] = ()
    requirement: str = ""


def locked_packages(texts: Mapping[str, str]) -> tuple[LockedPackage, ...]:
    """Every package of a lock's texts, conda's first, in the order of the lock: by name."""
    return (*conda_part(texts), *pip_part(texts))


def conda_part(texts: Mapping[str, str]) -> tuple[LockedPackage, ...]:
    return tuple(_from_conda(package) for package in conda_packages_of(texts.get("conda", "")))


def pip_part(texts: Mapping[str, str]) -> tuple[LockedPackage, ...]:
    return tuple(_from_pip(line) for line in _pip_lines(texts) if not line.startswith("-"))


def pip_options(texts: Mapping[str, str]) -> tuple[str, ...]:
    """The options at the top of the pip part, which say where its packages come from."""
    return tuple(line for line in _pip_lines(texts) if line.startswith("-"))


def conda_hash(package: CondaPackage) -> str:
    """`sha256:…`, `md5:…` where the channel knows no better, or ""."""
    if package.sha256:
        return f"sha256:{package.sha256}"
    return f"md5:{package.md5}" if package.md5 else ""


def _from_conda(package: CondaPackage) -> LockedPackage:
    found = conda_hash(package)
    return LockedPackage(
        manager="conda",
        name=package.name,
        version=package.version,
        build=package.build,
        source=package.channel,
        size=package.size,
        hashes=(found,) if found else (),
    )


def _from_pip(line: str) -> LockedPackage:
    """A line that is no requirement is kept whole as a name: what a resolver left is shown, whatever it is."""
    written = " ".join(line.partition(" --hash")[0].split())
    hashes = tuple(_HASH.findall(line))
    if pin := _PIN.fullmatch(written):
        return LockedPackage("pip", pin[1], pin[2], hashes=hashes, requirement=written)
    try:
        parsed = Requirement(written)
    except InvalidRequirement:
        return LockedPackage("pip", written, "", hashes=hashes, requirement=written)
    version = next((pin.version for pin in parsed.specifier if pin.operator in ("==", "===")), "")
    return LockedPackage("pip", parsed.name, version, source=parsed.url or "", hashes=hashes, requirement=written)


def _pip_lines(texts: Mapping[str, str]) -> Iterator[str]:
    """Each package or option as one line."""
    joined = texts.get("pip", "").replace("\\\n", " ")
    return (line.strip() for line in joined.splitlines() if line.strip() and not line.startswith("#"))
