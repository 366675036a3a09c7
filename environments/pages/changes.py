"""What changed from one version to another, asked for and got, without a query per version."""

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise

from environments.definitions.digest import from_canonical
from environments.diffing.changes import diff_definitions, diff_packages, package_key
from environments.diffing.text import count_lines
from environments.display import words
from environments.models import ImagePackage
from environments.models.images import origin_of, packages_that_differ
from environments.pages.contextdiff import files_that_differ

KINDS = {"up": "updated", "down": "downgraded"}  # other words of diffing are those of words.CHANGES
ASKED = {"Conda package ": "conda", "pip package ": "pip"}  # labels of diff_definitions, and whose packages they mean


MOST_NAMES = 3  # of what changed in one way
MOST_COUNTED = 10_000  # pairs of images whose counts a process keeps
_counted: dict = {}
SOURCES = {"conda": "conda.yaml", "pip": "requirements.txt", "image": "image", "context": "Dockerfile"}


@dataclass(frozen=True)
class Change:
    """A package that differs. `kind` is one of words.CHANGES; `asked` whether a definition names it.

    `source` is the channel or address it comes from, "" where none is known; `spelled` its name as pip spells it.
    """

    kind: str
    manager: str
    name: str
    before: str
    after: str
    major: bool = False
    asked: bool = True
    source: str = ""
    spelled: str = ""


@dataclass(frozen=True)
class Group:
    """What changed in one way: how many packages or files, and the first of their names."""

    count: int
    names: tuple[str, ...]

    @property
    def more(self):
        return self.count - len(self.names)


@dataclass(frozen=True)
class Summary:
    """The changes as a Group for each kind of words.CHANGES; `got` is None unless both versions have an image.

    `base` is None or (image before, image after), the second as its tag if only that is new; `lines` is None or
    (name of the text, lines added, lines removed); `files` is None unless two contexts differ, beyond that text.
    """

    asked: dict[str, Group]
    got: dict[str, Group] | None
    base: tuple[str, str] | None = None
    lines: tuple[str, int, int] | None = None
    files: dict[str, Group] | None = None


def got_changes(before, after):
    """The Changes between two lists of packages, those asked for first."""
    old, new = _by_key(before), _by_key(after)
    versions = [_got_change(change, old, new) for change in diff_packages(before, after)]
    changed = {(change.manager, change.name) for change in versions}
    channels = [
        Change("channel", *key, _origin(old[key]), _origin(new[key]), asked=_is_asked(key, old, new))
        for key in sorted((old.keys() & new.keys()) - changed)
        if _origin(old[key]) and _origin(new[key]) and _origin(old[key]) != _origin(new[key])
    ]
    return sorted([*versions, *channels], key=lambda change: not change.asked)


def _by_key(packages):
    found = defaultdict(list)
    for package in packages:
        found[package_key(package)].append(package)
    return found


def _got_change(change, old, new):
    key = package_key(change)
    latest = new.get(key) or old[key]
    return Change(
        kind=KINDS.get(change.kind, change.kind),
        manager=change.manager,
        name=change.name,
        before=change.old,
        after=change.new,
        major=change.kind in KINDS and change.component == 0,
        asked=_is_asked(key, old, new),
        source=_origin(latest),
        spelled=latest[0].name,
    )


def _is_asked(key, old, new):
    return any(package.asked for package in (*old.get(key, ()), *new.get(key, ())))


def _origin(packages):
    """The channel or address of packages of one name, without whether the base image brought them."""
    sources = {origin_of(package.source) for package in packages}
    return ", ".join(sorted(filter(None, sources)))


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
    """{image id: [(image_id, manager, name, version, source, asked), ...]} in one query, as named tuples."""
    found = defaultdict(list)
    images = {image_id for image_id in image_ids if image_id}
    columns = ("image_id", "manager", "name", "version", "source", "asked")
    for package in ImagePackage.objects.filter(image__in=images).values_list(*columns, named=True):
        found[package.image_id].append(package)
    return found


def changes_along(versions):
    """{version: Summary} of each version (newest first, with the image of its current_build) against the one after it.

    Of the packages only those that differ are read, in one query, and of two images only once: an image id of the
    engine is the digest of what is in it, so what was counted stays right.
    """
    steps = list(pairwise(versions))
    tallies = _tallies((older.image_built, newer.image_built) for newer, older in steps)
    return {newer: _summary(older, newer, tallies) for newer, older in steps}


def _tallies(pairs):
    """{(image id, image id): {kind: Group}} of pairs of Images, without those that are None."""
    wanted = {(old.image_id, new.image_id): (old.pk, new.pk) for old, new in pairs if old and new}
    known = {key: {} if key[0] == key[1] else _counted.get(key) for key in wanted}
    unknown = {key: wanted[key] for key, counts in known.items() if counts is None}
    found = packages_that_differ(set(unknown.values()))
    fresh = {key: grouped(got_changes(*found[pair])) for key, pair in unknown.items()}
    if len(_counted) > MOST_COUNTED:
        _counted.clear()
    _counted.update(fresh)
    return known | fresh


def _summary(older, newer, tallies):
    asked = asked_changes(from_canonical(older.definition), from_canonical(newer.definition))
    old, new = older.image_built, newer.image_built
    got = tallies[old.image_id, new.image_id] if old and new else None
    lines = _lines(older, newer)
    return Summary(grouped(asked), got, _base(older.image, newer.image), lines, _files(older, newer, bool(lines)))


def _base(old, new):
    if not (old and new) or old == new:
        return None
    repository = f"{old.rpartition(':')[0]}:"
    return old, new.removeprefix(repository) if len(repository) > 1 else new


def _lines(older, newer):
    if older.kind != newer.kind or older.text == newer.text:
        return None
    return (SOURCES[newer.kind], *count_lines(older.text, newer.text))


def _files(older, newer, is_text_told):
    """Of two contexts, without the Dockerfile where its lines are told; {} if nothing but that differs is seen."""
    if not (older.context and newer.context) or older.context.sha256 == newer.context.sha256:
        return None
    told = {from_canonical(version.definition).context.dockerfile_path for version in (older, newer) if is_text_told}
    files = [file for file in files_that_differ(older.context, newer.context) if file.name not in told]
    return grouped(files) if files or not is_text_told else None


def grouped(changes):
    """{kind: Group} of what has a `kind` and a `name`, in the order of words.CHANGES."""
    names = {kind: [change.name for change in changes if change.kind == kind] for kind in words.CHANGES}
    return {kind: Group(len(found), tuple(found[:MOST_NAMES])) for kind, found in names.items() if found}


def tally(changes):
    """{kind: how many changes there are of it}, in the order of words.CHANGES. A plain dict, as templates need one."""
    counted = Counter(change.kind for change in changes)
    return {kind: counted[kind] for kind in words.CHANGES if counted[kind]}


def tally_of(definition_changes, files=()):
    """The same of differences between two definitions and the files of their contexts."""
    counted = Counter(map(_kind_of, definition_changes)) + Counter(file.kind for file in files)
    return {kind: counted[kind] for kind in words.CHANGES if counted[kind]}


def image_id_of(version):
    return version.current_build.image_id if version.current_build else None
