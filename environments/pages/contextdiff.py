"""What differs between two stored build contexts, file by file."""

import hashlib
import tarfile
from dataclasses import dataclass

from environments.diffing.changes import diff_text
from environments.pages.sources import MOST_SHOWN


@dataclass(frozen=True)
class FileChange:
    """A file that differs; `kind` is one of words.CHANGES, `rows` of the text diff are empty for what is not text."""

    path: str
    kind: str
    rows: list


def context_changes(before, after):
    """FileChanges between two Contexts, sorted by path; [] if both are the same or none is there."""
    if (before and before.sha256) == (after and after.sha256):
        return []
    old, new = _files(before), _files(after)
    return [
        FileChange(path, _kind(path, old, new), _text_rows(old.get(path), new.get(path)))
        for path in sorted(old.keys() | new.keys())
        if old.get(path) != new.get(path)
    ]


def _kind(path, old, new):
    if path in old and path in new:
        return "changed"
    return "added" if path in new else "removed"


def _files(context):
    """{path: (executable, digest, text or None)}; larger files are only hashed."""
    if context is None:
        return {}
    with context.archive.open("rb") as archive, tarfile.open(fileobj=archive) as tar:
        return {member.name: _facts(member, tar.extractfile(member)) for member in tar if member.isfile()}


def _facts(member, file):
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    try:
        text = file.read().decode() if member.size <= MOST_SHOWN else None
    except UnicodeDecodeError:
        text = None
    return bool(member.mode & 0o100), digest, text


def _text_rows(old, new):
    texts = ["" if side is None else side[2] for side in (old, new)]
    return [] if None in texts else diff_text(*texts)
