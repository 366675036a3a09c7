"""A unified diff of two texts: as rows for a page, numbers, kinds and marked words, and as a patch.

The work for it is bounded, whatever the texts.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import Match, SequenceMatcher
from itertools import accumulate, groupby, zip_longest
from typing import Literal, TypeAlias

MAX_LINES = 3_000  # of each text; longer ones are not shown line by line
MAX_WORDS = 200  # of each line; longer ones are marked as a whole
CONTEXT = 3  # unchanged lines shown around a change

Opcode: TypeAlias = tuple[Literal["replace", "delete", "insert", "equal"], int, int, int, int]

_WORD = re.compile(r"\w+|\s+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Piece:
    """Part of a line; `marked` where the other side's line differs."""

    text: str
    marked: bool = False


@dataclass(frozen=True, slots=True)
class TextRow:
    """One row. `kind` is same, removed, added, skipped (`count` unchanged lines are left out) or large.

    Line numbers count from 1; a side without this line has None. "large" stands alone: the texts are beyond Bounds.
    """

    kind: str
    old_number: int | None = None
    new_number: int | None = None
    pieces: tuple[Piece, ...] = ()
    count: int = 0


class _TooMuch(Exception):
    """Two texts would have to be held against each other too often."""


@dataclass(slots=True)
class _Work:
    """How often lines, or words, may still be held against each other."""

    left: int

    def spend(self, count: int) -> None:
        self.left -= count
        if self.left < 0:
            raise _TooMuch


class Bounds:
    """What is left for all the comparisons of one page: work on lines, on the words in them, and rows to show."""

    def __init__(self, *, lines: int = 2_000_000, words: int = 400_000, rows: int = 2_000) -> None:
        self.lines, self.words, self.rows = _Work(lines), _Work(words), rows


class _Matcher(SequenceMatcher[str]):
    """Spends work for each time find_longest_match() holds a line against another: all else is linear."""

    a: Sequence[str]
    b2j: dict[str, list[int]]
    opcodes: list[Opcode] | None

    def __init__(self, old: Sequence[str], new: Sequence[str], work: _Work, *, autojunk: bool = True) -> None:
        super().__init__(None, old, new, autojunk)
        self._work = work
        self._costs = list(accumulate((1 + len(self.b2j.get(line, ())) for line in old), initial=0))

    def find_longest_match(self, alo: int = 0, ahi: int | None = None, blo: int = 0, bhi: int | None = None) -> Match:
        self._work.spend(self._costs[len(self.a) if ahi is None else ahi] - self._costs[alo])
        return super().find_longest_match(alo, ahi, blo, bhi)


def diff_text(old: str, new: str, *, context: int = CONTEXT, bounds: Bounds | None = None) -> list[TextRow]:
    """The rows of a unified diff; [] for equal texts. Runs of unchanged lines become one "skipped" row.

    Texts that would go beyond `bounds`, which is spent, are one row "large". Several texts of a page share theirs.
    """
    if old == new:
        return []
    bounds = bounds or Bounds()
    before, after = old.split("\n"), new.split("\n")
    is_long = max(len(before), len(after)) > MAX_LINES
    try:
        rows = [] if is_long else _rows(before, after, context, bounds)
    except _TooMuch:
        rows = []
    bounds.rows -= len(rows)
    return rows if rows and bounds.rows >= 0 else [TextRow("large")]


def count_lines(old: str, new: str) -> tuple[int, int]:
    """How many lines the second text has that the first has not, and the other way: without regard to their order."""
    before, after = Counter(old.splitlines()), Counter(new.splitlines())
    return (after - before).total(), (before - after).total()


def patch(old: str, new: str, old_name: str, new_name: str, bounds: Bounds | None = None) -> Iterator[str]:
    """The lines of a unified diff that `patch` and `git apply` read; "" as a name stands for a file that is not there.

    Beyond `bounds` all that lies between the first and the last line that differ is replaced as one: right, if long.
    """
    if old == new:
        return
    before, after = (list(filter(None, re.split(r"(?<=\n)", text))) for text in (old, new))
    yield f"--- {old_name or '/dev/null'}\n+++ {new_name or '/dev/null'}\n"
    for group in _matcher(before, after, bounds or Bounds()).get_grouped_opcodes(CONTEXT):
        old_from, old_to, new_from, new_to = group[0][1], group[-1][2], group[0][3], group[-1][4]
        yield f"@@ -{_range(old_from, old_to)} +{_range(new_from, new_to)} @@\n"
        for operation, i, j, k, m in group:
            sides = [(" ", before[i:j])] if operation == "equal" else [("-", before[i:j]), ("+", after[k:m])]
            yield from (_patch_line(sign, line) for sign, lines in sides for line in lines)


