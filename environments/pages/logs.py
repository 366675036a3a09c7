"""What a build printed, as the pages show it: the end of each step, all of one in chunks, or the end of the whole."""

import re
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass, field

from environments.builder.recorder import STUDIO
from environments.models import LogPiece
from environments.services.logs import pieces_after

LAST_OF_A_STEP = 5000
AT_FIRST = 2  # chunks of a step that come with the page, the last ones; others are fetched when they are seen
CHUNK = 1000  # lines the browser may leave out together while they are out of sight
COLOUR = r"(?:\x1b\[[0-9;]*m)*"
TROUBLE = re.compile(rf"{COLOUR}\s*{COLOUR}(?:error|fatal|critical)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the page; `hit` if it tells of the failure, `picked` if the address asks for it, `ours` if we wrote it.

    `at` is when it came, in seconds since its step began; only the first of those that came together has it.
    """

    n: int
    text: str
    hit: bool = False
    picked: bool = False
    ours: bool = False
    at: float | None = None


@dataclass(frozen=True, slots=True)
class Chunk:
    """Lines `first` to `last` of a step, its chunk `index`; one without `lines` is fetched when it is seen."""

    first: int
    last: int
    lines: list[Line] | None = None
    index: int = 0

    @property
    def is_full(self):
        """Whether its height is that of all full ones."""
        return self.lines is not None and len(self.lines) == CHUNK


@dataclass
class StepLog:
    """The lines of a step that are shown, and how many there are."""

    chunks: list[Chunk] = field(default_factory=list)
    total: int = 0
    shown: int = 0
    is_cut: bool = False

    @property
    def is_long(self):
        """Whether a page that follows it shows only the newest lines."""
        return self.total > LAST_OF_A_STEP

    @property
    def lines(self):
        return [line for chunk in self.chunks for line in chunk.lines or ()]


@dataclass
class Spans:
    """Where the lines of one step are: its pieces in order, as (id, number of the first line, count)."""

    pieces: list[tuple] = field(default_factory=list)
    _ends: list[int] = field(default_factory=list)  # how many lines of the step there are up to each piece's end

    def add(self, pk, first, count):
        self.pieces.append((pk, first, count))
        self._ends.append(self.total + count)

    @property
    def total(self):
        return self._ends[-1] if self._ends else 0

    def number(self, place):
        """The number within the build of the step's line at this place, counted from 0."""
        index = bisect_right(self._ends, place)
        _, first, count = self.pieces[index]
        return first + place - self._ends[index] + count

    def place(self, number):
        """The other way round; None if the step has no such line."""
        for (_, first, count), end in zip(self.pieces, self._ends, strict=True):
            if first <= number < first + count:
                return end - count + number - first
        return None

    def holding(self, start, end):
        """The ids of the pieces that hold the lines at places start to end, without end."""
        return {
            pk
            for (pk, _, count), upto in zip(self.pieces, self._ends, strict=True)
            if upto > start and upto - count < end
        }


def spans_of(build, steps, after=0):
    """{step id: Spans} of what follows line `after`.

    Up to the line count of `build`: what came since it was read is for the next question.
    """
    pieces = pieces_after(build, after).filter(step__in=steps, first_line__lte=build.line_count)
    spans = defaultdict(Spans)
    for step_id, pk, first, count in pieces.values_list("step_id", "pk", "first_line", "line_count"):
        known = max(after + 1 - first, 0)  # of the piece that holds line `after`
        spans[step_id].add(pk, first + known, count - known)
    return spans


def step_logs(build, steps, spans, *, whole=None, at_once=False, line=None, most=LAST_OF_A_STEP):
    """{step id: StepLog} of these steps: at least the last `most` lines of each, most of them to be fetched when seen.

    Of the step `whole`, and of the one that holds `line` if that is further up, all; `at_once` leaves nothing of the
    former to be fetched.
    """
    cuts = {step.pk: _cut(spans[step.pk], step == whole, line, most) for step in steps if step.pk in spans}
    if at_once and whole and whole.pk in cuts:
        cuts[whole.pk] = _Cut([(0, spans[whole.pk].total)])
    wanted = {
        pk for step_id, cut in cuts.items() for start, end in cut.shown for pk in spans[step_id].holding(start, end)
    }
    lines = _lines(build, wanted, line)
    return {
        step.pk: cuts[step.pk].log(spans[step.pk], lines[step.pk]) if step.pk in cuts else StepLog() for step in steps
    }


def chunk_of(build, step, index):
    """One chunk of a step by its number; None if there is none."""
    spans = spans_of(build, [step])[step.pk]
    start, end = index * CHUNK, min((index + 1) * CHUNK, spans.total)
    if start >= end:
        return None
    return _Cut([(start, end)]).log(spans, _lines(build, spans.holding(start, end))[step.pk]).chunks[0]


@dataclass
class _Cut:
    """Which places of a step are shown, and which are left to be fetched, as (start, end)."""

    shown: list[tuple[int, int]]
    fetched: list[tuple[int, int]] = field(default_factory=list)
    is_cut: bool = False

    def log(self, spans, lines):
        chunks = []
        for start, end in sorted(self.shown + self.fetched):
            first, last = spans.number(start), spans.number(end - 1)
            here = [line for line in lines if first <= line.n <= last] if (start, end) in self.shown else None
            chunks.append(Chunk(first, last, here, start // CHUNK))
        return StepLog(chunks, spans.total, sum(end - start for start, end in self.shown + self.fetched), self.is_cut)


def _cut(spans, is_whole, line, most):
    """The last `most` lines from the start of a chunk, or all. The last ones are shown, and those around `line`."""
    place = spans.place(line) if line is not None else None
    start = max(spans.total - most, 0) // CHUNK * CHUNK
    if is_whole or (place is not None and place < start):
        start = 0
    ranges = [(first, min(first + CHUNK, spans.total)) for first in range(start, spans.total, CHUNK)]
    near = set(ranges[:1] if is_whole else ranges[-AT_FIRST:])
    if place is not None:
        near |= {found for found in ranges if found[0] <= place < found[1]}
    shown = [found for found in ranges if found in near]
    return _Cut(shown, [found for found in ranges if found not in near], is_cut=start > 0)


def _lines(build, pieces, picked=None):
    """{step id: its Lines in these pieces}."""
    marks = hint_lines(build)
    found = defaultdict(list)
    for piece in LogPiece.objects.filter(pk__in=pieces).select_related("step"):
        found[piece.step_id].extend(lines_of(piece, marks, picked))
    return found


def hint_lines(build):
    """The numbers of the lines that hints tell of; None if the build has no hints."""
    return {hint["line"] for hint in build.hints if hint.get("line")} or None


def lines_of(piece, marks, picked=None):
    """The Lines of a piece that came with its step; `marks` is hint_lines() of its build."""
    is_ours = piece.stream == STUDIO
    guess = marks is None and piece.step.error and not is_ours
    at = (piece.at - piece.step.started_at).total_seconds() if piece.step.started_at else None
    for n, text in piece.numbered():
        is_hit = bool(TROUBLE.match(text)) if guess else marks is not None and n in marks
        yield Line(n, text, is_hit, n == picked, is_ours, at if n == piece.first_line else None)


def last_words(build, most):
    """The context that tells how a failed build ended: its last lines as `tail`, and whether its step is `silent`.

    The lines are those of the step that failed, also if it printed none; of the whole build if no step failed.
    """
    step = _failed_step(build)
    printed = LogPiece.objects.filter(build=build, step__attempt=build.attempt, **({"step": step} if step else {}))
    marks, lines = hint_lines(build), []
    for piece in printed.order_by("-first_line").select_related("step")[:most]:
        lines = [*lines_of(piece, marks), *lines]
        if len(lines) >= most:
            break
    is_silent = step and step.kind != STUDIO and not lines and not build.log_removed_at
    return {"tail": lines[-most:], "silent": bool(is_silent)}


def _failed_step(build):
    """The step that the build names; else the last one with an error: of steps side by side, one ends the others."""
    failed = list(build.steps.filter(attempt=build.attempt).exclude(error=""))
    return next((step for step in failed if step.name == build.error_step), failed[-1] if failed else None)
