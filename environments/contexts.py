"""Build contexts: uploaded or typed, checked entry by entry in memory, never unpacked to disk."""

import hashlib
import io
import tarfile
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import IO, BinaryIO, TypedDict

from environments.definitions.instructions import MAX_DOCKERFILE_BYTES
from environments.definitions.text import MAX_TEXT_BYTES, clean_text, decode
from environments.dockerignore import read_patterns
from environments.uploads import MAX_EXPANDED_BYTES, checked_paths, read_entries, refuse

DOCKERFILE = "Dockerfile"
IGNORE_FILE = ".dockerignore"
MAX_NAMED = 8  # files listed in a sentence

_PLAIN, _EXECUTABLE = 0o644, 0o755


class ManifestEntry(TypedDict):
    """One file as it is listed on pages; size in bytes."""

    path: str
    size: int
    executable: bool


@dataclass(frozen=True, slots=True)
class FileOnDisk:
    """Where the content of a file lies, and what is known of it without reading: bytes, SHA-256 in hexadecimal."""

    place: Path
    size: int
    sha256: str


class FilesOnDisk(Mapping[str, bytes]):
    """Files by path that are read one at a time, and only when asked for."""

    def __init__(self, files: Mapping[str, FileOnDisk]) -> None:
        self.known = files

    def __getitem__(self, path: str) -> bytes:
        return self.known[path].place.read_bytes()

    def __contains__(self, path: object) -> bool:
        return path in self.known

    def __iter__(self) -> Iterator[str]:
        return iter(self.known)

    def __len__(self) -> int:
        return len(self.known)


@dataclass(frozen=True)
class ContextFiles:
    """The files of a build context by path. `ignored` names those that .dockerignore left out."""

    files: Mapping[str, bytes]
    executables: frozenset[str] = frozenset()
    ignored: tuple[str, ...] = ()

    @cached_property
    def digest(self) -> str:
        """The SHA-256 over sorted path, executable bit and content, as 64 hexadecimal digits."""
        total = hashlib.sha256()
        for path in sorted(self.files):
            total.update(f"{len(path.encode())}:{path} {int(path in self.executables)} {self._hash(path)}\n".encode())
        return total.hexdigest()

    @property
    def size(self) -> int:
        """Bytes of all files together."""
        return sum(map(self._size, self.files))

    @property
    def manifest(self) -> list[ManifestEntry]:
        """What there is, sorted by path."""
        return [
            {"path": path, "size": self._size(path), "executable": path in self.executables}
            for path in sorted(self.files)
        ]

    def dockerfile(self, path: str = DOCKERFILE) -> str:
        """The cleaned text of the Dockerfile. Raises DefinitionError if it is not there or no text."""
        if path not in self.files:
            raise refuse(
                "no-dockerfile", f"There is no {path[:80]} in the context: {self._found()}.", _DOCKERFILE_REMEDY
            )
        return self._text(path, MAX_DOCKERFILE_BYTES)

    def folder(self, path: str, *, without: Collection[str] = ()) -> "ContextFiles":
        """The files below a folder ("." for all), named from there, leaving some of these paths out."""
        start = "" if path in ("", ".") else path.rstrip("/") + "/"
        kept = [name for name in self.files if name.startswith(start) and name not in without]
        return ContextFiles(
            {name[len(start) :]: self.files[name] for name in kept},
            frozenset(name[len(start) :] for name in kept if name in self.executables),
        )

    def for_build(self, dockerfile_path: str = DOCKERFILE) -> "ContextFiles":
        """What the engine gets: without the files that .dockerignore names, but always with the Dockerfile.

        A `<Dockerfile>.dockerignore` beside the Dockerfile comes first, as with Docker. Raises DefinitionError if the
        Dockerfile is missing or an ignore file cannot be read.
        """
        self.dockerfile(dockerfile_path)
        names = (f"{dockerfile_path}{IGNORE_FILE}", IGNORE_FILE)
        name = next((name for name in names if name in self.files), None)
        if name is None:
            return self
        patterns = read_patterns(self._text(name, MAX_TEXT_BYTES))
        patterns.check_work(self.files)
        kept = {path for path in self.files if path == dockerfile_path or not patterns.match(path)}
        return ContextFiles(
            self._only(kept),
            self.executables & kept,
            tuple(sorted(self.files.keys() - kept)),
        )

    def to_tar(self) -> bytes:
        """A tar of the files, the same bytes for the same files: sorted, without times or owners."""
        archive = io.BytesIO()
        self.write_tar(archive)
        return archive.getvalue()

    def write_tar(self, archive: IO[bytes]) -> None:
        """Write that tar into a file, one file after another."""
        with tarfile.open(fileobj=archive, mode="w", format=tarfile.PAX_FORMAT) as tar:
            for path in sorted(self.files):
                member = tarfile.TarInfo(path)
                member.size = self._size(path)
                member.mode = _EXECUTABLE if path in self.executables else _PLAIN
                with self._open(path) as content:
                    tar.addfile(member, content)

    def _text(self, path: str, most: int) -> str:
        """A file's text. Raises DefinitionError for one that is longer than `most` bytes, without reading it all."""
        with self._open(path) as content:
            return decode(content.read(2 * most), path, max_bytes=most, utf16=False)

    def _size(self, path: str) -> int:
        return self.files.known[path].size if isinstance(self.files, FilesOnDisk) else len(self.files[path])

    def _hash(self, path: str) -> str:
        if isinstance(self.files, FilesOnDisk):
            return self.files.known[path].sha256
        return hashlib.sha256(self.files[path]).hexdigest()

    def _open(self, path: str) -> IO[bytes]:
        if isinstance(self.files, FilesOnDisk):
            return self.files.known[path].place.open("rb")
        return io.BytesIO(self.files[path])

    def _only(self, paths: Collection[str]) -> Mapping[str, bytes]:
        if isinstance(self.files, FilesOnDisk):
            return FilesOnDisk({path: self.files.known[path] for path in sorted(paths)})
        return {path: self.files[path] for path in sorted(paths)}

    def _found(self) -> str:
        names = sorted(self.files)
        more = f" and {len(names) - MAX_NAMED} more" if len(names) > MAX_NAMED else ""
        return f"it holds {', '.join(name[:80] for name in names[:MAX_NAMED])}{more}" if names else "it holds no files"


