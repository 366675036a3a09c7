"""YAML read with a guard: everything is a string, and the work is bounded before it is done.

The tree is made straight from parser events. PyYAML's own constructors are never used: the C one crashes the
process on deep nesting, and both turn `3.10` into 3.1 and `no` into False.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeGuard

import yaml

from environments.definitions.findings import Findings, refusal
from environments.definitions.model import DefinitionError
from environments.definitions.text import Mark, clean_text, forbidden_in

MAX_DEPTH = 12
MAX_EVENTS = 20_000
ALIASED_LETTERS = 10  # so much of a text that an alias repeats counts as one more entry

# YAML's own types, which say nothing here: every value is read as it is written.
_CORE_TAGS = frozenset(
    {"!", *(f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq"))}
)
_NULLS = frozenset({"", "~", "null", "Null", "NULL"})
_MERGE_KEY = "<<"
_PLAIN = (None, "")


@dataclass(frozen=True, slots=True)
class Scalar:
    """A single value, as written. `plain` tells `null` from `"null"`."""

    value: str
    mark: Mark
    plain: bool = False

    @property
    def is_null(self) -> bool:
        return self.plain and self.value in _NULLS


@dataclass(frozen=True, slots=True)
class Items:
    """A YAML sequence."""

    nodes: tuple["Node", ...]
    mark: Mark


@dataclass(frozen=True, slots=True)
class Table:
    """A YAML mapping, in the order written; `marks` says where each key stands."""

    nodes: Mapping[str, "Node"]
    marks: Mapping[str, Mark]
    mark: Mark


Node = Scalar | Items | Table


def read_yaml(text: str, source: str = "") -> Node:
    """Read one YAML document. Raises DefinitionError, and nothing else, whatever the text is."""
    text = clean_text(text, source)
    composer = _Composer(source)
    try:
        root = composer.read(yaml.parse(text, Loader=yaml.CSafeLoader))
    except yaml.YAMLError as error:
        mark, message, remedy = _explain(error, text)
        raise refusal(source, mark, "yaml-syntax", message, remedy) from None
    composer.findings.raise_if_any()
    if root is None or (isinstance(root, Scalar) and root.is_null):
        raise refusal(source, None, "empty", "The text is empty.", "Write the definition, or start from an example.")
    return root


@dataclass(slots=True)
class _Open:
    """A collection whose end has not come yet; a mapping's keys and values alternate in `children`."""

    is_table: bool
    mark: Mark
    anchor: str | None = None
    children: list[Node] = field(default_factory=list)
    size: int = 1  # entries below and with it, and letters as entries
    depth: int = 1

    def close(self, findings: Findings) -> Node:
        if not self.is_table:
            return Items(tuple(self.children), self.mark)
        nodes: dict[str, Node] = {}
        marks: dict[str, Mark] = {}
        for key, value in zip(self.children[::2], self.children[1::2], strict=True):
            if _is_good_key(key, nodes, findings):
                nodes[key.value], marks[key.value] = value, key.mark
        return Table(nodes, marks, self.mark)


@dataclass(frozen=True, slots=True)
class _Anchored:
    """What an alias stands for, with what it counts for and the number of its levels."""

    node: Node
    size: int
    depth: int


