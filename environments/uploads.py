"""Uploaded zip archives, read in memory and without trust in anything they say of themselves."""

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

from environments.definitions.model import DefinitionError, Problem, Severity

MAX_UPLOAD_BYTES = 64 * 1024 * 1024
MAX_EXPANDED_BYTES = 256 * 1024 * 1024
MAX_FILES = 5_000
MAX_RATIO = 100  # expanded to uploaded bytes
RATIO_FLOOR = 1024 * 1024  # below this many expanded bytes the ratio says nothing
MAX_NAME_BYTES = 255  # of one part of a path, the limit of Linux
MAX_PATH_BYTES = 1_000
MAX_DIRECTORY_BYTES = 2 * 1024 * 1024  # the archive's own list of entries; 5,000 long names fit
CHUNK = 64 * 1024

_ENCRYPTED = 0x1
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_MACOS_FOLDER = "__MACOSX"
_MACOS_FILE = ".DS_Store"
# Everything zipfile and zlib are known to raise for bytes that are no sound archive.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    struct.error,
    EOFError,
    ValueError,
    NotImplementedError,
    RuntimeError,
    OSError,
)


@dataclass(frozen=True, slots=True)
class Entry:
    """A regular file of an archive."""

    content: bytes
    executable: bool


class _BoundedBytes(io.BytesIO):
    """zipfile reads an archive's list of entries in one go, however long: a longer read than allowed fails here."""

    def read(self, size: int | None = -1, /) -> bytes:
        if size is not None and size > MAX_DIRECTORY_BYTES:
            raise refuse("zip-too-many", "The archive lists too many entries.", f"Send at most {MAX_FILES:,} files.")
        return super().read(size)


def read_entries(data: bytes | BinaryIO) -> dict[str, Entry]:
    """The regular files of a zip by their names as written. Raises DefinitionError naming what is refused."""
    raw = data if isinstance(data, bytes) else data.read(MAX_UPLOAD_BYTES + 1)
    if len(raw) > MAX_UPLOAD_BYTES:
        size = f"{MAX_UPLOAD_BYTES // 1024 // 1024} MB"
        raise refuse("zip-too-large", f"The archive is larger than {size}.", "Leave large data out of the context.")
    try:
        with zipfile.ZipFile(_BoundedBytes(raw)) as archive:
            return dict(_files(archive, len(raw)))
    except _BROKEN:
        raise refuse("zip-broken", "The file is no zip archive, or it is damaged.", "Pack it again as a zip.") from None


def checked_paths(names: Iterable[str]) -> dict[str, str]:
    """{name as written: normalised path}. Raises DefinitionError for a bad path, or for two that collide."""
    paths: dict[str, str] = {}
    seen: dict[str, str] = {}
    for name in names:
        path = check_path(name)
        if (other := seen.get(path.casefold())) is not None:
            message = f"“{_shown(name)}” and “{_shown(other)}” are one name on some computers."
            raise refuse("path-twice", message, "Rename or remove one of them.")
        paths[name] = seen[path.casefold()] = path
    for path in paths.values():
        if parent := next((parent for parent in _parents(path) if parent.casefold() in seen), None):
            message = f"“{_shown(parent)}” is both a file and a folder."
            raise refuse("path-twice", message, "Rename one of them.")
    return paths


def check_path(name: str) -> str:
    """The relative path with `.` and doubled slashes gone. Raises DefinitionError for every other oddity."""
    if complaint := _bad_path(name):
        raise refuse("path", f"“{_shown(name)}” {complaint}.", "Pack the archive again from inside the folder.")
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def refuse(code: str, message: str, remedy: str) -> DefinitionError:
    """The exception for an upload that is not taken."""
    return DefinitionError(Problem(code, Severity.ERROR, message, remedy, "upload"))


def _files(archive: zipfile.ZipFile, uploaded: int) -> Iterator[tuple[str, Entry]]:
    room = _room(uploaded)
    seen: set[str] = set()
    for info in archive.infolist():
        # zipfile cuts `filename` at a NUL; the original says what stands there.
        name = info.orig_filename
        check_path(name)
        _check_entry(info, name)
        if info.is_dir() or _is_macos_extra(name):
            continue
        if name in seen:
            raise refuse("path-twice", f"“{_shown(name)}” is in the archive twice.", "Pack the archive again.")
        seen.add(name)
        if len(seen) > MAX_FILES:
            raise refuse("zip-too-many", f"The archive holds more than {MAX_FILES:,} files.", "Send fewer files.")
        content = _expand(archive, info, room)
        room -= len(content)
        yield name, Entry(content, bool(info.external_attr >> 16 & stat.S_IXUSR))


def _room(uploaded: int) -> int:
    """How many bytes an archive of this size may expand to."""
    return min(MAX_EXPANDED_BYTES, max(uploaded * MAX_RATIO, RATIO_FLOOR))


def _check_entry(info: zipfile.ZipInfo, name: str) -> None:
    """Only plain files and folders are taken. Raises DefinitionError."""
    kind = stat.S_IFMT(info.external_attr >> 16)
    if kind == stat.S_IFLNK:
        raise refuse("zip-link", f"“{_shown(name)}” is a symbolic link.", "Put the file itself in its place.")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise refuse("zip-special", f"“{_shown(name)}” is no regular file.", "Leave it out.")
    if info.flag_bits & _ENCRYPTED:
        raise refuse("zip-encrypted", f"“{_shown(name)}” is encrypted.", "Pack the archive without a password.")
    if info.compress_type not in _COMPRESSIONS:
        message = f"“{_shown(name)}” is packed by an unusual method."
        raise refuse("zip-method", message, "Pack the archive as an ordinary zip.")


def _expand(archive: zipfile.ZipFile, info: zipfile.ZipInfo, room: int) -> bytes:
    """Read one file, counting what really comes out: the size an archive declares may be a lie."""
    content = bytearray()
    with archive.open(info) as file:
        while chunk := file.read(CHUNK):
            content += chunk
            if len(content) > room:
                message = f"The archive expands too far: “{_shown(info.orig_filename)}” goes over the limit."
                remedy = f"At most {MAX_EXPANDED_BYTES // 1024 // 1024} MB, and {MAX_RATIO} times the archive's size."
                raise refuse("zip-bomb", message, remedy)
    return bytes(content)


def _bad_path(name: str) -> str:
    """What is wrong with the name of an entry, as the end of a sentence; "" if nothing is."""
    parts = name.split("/")
    encoded = name.encode("utf-8", "surrogatepass")
    if not name.isprintable():
        return "holds a character that cannot be seen"
    if "\\" in name or name[1:2] == ":":
        return "is a Windows path"
    if name.startswith("/"):
        return "is an absolute path"
    if ".." in parts:
        return "points outside of the archive"
    if not name.endswith("/") and all(part in ("", ".") for part in parts):
        return "is no name of a file"
    if len(encoded) > MAX_PATH_BYTES or any(len(part.encode()) > MAX_NAME_BYTES for part in parts):
        return "has too long a name"
    return ""


def _is_macos_extra(name: str) -> bool:
    parts = name.split("/")
    return parts[0] == _MACOS_FOLDER or parts[-1] == _MACOS_FILE


def _parents(path: str) -> Iterator[str]:
    while "/" in path:
        path = path.rpartition("/")[0]
        yield path


def _shown(name: str) -> str:
    """The name in a sentence: short, and with every unprintable character made visible."""
    return "".join(letter if letter.isprintable() else repr(letter)[1:-1] for letter in name[:80])