_DOCKERFILE_REMEDY = "Add it, or say where in the context the Dockerfile lies."


def read_zip(data: bytes | BinaryIO) -> ContextFiles:
    """Read a zip without trusting it. A single folder around everything is taken away, macOS's extra files are dropped.

    Raises DefinitionError naming the first entry that is refused, whatever the bytes are.
    """
    entries = read_entries(data)
    paths = checked_paths(list(entries))
    top = _common_folder(paths.values())
    files = {path[len(top) :]: entries[name].content for name, path in paths.items()}
    executables = frozenset(path[len(top) :] for name, path in paths.items() if entries[name].executable)
    return ContextFiles(files, executables)


def from_texts(texts: Mapping[str, str]) -> ContextFiles:
    """A context of typed files, with plain newlines. One that begins with `#!` is taken for executable.

    Raises DefinitionError for a path that is none, or for a text that is too large or none.
    """
    paths = checked_paths(list(texts))
    files = {path: clean_text(texts[name], path, max_bytes=MAX_EXPANDED_BYTES).encode() for name, path in paths.items()}
    if sum(map(len, files.values())) > MAX_EXPANDED_BYTES:
        raise refuse("context-too-large", "The files together are too large.", "Upload fewer or smaller files.")
    return ContextFiles(files, frozenset(path for path, content in files.items() if content.startswith(b"#!")))


def _common_folder(paths: Collection[str]) -> str:
    """`name/` if everything lies in that one folder, else ""."""
    folders = {path.partition("/")[0] if "/" in path else "" for path in paths}
    only = folders.pop() if len(folders) == 1 else ""
    return f"{only}/" if only else ""
