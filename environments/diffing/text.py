"""A unified diff of two texts as rows for a page: numbers, kinds and marked words."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, zip_longest

MAX_LINES = 3_000  # of each text; what follows is not compared
MAX_WORDS = 200  # of each line; longer ones are marked as a whole
CONTEXT = 3  # unchanged lines shown around a change

_WORD = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a line; `marked` where the other side's line differs."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class TextRow:
    """One row. `kind` is same, removed, added, skipped (`count` unchanged lines are left out) or cut.

    Line numbers count from 1; a side without this line has None. "cut" ends a comparison that reached MAX_LINES.
    """

    kind: str
    old_number: int | None = None
    new_number: int | None = None
    pieces: tuple[Piece, ...] = ()
    count: int = 0


def diff_text(old: str, new: str, *, context: int = CONTEXT) -> list[TextRow]:
    """The rows of a unified diff; [] for equal texts. Runs of unchanged lines become one "skipped" row."""
    if old == new:
        return []
    before, after = old.split("\n"), new.split("\n")
    is_cut = max(len(before), len(after)) > MAX_LINES
    before, after = before[:MAX_LINES], after[:MAX_LINES]
    rows: list[TextRow] = []
    for operation, old_from, old_to, new_from, new_to in SequenceMatcher(None, before, after).get_opcodes():
        if operation == "equal":
            head = context if (old_from, new_from) != (0, 0) else 0
            tail = context if (old_to, new_to) != (len(before), len(after)) else 0
            rows += _unchanged(before[old_from:old_to], old_from, new_from, head, tail)
        else:
            rows += _replaced(before[old_from:old_to], after[new_from:new_to], old_from, new_from)
    return [*rows, TextRow("cut")] if is_cut else rows


def side_by_side(rows: Sequence[TextRow]) -> Iterator[tuple[TextRow | None, TextRow | None]]:
    """The same rows in pairs, left and right; None where only the other side has a line."""
    for changed, run in groupby(rows, key=lambda row: row.kind in {"removed", "added"}):
        group = list(run)
        if changed:
            removed = [row for row in group if row.kind == "removed"]
            yield from zip_longest(removed, group[len(removed) :])
        else:
            yield from zip(group, group, strict=True)


def _unchanged(lines: Sequence[str], old_start: int, new_start: int, head: int, tail: int) -> Iterator[TextRow]:
    """Rows of unchanged lines: the first `head` and last `tail` of them, and one row for those between."""
    hidden = range(head, len(lines) - tail)
    for index, line in enumerate(lines):
        if index not in hidden or len(hidden) == 1:
            yield TextRow("same", old_start + index + 1, new_start + index + 1, (Piece(line),))
        elif index == hidden.start:
            yield TextRow("skipped", count=len(hidden))


def _replaced(old: Sequence[str], new: Sequence[str], old_start: int, new_start: int) -> list[TextRow]:
    """Removed lines, then added ones; those that stand opposite each other have their differing words marked."""
    marked = [_mark_words(left, right) for left, right in zip_longest(old, new)]
    removed = [TextRow("removed", old_start + i + 1, None, marked[i][0]) for i in range(len(old))]
    added = [TextRow("added", None, new_start + i + 1, marked[i][1]) for i in range(len(new))]
    return removed + added


def _mark_words(old: str | None, new: str | None) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    if old is None or new is None:
        return (Piece(old or ""),), (Piece(new or ""),)
    before, after = _WORD.findall(old), _WORD.findall(new)
    if max(len(before), len(after)) > MAX_WORDS:
        return (Piece(old, marked=True),), (Piece(new, marked=True),)
    opcodes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    return (
        tuple(Piece("".join(before[i:j]), op != "equal") for op, i, j, _, _ in opcodes if j > i),
        tuple(Piece("".join(after[i:j]), op != "equal") for op, _, _, i, j in opcodes if j > i),
    )