class _Composer:
    """Turns parser events into one tree, noting what is not allowed on the way.

    An alias becomes the very node its anchor names, so a bomb takes no memory; but all that it stands for, entries,
    levels and letters, counts once more, since whoever walks the tree meets it in each place.
    """

    def __init__(self, source: str) -> None:
        self.findings = Findings(source)
        self.unclosed: list[_Open] = []
        self.anchors: dict[str, _Anchored] = {}
        self.count = 0
        self.root: Node | None = None

    def read(self, events: Iterable[yaml.Event]) -> Node | None:
        for event in events:
            self.count += 1
            mark = _mark(event.start_mark)
            self._check_bounds(event, mark)
            self._take(event, mark)
        return self.root

    def _check_bounds(self, event: yaml.Event, mark: Mark, depth: int = 0) -> None:
        """Stop at once where reading on would only cost time. Raises DefinitionError."""
        if len(self.unclosed) + depth > MAX_DEPTH:
            message = f"The text is nested more than {MAX_DEPTH} levels deep."
            raise self._refusal(mark, "too-deep", message, "No definition needs that; remove the surplus brackets.")
        if self.count > MAX_EVENTS:
            remedy = "Leave out what does not belong to the definition."
            raise self._refusal(mark, "too-many-entries", "The text has too many entries.", remedy)
        if isinstance(event, yaml.DocumentStartEvent) and self.root is not None:
            message = "A second YAML document starts here."
            raise self._refusal(mark, "several-documents", message, "Keep one document and remove the other “---”.")

    def _refusal(self, mark: Mark, code: str, message: str, remedy: str) -> DefinitionError:
        return refusal(self.findings.source, mark, code, message, remedy)

    def _take(self, event: yaml.Event, mark: Mark) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._check_scalar(event, mark)
            plain = event.style in _PLAIN and event.tag is None
            self._put(Scalar(event.value, mark, plain), 1 + len(event.value) // ALIASED_LETTERS, anchor=event.anchor)
        elif isinstance(event, yaml.CollectionStartEvent):
            self._check_tag(event.tag, mark)
            self.unclosed.append(_Open(isinstance(event, yaml.MappingStartEvent), mark, event.anchor))
        elif isinstance(event, yaml.CollectionEndEvent):
            closed = self.unclosed.pop()
            self._put(closed.close(self.findings), closed.size, closed.depth, closed.anchor)
        elif isinstance(event, yaml.AliasEvent):
            found = self._named(event, mark)
            self._put(found.node, found.size, found.depth)

    def _check_scalar(self, event: yaml.ScalarEvent, mark: Mark) -> None:
        self._check_tag(event.tag, mark)
        if name := forbidden_in(event.value):
            message = f"This value holds {name}, written as an escape."
            self.findings.error(mark, "forbidden-character", message, "Delete that escape.")

    def _check_tag(self, tag: str | None, mark: Mark) -> None:
        if tag and tag not in _CORE_TAGS:
            message = "Tags that make objects of values are not read here."
            self.findings.error(mark, "yaml-tag", message, "Remove the tag; every value is read as it is written.")

    def _named(self, event: yaml.AliasEvent, mark: Mark) -> _Anchored:
        """What an alias stands for. Raises DefinitionError if that is more than a text may hold."""
        name = event.anchor or ""
        found = self.anchors.get(name)
        if found is None:
            message = f"No finished value above is named “&{name[:40]}”."
            self.findings.error(mark, "yaml-alias", message, "Write the value out.")
            return _Anchored(Scalar("", mark), 1, 0)
        self.count += found.size
        self._check_bounds(event, mark, found.depth)
        return found

    def _put(self, node: Node, size: int = 1, depth: int = 0, anchor: str | None = None) -> None:
        if anchor:
            self.anchors[anchor] = _Anchored(node, size, depth)
        if not self.unclosed:
            self.root = node
            return
        around = self.unclosed[-1]
        around.children.append(node)
        around.size += size
        around.depth = max(around.depth, depth + 1)


def _mark(place: Any) -> Mark:
    """PyYAML counts from 0, and has one Mark class in Python and another in C."""
    return Mark(place.line + 1, place.column + 1)


def _is_good_key(key: Node, seen: Mapping[str, Node], findings: Findings) -> TypeGuard[Scalar]:
    if not isinstance(key, Scalar):
        message = "A key must be a single word, not a list or a mapping."
        findings.error(key.mark, "yaml-key", message, "Put text with braces or brackets in quotes.")
        return False
    if key.plain and key.value == _MERGE_KEY:
        findings.error(key.mark, "yaml-merge", "Merge keys (<<) are not read here.", "Write the entries out.")
        return False
    if key.value in seen:
        message = f"“{key.value[:60]}” appears a second time."
        findings.error(key.mark, "duplicate-key", message, "Keep one of the two.")
        return False
    return True


_INDENTATION = (
    "The indentation of this line does not fit the lines above it.",
    "Start entries of one list or mapping in the same column.",
)
_UNCLOSED_BRACKET = ("A bracket that opens here is not closed.", "Close it, or put the text in quotes.")
# What libyaml says, matched by its beginning, and how to say it to a person.
_EXPLANATIONS = {
    "mapping values are not allowed": (
        "A “:” is not expected here.",
        "Check the indentation; put text that holds “: ” in quotes.",
    ),
    "could not find expected ':'": ("This line is no “key: value”.", "Add the missing “:” or check the indentation."),
    "did not find expected key": _INDENTATION,
    "did not find expected '-'": _INDENTATION,
    "did not find expected ',' or": _UNCLOSED_BRACKET,
    "found unexpected end of stream": ("A quotation that opens here is not closed.", "Add the closing quote."),
    "found character that cannot start": (
        "A value cannot start with this character.",
        "Put the value in quotes.",
    ),
}
# These are clearer where the bracket or quote opened than where the text ended.
_TOLD_BY_THEIR_START = ("did not find expected ',' or", "found unexpected end of stream")
_TAB = ("This line is indented with a tab, which YAML does not allow.", "Use spaces instead.")


def _explain(error: yaml.YAMLError, text: str) -> tuple[Mark | None, str, str]:
    """Where a syntax error stands, what it is, and what to do about it."""
    if not isinstance(error, yaml.MarkedYAMLError):
        return None, "This is not valid YAML.", "Check it for unusual characters."
    problem = error.problem or "it cannot be read"
    opened_at = error.context_mark if problem.startswith(_TOLD_BY_THEIR_START) else None
    place = opened_at or error.problem_mark or error.context_mark
    if place is None:
        return None, f"This is not valid YAML: {problem}.", ""
    mark = _mark(place)
    if "\t" in _indentation(text, mark.line):
        return mark, *_TAB
    for beginning, (message, remedy) in _EXPLANATIONS.items():
        if problem.startswith(beginning):
            return mark, message, remedy
    return mark, f"This is not valid YAML: {problem}.", "Check the quotes, brackets and indentation of this line."


def _indentation(text: str, line: int) -> str:
    lines = text.split("\n")
    written = lines[line - 1] if line <= len(lines) else ""
    return written[: len(written) - len(written.lstrip())]
