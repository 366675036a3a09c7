"""Which lines of a build's log hold a text, with the lines around them."""

import re
from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple
from urllib.parse import urlencode

from django.core.paginator import Paginator

from environments.display.ansi import plain
from environments.models import BuildStep, LogPiece

AROUND = 2  # lines shown before and after one that matches
PER_PAGE = 100  # matches
LONGEST_QUERY = 200


class Hop(NamedTuple):
    """The way to another match: the number of its line, and its address, which may lie on another page."""

    n: int
    address: str


@dataclass(slots=True)
class Found:
    """A line of the results as (text, whether it matches) pairs.

    One that matches has its `place` among all of them, counted from 1, and the ways to those `before` and `after`.
    """

    n: int
    parts: list[tuple[str, bool]]
    place: int = 0
    before: Hop | None = None
    after: Hop | None = None


@dataclass
class FoundStep:
    """The matches of one step: how many there are in all, and blocks of lines around those of this page."""

    step: BuildStep
    number: str
    count: int
    blocks: list[list[Found]] = field(default_factory=list)


@dataclass(frozen=True)
class Query:
    """What is looked for: plain text, never a pattern."""

    text: str
    is_exact: bool = False

    @classmethod
    def read(cls, values):
        """From `?q=` and `?case=`; None if nothing is asked."""
        text = values.get("q", "").replace("\0", "")[:LONGEST_QUERY]
        return cls(text, "case" in values) if text.strip() else None

    def address(self, page):
        """Where this page of the results is."""
        return "?" + urlencode({"q": self.text} | ({"case": "on"} if self.is_exact else {}) | {"page": page})

    @property
    def pattern(self):
        return re.compile(re.escape(self.text), 0 if self.is_exact else re.IGNORECASE)


def search(build, query, page):
    """The context of the results: matching lines step by step, the newest attempt first, page by page."""
    steps = {step.pk: step for step in build.steps.order_by("-attempt", "number")}
    order = {pk: place for place, pk in enumerate(steps)}
    matches = sorted(_matches(build, query.pattern), key=lambda match: (order[match[0]], match[1]))
    counts = Counter(step_id for step_id, _ in matches)
    shown = Paginator(matches, PER_PAGE).get_page(page)
    places = {n: place for place, (_, n) in enumerate(shown.object_list, shown.start_index())}
    found = []
    for step_id, group in groupby(shown.object_list, key=lambda match: match[0]):
        step = steps[step_id]
        prefix = "" if step.attempt == build.attempt else f"{step.attempt}."
        blocks = _blocks(step, [n for _, n in group], places, query.pattern)
        found.append(FoundStep(step, f"{prefix}{step.number}", counts[step_id], blocks))
    _link(found, [n for _, n in matches], shown, query)
    return {"query": query, "page": shown, "count": len(matches), "found": found}


def _matches(build, pattern):
    """(step id, number) of each line that matches."""
    pieces = LogPiece.objects.filter(build=build).values_list("step_id", "first_line", "text")
    for step_id, first, text in pieces.iterator(chunk_size=50):
        text = plain(text)
        if pattern.search(text):
            yield from ((step_id, n) for n, line in enumerate(text.split("\n"), first) if pattern.search(line))


def _blocks(step, numbers, places, pattern):
    """The lines around these of a step, in runs without a gap."""
    wanted = {near for n in numbers for near in range(n - AROUND, n + AROUND + 1)}
    blocks, last = [], None
    for piece in _pieces_with(step, wanted):
        for n, text in piece.numbered():
            if n not in wanted:
                continue
            if n - 1 != last:
                blocks.append([])
            blocks[-1].append(Found(n, _parts(plain(text), pattern if n in places else None), places.get(n, 0)))
            last = n
    return blocks


def _pieces_with(step, numbers):
    spans = LogPiece.objects.filter(step=step).values_list("pk", "first_line", "line_count")
    wanted = sorted(numbers)
    holding = [pk for pk, first, count in spans if bisect_left(wanted, first) < bisect_left(wanted, first + count)]
    return LogPiece.objects.filter(pk__in=holding)


def _link(found, numbers, shown, query):
    """Let each match of the page know the one before it and the one after it; numbers: of the lines of all matches."""

    def hop(place):
        if not 1 <= place <= len(numbers):
            return None
        n, page = numbers[place - 1], (place - 1) // PER_PAGE + 1
        return Hop(n, f"{'' if page == shown.number else query.address(page)}#L{n}")

    for line in (line for step in found for block in step.blocks for line in block if line.place):
        line.before, line.after = hop(line.place - 1), hop(line.place + 1)


def _parts(text, pattern):
    """The text as pairs, so that what matches can be marked."""
    parts, end = [], 0
    for match in pattern.finditer(text) if pattern else ():
        parts += [(text[end : match.start()], False), (match[0], True)]
        end = match.end()
    return [*parts, (text[end:], False)]
