"""What differs between two build contexts, file by file. Each is a stored Context, ContextFiles, or None for none."""

import hashlib
import io
import tarfile
from dataclasses import dataclass

from environments.contexts import ContextFiles
from environments.diffing.changes import diff_text
from environments.diffing.text import patch
from environments.pages.sources import MOST_SHOWN

MOST_READ = 2_000_000  # bytes of two contexts that are read for a line of a list
MOST_KNOWN = 1_000  # pairs of contexts, whose digests tell what is in them
_known: dict = {}


@dataclass(frozen=True)
class ChangedFile:
    """That a file differs; `kind` is one of words.CHANGES."""

    kind: str
    name: str


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
    """FileChanges between two contexts, sorted by path; [] if both are the same or none is there."""
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


def files_that_differ(before, after):
    """ChangedFiles between two stored Contexts, sorted by path.

    In large ones only the manifests are read: what stayed as long as it was is not seen there.
    """
    if before.size + after.size > MOST_READ:
        old, new = ({file["path"]: file for file in context.manifest} for context in (before, after))
        return [
            ChangedFile(_kind(old.get(path), new.get(path)), path)
            for path in sorted(old.keys() | new.keys())
            if old.get(path) != new.get(path)
        ]
    key = before.sha256, after.sha256
    if key not in _known:
        if len(_known) > MOST_KNOWN:
            _known.clear()
        _known[key] = [ChangedFile(_kind(*sides), path) for path, *sides in _differing(before, after)]
    return _known[key]


def _kind(old, new):
    return "removed" if new is None else "added" if old is None else "changed"


def _differing(before, after):
    """(path, StoredFile or None, StoredFile or None) of each file that is not the same in both."""
    if _digest(before) == _digest(after):
        return
    old, new = _files(before), _files(after)
    for path in sorted(old.keys() | new.keys()):
        if old.get(path) != new.get(path):
            yield path, old.get(path), new.get(path)


def _change(path, old, new, bounds):
    texts = ["" if side is None else side.text for side in (old, new)]
    return FileChange(path, _kind(old, new), [] if None in texts else diff_text(*texts, bounds=bounds), old, new)


def _digest(context):
    return context and (context.digest if isinstance(context, ContextFiles) else context.sha256)


def _files(context):
    """{path: StoredFile}."""
    if context is None:
        return {}
    if isinstance(context, ContextFiles):
        return {
            path: _read(io.BytesIO(content), len(content), path in context.executables)
            for path, content in context.files.items()
        }
    with context.archive.open("rb") as archive, tarfile.open(fileobj=archive) as tar:
        files = (member for member in tar if member.isfile())
        return {file.name: _read(tar.extractfile(file), file.size, bool(file.mode & 0o100)) for file in files}


def _read(file, size, executable):
    digest = hashlib.file_digest(file, "sha256").hexdigest()
    file.seek(0)
    try:
        text = file.read().decode() if size <= MOST_SHOWN else None
    except UnicodeDecodeError:
        text = None
    return StoredFile(executable, size, digest, text)
