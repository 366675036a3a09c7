"""What differs between two stored build contexts, file by file."""

import hashlib
import tarfile
from dataclasses import dataclass

from environments.diffing.changes import diff_text
from environments.diffing.text import patch
from environments.pages.sources import MOST_SHOWN


@dataclass(frozen=True)
class StoredFile:
    """A file of a context: bytes, SHA-256, and its text, None for what is large or no text."""

    executable: bool
    size: int
    digest: str
    text: str | None


@dataclass(frozen=True)
class FileChange:
    """A file that differs; `kind` is one of words.CHANGES, `rows` of the text diff are empty for what is not text.

    `old` and `new` are StoredFiles, None on the side that has none.
    """

    path: str
    kind: str
    rows: list
    old: StoredFile | None
    new: StoredFile | None

    @property
    def is_mode_only(self):
        return self.kind == "changed" and self.old.digest == self.new.digest


def context_changes(before, after, bounds=None):
    """FileChanges between two Contexts, sorted by path; [] if both are the same or none is there."""
    return [_change(path, *sides, bounds) for path, *sides in _differing(before, after)]


def context_patch(before, after, old_name, new_name, bounds=None):
    """The lines of a patch over every text that differs; what is no text is named in a line that patches pass over."""
    for path, old, new in _differing(before, after):
        names = [f"{name}/{path}" if side else "" for name, side in ((old_name, old), (new_name, new))]
        texts = ["" if side is None else side.text for side in (old, new)]
        if None in texts:
            yield f"Binary files {names[0] or '/dev/null'} and {names[1] or '/dev/null'} differ\n"
        else:
            yield from patch(*texts, *names, bounds=bounds)


def _differing(before, after):
    """(path, StoredFile or None, StoredFile or None) of each file that is not the same in both."""
    if (before and before.sha256) == (after and after.sha256):
        return
    old, new = _files(before), _files(after)
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) != new.get(path):
            yield path, old.get(path), new.get(path)


def _change(path, old, new, bounds):
    kind = "removed" if new is None else "added" if old is None else "changed"
    texts = ["" if side is None else side.text for side in (old, new)]
    return FileChange(path, kind, [] if None in texts else diff_text(*texts, bounds=bounds), old, new)


def _files(context):
    """{path: StoredFile}."""
    if context is None:
        return {}
    with context.archive.open("rb") as archive, tarfile.open(fileobj=archive) as tar:
        return {member.name: _stored(member, tar.extractfile(member)) for member in tar if member.isfile()}


def _stored(member, file):
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    try:
        text = file.read().decode() if member.size <= MOST_SHOWN else None
    except UnicodeDecodeError:
        text = None
    return StoredFile(bool(member.mode & 0o100), member.size, digest, text)