def _patch_line(sign: str, line: str) -> str:
    return f"{sign}{line}" if line.endswith("\n") else f"{sign}{line}\n\\ No newline at end of file\n"


def _range(start: int, stop: int) -> str:
    """Lines start+1 to stop as a hunk's head writes them: an empty range is named by the line before it."""
    return f"{start + 1 if stop > start else start},{stop - start}"


def _matcher(before: Sequence[str], after: Sequence[str], bounds: Bounds) -> _Matcher:
    """A matcher with its opcodes, those of one replacement if they would cost too much."""
    matcher = _Matcher(before, after, bounds.lines)
    try:
        matcher.get_opcodes()
    except _TooMuch:
        matcher.opcodes = _one_replacement(before, after)
    return matcher


def _one_replacement(before: Sequence[str], after: Sequence[str]) -> list[Opcode]:
    """Opcodes: the lines equal at the start, all between replaced, the lines equal at the end."""
    most = min(len(before), len(after))
    head = next((i for i in range(most) if before[i] != after[i]), most)
    tail = next((i for i in range(most - head) if before[-1 - i] != after[-1 - i]), most - head)
    old, new = len(before) - tail, len(after) - tail
    spans: list[Opcode] = [
        ("equal", 0, head, 0, head),
        ("replace", head, old, head, new),
        ("equal", old, old + tail, new, new + tail),
    ]
    return [span for span in spans if span[2] > span[1] or span[4] > span[3]]


def _rows(before: Sequence[str], after: Sequence[str], context: int, bounds: Bounds) -> list[TextRow]:
    opcodes = _Matcher(before, after, bounds.lines).get_opcodes()
    changed = sum((j - i) + (m - k) for kind, i, j, k, m in opcodes if kind != "equal")
    if changed > bounds.rows:
        raise _TooMuch
    rows: list[TextRow] = []
    for operation, old_from, old_to, new_from, new_to in opcodes:
        if operation == "equal":
            head = context if (old_from, new_from) != (0, 0) else 0
            tail = context if (old_to, new_to) != (len(before), len(after)) else 0
            rows += _unchanged(before[old_from:old_to], old_from, new_from, head, tail)
        else:
            rows += _replaced(before[old_from:old_to], after[new_from:new_to], old_from, new_from, bounds)
    return rows


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


def _replaced(old: Sequence[str], new: Sequence[str], old_start: int, new_start: int, bounds: Bounds) -> list[TextRow]:
    """Removed lines, then added ones; those that stand opposite each other have their differing words marked."""
    marked = [_mark_words(left, right, bounds) for left, right in zip_longest(old, new)]
    removed = [TextRow("removed", old_start + i + 1, None, marked[i][0]) for i in range(len(old))]
    added = [TextRow("added", None, new_start + i + 1, marked[i][1]) for i in range(len(new))]
    return removed + added


def _mark_words(old: str | None, new: str | None, bounds: Bounds) -> tuple[tuple[Piece, ...], tuple[Piece, ...]]:
    if old is None or new is None:
        return (Piece(old or ""),), (Piece(new or ""),)
    before, after = _WORD.findall(old), _WORD.findall(new)
    whole = (Piece(old, marked=True),), (Piece(new, marked=True),)
    if max(len(before), len(after)) > MAX_WORDS:
        return whole
    try:
        opcodes = _Matcher(before, after, bounds.words, autojunk=False).get_opcodes()
    except _TooMuch:
        return whole
    return (
        tuple(Piece("".join(before[i:j]), op != "equal") for op, i, j, _, _ in opcodes if j > i),
        tuple(Piece("".join(after[i:j]), op != "equal") for op, _, _, i, j in opcodes if j > i),
    )
