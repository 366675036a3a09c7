"""What changed from one version to another, asked for and got, without a query per version."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise

from environments.definitions.digest import from_canonical
from environments.diffing.changes import diff_definitions, diff_packages, package_key
from environments.display import words
from environments.models import ImagePackage

KINDS = {"up": "updated", "down": "downgraded"}  # other words of diffing are those of words.CHANGES
ASKED = {"Conda package ": "conda", "pip package ": "pip"}  # labels of diff_definitions, and whose packages they mean


@dataclass(frozen=True)
class Change:
    """A package that differs. `kind` is one of words.CHANGES; `asked` whether a definition names it."""

    kind: str
    manager: str
    name: str
    before: str
    after: str
    major: bool = False
    asked: bool = True


@dataclass(frozen=True)
class Summary:
    """How many changes of each kind of words.CHANGES; `got` is None unless both versions have an image."""

    asked: dict[str, int]
    got: dict[str, int] | None


def got_changes(before, after):
    """The Changes between two lists of ImagePackage, those asked for first."""
    asked = {package_key(package) for package in (*before, *after) if package.asked}
    changes = [
        Change(
            kind=KINDS.get(change.kind, change.kind),
            manager=change.manager,
            name=change.name,
            before=change.old,
            after=change.new,
            major=change.kind in KINDS and change.component == 0,
            asked=package_key(change) in asked,
        )
        for change in diff_packages(before, after)
    ]
    return sorted(changes, key=lambda change: not change.asked)


def asked_changes(before, after):
    """The Changes of packages between two definitions."""
    return [
        Change(_kind_of(change), manager, change.label.removeprefix(prefix), change.old, change.new)
        for change in diff_definitions(before, after)
        for prefix, manager in ASKED.items()
        if change.label.startswith(prefix)
    ]


def other_changes(before, after):
    """The differences between two definitions that are no packages: diffing.DefinitionChange."""
    return [change for change in diff_definitions(before, after) if not change.label.startswith(tuple(ASKED))]


def _kind_of(change):
    return "changed" if change.old and change.new else "added" if change.new else "removed"


def packages_of(image_ids):
    """{image id: [ImagePackage, ...]} in one query."""
    found = defaultdict(list)
    for package in ImagePackage.objects.filter(image__in={image_id for image_id in image_ids if image_id}):
        found[package.image_id].append(package)
    return found


def changes_along(versions):
    """{version: Summary} of each version (newest first, with current_build) against the one after it in the list."""
    packages = packages_of(image_id_of(version) for version in versions)
    return {newer: _summary(older, newer, packages) for newer, older in pairwise(versions)}


def _summary(older, newer, packages):
    asked = asked_changes(from_canonical(older.definition), from_canonical(newer.definition))
    before, after = image_id_of(older), image_id_of(newer)
    got = got_changes(packages[before], packages[after]) if before and after else None
    return Summary(tally(asked), None if got is None else tally(got))


def tally(changes):
    """{kind: how many changes there are of it}, in the order of words.CHANGES. A plain dict, as templates need one."""
    counted = Counter(change.kind for change in changes)
    return {kind: counted[kind] for kind in words.CHANGES if counted[kind]}


def image_id_of(version):
    return version.current_build.image_id if version.current_build else None
