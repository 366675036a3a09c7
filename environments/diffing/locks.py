"""What differs between two locks that a list of versions does not show: other builds, files, sources, targets."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from environments.diffing.changes import PackageLike, package_key

FACTS = {"python": "Python", "glibc": "glibc", "platform": "Platform"}


class LockedLike(PackageLike, Protocol):
    """A package of a lock; locking.packages.LockedPackage is one."""

    @property
    def build(self) -> str: ...
    @property
    def source(self) -> str: ...
    @property
    def hashes(self) -> tuple[str, ...]: ...


@dataclass(frozen=True, slots=True)
class LockedChange:
    """A package of one version that both locks have, locked differently. `what` is build, channel, address or files.

    For files, `old` and `new` are the hashes that only one side allows; else each is one value, or () for none.
    """

    manager: str
    name: str
    version: str
    what: str
    old: tuple[str, ...]
    new: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TargetChange:
    """One fact of what two locks were made for; "" stands for what one side does not have."""

    label: str
    old: str
    new: str


def diff_locked(old: Iterable[LockedLike], new: Iterable[LockedLike]) -> list[LockedChange]:
    """What differs beyond versions, sorted by manager and name. Another build has other files: it needs one row."""
    before, after = _by_version(old), _by_version(new)
    return [change for key in sorted(before.keys() & after.keys()) for change in _changes(before[key], after[key])]


def diff_targets(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[TargetChange]:
    """What differs between two targets: Python, glibc, platform, and each virtual package by its name."""
    before, after = _facts(old), _facts(new)
    labels = dict.fromkeys([*before, *after])
    changes = [TargetChange(label, before.get(label, ""), after.get(label, "")) for label in labels]
    return [change for change in changes if change.old != change.new]


def diff_channels(old: Sequence[str], new: Sequence[str]) -> TargetChange | None:
    """Channels by priority: another order is a difference."""
    return None if list(old) == list(new) else TargetChange("Channels", ", ".join(old), ", ".join(new))


def _by_version(packages: Iterable[LockedLike]) -> dict[tuple[str, str, str], list[LockedLike]]:
    found: dict[tuple[str, str, str], list[LockedLike]] = defaultdict(list)
    for package in packages:
        found[(*package_key(package), package.version)].append(package)
    return found


def _changes(old: Sequence[LockedLike], new: Sequence[LockedLike]) -> Iterator[LockedChange]:
    first = new[0]
    place = "channel" if first.manager == "conda" else "address"
    pairs = {
        "build": ({package.build for package in old}, {package.build for package in new}),
        place: ({package.source for package in old}, {package.source for package in new}),
        "files": (
            {found for package in old for found in package.hashes},
            {found for package in new for found in package.hashes},
        ),
    }
    if pairs["build"][0] != pairs["build"][1]:
        del pairs["files"]
    for what, (before, after) in pairs.items():
        if before != after:
            sides = _only(before, after), _only(after, before)
            yield LockedChange(first.manager, first.name, first.version, what, *sides)


def _only(these: set[str], others: set[str]) -> tuple[str, ...]:
    return tuple(sorted(value for value in these - others if value))


def _facts(target: Mapping[str, Any]) -> dict[str, str]:
    facts = {label: str(target[key]) for key, label in FACTS.items() if target.get(key)}
    named = (text.partition("=") for text in target.get("virtual_packages") or ())
    return facts | {name: value for name, _, value in named}
