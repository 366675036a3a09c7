"""The other files that requirement lines name (`-r`, `-c`), as far as they came with the definition."""

import posixpath
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from environments.definitions.text import MAX_TEXT_BYTES, decode

MAX_INCLUDES = 20  # files read for one definition, each time it is named
MAX_INCLUDE_DEPTH = 5

_COPY = "Copy its lines here, or send the files together in a zip through the API."
Complaint = tuple[str, str, str]


class Includes:
    """Files by their path, of which requirement lines may name some. `files` is None where none can be given.

    `path` is that of the text being read; names in it are looked for beside it. `count` says how many were read.
    """

    def __init__(self, files: Mapping[str, bytes] | None = None, path: str = "") -> None:
        self.files = files
        self.count = 0
        self._open = [path]
        self._room = MAX_TEXT_BYTES

    def locate(self, written: str) -> tuple[str, Complaint | None]:
        """The path a name means where it is written, and if it cannot be read from here: code, the end of a sentence
        that begins with the name, and remedy."""
        path = posixpath.normpath(posixpath.join(posixpath.dirname(self._open[-1]), written))
        return path, self._complaint(written, path)

    @contextmanager
    def reading(self, path: str) -> Iterator[str]:
        """The text of a file that `locate` had no complaint about; names in it are looked for beside it meanwhile.

        Raises DefinitionError for a file that is no text, or once the files together are too long.
        """
        self.count += 1
        text = decode((self.files or {})[path], path, max_bytes=self._room)
        self._room -= len(text.encode())
        self._open.append(path)
        try:
            yield text
        finally:
            self._open.pop()

    def _complaint(self, written: str, path: str) -> Complaint | None:
        if "://" in written:
            return "pip-other-file", "would be fetched from an address.", "Copy its lines here."
        if self.files is None:
            return "pip-other-file", "reads another file, which is not part of this definition.", _COPY
        if path.startswith(("/", "../")) or path == ".." or "\\" in path:
            return "path-outside", "leaves the folder of the environment file.", "Use a path below that folder."
        if path in self._open:
            return "pip-circle", "names a file that names this one in turn.", "Remove one of the two lines."
        if len(self._open) > MAX_INCLUDE_DEPTH or self.count >= MAX_INCLUDES:
            message = (
                f"is one file too many: at most {MAX_INCLUDES} are read, and {MAX_INCLUDE_DEPTH} inside each other."
            )
            return "pip-too-many-files", message, "Put their lines together in one file."
        if path not in self.files:
            return (
                "file-missing",
                "names a file that is not among those given.",
                "Add the file, or copy its lines here.",
            )
        return None
