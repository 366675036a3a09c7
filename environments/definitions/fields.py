"""The keys of a YAML mapping, read by the kind of value they hold."""

import posixpath
from collections.abc import Mapping, Set
from types import MappingProxyType

from environments.definitions.findings import Findings
from environments.definitions.guard import Node, Scalar, Table
from environments.definitions.text import Mark

MAX_PORT = 65_535


class Fields:
    """One mapping of a text. What does not fit goes to the findings, and an empty value comes back."""

    def __init__(self, table: Table, findings: Findings) -> None:
        self.table = table
        self.findings = findings

    def has(self, key: str) -> bool:
        """Whether the key is there with a value; `key:` and `key: null` count as left out."""
        node = self.table.nodes.get(key)
        return node is not None and not (isinstance(node, Scalar) and node.is_null)

    def mark(self, key: str) -> Mark:
        """Where the key stands, or else the mapping."""
        return self.table.marks.get(key, self.table.mark)

    def text(self, key: str) -> str:
        """A single value as written, "" if it is left out."""
        node = self.table.nodes.get(key)
        if node is None or not self.has(key):
            return ""
        if isinstance(node, Scalar):
            return node.value.strip()
        self._error(
            key, "not-a-text", f"“{key[:40]}” is a single value, not a list or mapping.", "Write it in one line."
        )
        return ""

    def texts(self, key: str) -> Mapping[str, str]:
        """A mapping of names to single values."""
        inner = self.inner(key, None)
        return MappingProxyType({name: inner.text(name) for name in inner.table.nodes} if inner else {})

    def inner(self, key: str, known: Set[str] | None) -> "Fields | None":
        """A mapping below this one, its keys checked against the known ones; None if it is left out."""
        node: Node | None = self.table.nodes.get(key)
        if node is None or not self.has(key):
            return None
        if not isinstance(node, Table):
            self._error(key, "not-a-mapping", f"“{key}” is a mapping.", "Write “name: value” lines below it.")
            return None
        for name in node.nodes if known is not None else ():
            if known is not None and name not in known:
                message = f"“{name[:40]}” is no key of “{key}”."
                remedy = f"It knows {', '.join(sorted(known))}."
                self.findings.error(node.marks[name], "unknown-key", message, remedy)
        return Fields(node, self.findings)

    def path(self, key: str) -> str:
        """A relative path in its shortest form (`./a/../b` is `b`), "" if it is left out."""
        written = self.text(key)
        if not written:
            return ""
        path = posixpath.normpath(written)
        if path.startswith(("/", "../")) or path == ".." or "\\" in path:
            message = f"“{written[:80]}” leaves the folder of the environment file."
            self._error(key, "path-outside", message, "Use a path below that folder, with “/” between its parts.")
            return ""
        return path

    def port(self, key: str) -> int:
        """A TCP port; 0 if it is none."""
        written = self.text(key)
        if written.isascii() and written.isdigit() and len(written) <= 5 and 0 < int(written) <= MAX_PORT:
            return int(written)
        self._error(key, "port", f"“{written[:20]}” is no port.", f"Write a number from 1 to {MAX_PORT}.")
        return 0

    def _error(self, key: str, code: str, message: str, remedy: str) -> None:
        self.findings.error(self.mark(key), code, message, remedy)
