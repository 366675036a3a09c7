"""What a build printed, as the pages show it: the end of each step, the end of the whole, or what is new."""

import re
from collections import defaultdict
from dataclasses import dataclass, field

from environments.models import LogPiece, State

LAST_OF_A_STEP = 2000
CHUNK = 1000  # lines the browser may leave out together while they are out of sight
COLOUR = r"(?:\x1b\[[0-9;]*m)*"
TROUBLE = re.compile(rf"{COLOUR}\s*{COLOUR}(?:error|fatal|critical)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the page; `hit` if it tells of the failure, `picked` if the address asks for it."""

    n: int
    text: str
    hit: bool = False
    picked: bool = False


@dataclass
class StepLog:
    """The lines of a step that are shown, and how many there are."""

    lines: list[Line] = field(default_factory=list)
    total: int = 0

    def add(self, line):
        self.lines.append(line)
        self.total += 1

    @property
    def chunks(self):
        return [self.lines[start : start + CHUNK] for start in range(0, len(self.lines), CHUNK)]

    @property
    def is_cut(self):
        return len(self.lines) < self.total


def step_logs(build, steps, *, whole=None, line=None):
    """{step id: StepLog} of these steps; the step `whole`, and the one that holds `line`, are not cut.

    Up to the line count of `build`, which was read before the steps: what came since is for the next question.
    """
    pieces = LogPiece.objects.filter(build=build, step__in=steps, first_line__lte=build.line_count)
    spans = defaultdict(list)
    for pk, step_id, first, count in pieces.values_list("pk", "step_id", "first_line", "line_count"):
        spans[step_id].append((pk, first, count))
    logs = {step.pk: StepLog(total=sum(count for _, _, count in spans[step.pk])) for step in steps}
    most = {step.pk: _most(step, logs[step.pk].total, spans[step.pk], whole, line) for step in steps}
    wanted = [pk for step in steps for pk in _last(spans[step.pk], most[step.pk])]
    failed = {step.pk for step in steps if step.state == State.FAILED}
    for piece in pieces.filter(pk__in=wanted):
        logs[piece.step_id].lines += _lines(piece, hits=piece.step_id in failed, picked=line)
    for step_id, log in logs.items():
        del log.lines[: -most[step_id]]
    return logs


def _most(step, total, spans, whole, line):
    """How many lines of a step are shown; at least one, so that a slice from the end means what it says."""
    holds_line = line is not None and any(first <= line < first + count for _, first, count in spans)
    return max(total, 1) if step == whole or holds_line else LAST_OF_A_STEP


def _last(spans, most):
    """The ids of the pieces that hold the last `most` lines."""
    found, lines = [], 0
    for pk, _, count in reversed(spans):
        if lines >= most:
            break
        found.append(pk)
        lines += count
    return found


def _lines(piece, *, hits=False, picked=None):
    return [Line(n, text, hits and bool(TROUBLE.match(text)), n == picked) for n, text in piece.numbered()]


def last_lines(build, most):
    """The last lines of the step that failed, else of the whole build."""
    pieces = LogPiece.objects.filter(build=build, step__attempt=build.attempt).order_by("-first_line")
    failed = pieces.exclude(step__error="")
    lines = _newest(failed, most) or _newest(pieces, most)
    return lines[-most:]


def _newest(pieces, most):
    lines = []
    for piece in pieces[:most]:
        lines = _lines(piece, hits=True) + lines
        if len(lines) >= most:
            break
    return lines
