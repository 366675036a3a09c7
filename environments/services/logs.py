"""Reads a build's log by line number: the same cursor for the page, the API and any client."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import F, Max

from environments.display.words import step_heading
from environments.models import LogPiece

LINES_AT_ONCE = 2000


@dataclass(frozen=True, slots=True)
class LogLine:
    """One line: `n` counts from 1 within the build, `step` is its step's name, `stream` is stdout,
    stderr, or studio where we tell what was left out."""

    n: int
    time: datetime
    step: str
    stream: str
    text: str
    step_id: int


@dataclass(frozen=True, slots=True)
class LogPart:
    """Some lines, the cursor to ask with next, and whether nothing can follow."""

    lines: list[LogLine]
    next: int
    ended: bool


def read_log(build, after=0, limit=LINES_AT_ONCE) -> LogPart:
    """Return at most `limit` lines that follow line `after`.

    Everything of a build is written before it ends, so `ended` can be trusted for a build loaded before this call.
    """
    if after >= build.line_count:
        return LogPart([], after, not build.is_active)
    lines = []
    for piece in pieces_after(build, after).select_related("step").iterator(chunk_size=50):
        lines.extend(line for line in _lines(piece) if line.n > after)
        if len(lines) >= limit:
            break
    del lines[limit:]
    last = lines[-1].n if lines else after
    return LogPart(lines, last, not build.is_active and last >= build.line_count)


def pieces_after(build, line):
    """The LogPieces with lines that follow this one, in order; found by number, however many stand before."""
    pieces = LogPiece.objects.filter(build=build).order_by("first_line")
    start = pieces.filter(first_line__lte=line).aggregate(start=Max("first_line"))["start"] if line else None
    if start is not None:
        pieces = pieces.filter(first_line__gte=start, first_line__gt=line + 1 - F("line_count"))
    return pieces


def plain_log(build):
    """Yield the whole log as text, each step under a heading, as `docker build --progress=plain` prints it.

    A step that goes on after another one printed has its heading again. One that printed nothing has it alone, before
    that of the next step; numbers are those of the page.
    """
    pieces = LogPiece.objects.filter(build=build)
    printed = set(pieces.order_by().values_list("step_id", flat=True).distinct())
    headings = {step.pk: _heading(build, step) for step in build.steps.all()}
    silent = [pk for pk in headings if pk not in printed]
    places = {pk: place for place, pk in enumerate(headings)}
    told, last = set(), None
    for step_id, text in pieces.values_list("step_id", "text").iterator(chunk_size=50):
        while silent and places[silent[0]] < places[step_id]:
            yield f"{headings[silent.pop(0)]}\n\n"
        if step_id != last:
            gap, more = "" if last is None else "\n", " (goes on)" if step_id in told else ""
            yield f"{gap}{headings[step_id]}{more}\n"
        told.add(step_id)
        last = step_id
        yield f"{text}\n"
    yield from (f"\n{headings[pk]}\n" for pk in silent)


def _heading(build, step):
    number = step.number if step.attempt == build.attempt else f"{step.attempt}.{step.number}"
    is_over = step.completed_at or not build.is_active
    return step_heading(f"#{number}", step.name, step.seconds if is_over else None, cached=step.cached)


def _lines(piece):
    for n, text in piece.numbered():
        yield LogLine(n, piece.at, piece.step.name, piece.stream, text, piece.step_id)
