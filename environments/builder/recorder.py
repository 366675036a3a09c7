"""Writes down what a build does: its steps and its log, in batches, bounded, with secrets taken out."""

import re
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime

from django.db import transaction

from environments.builder.bounds import LINE_COST, Bounded, Budget
from environments.builder.errors import FOR_PEOPLE, OURS
from environments.builder.patience import insist
from environments.builder.pulse import Stopped, Superseded
from environments.display.ansi import last_state
from environments.engine.protocol import Output, Step
from environments.models import Build, BuildStep, LogPiece, State

LINE_CHARACTERS = 8_000
FLUSH_SECONDS = 0.4
FLUSH_BYTES = 256_000  # about 2,000 lines: pages read the log by these pieces
STEP_FIELDS = ["name", "kind", "cached", "started_at", "completed_at", "error"]  # what changes while it runs
STUDIO = "studio"  # the stream of our own remarks in a log: no build can write to it
CLIPPED = re.compile(r"\[(output clipped, log limit [^\]\n]{1,40} reached)\]\s*")  # how BuildKit says it left out lines


@dataclass
class _Stream:
    """The unfinished line of one stream of a step; `more` is how much longer it was than what is kept of it."""

    partial: str = ""
    more: int = 0
    at: datetime | None = None


@dataclass
class _Open:
    """A step: its row, written with the lines, and the lines that are not written yet."""

    row: BuildStep
    bounded: Bounded
    streams: dict = field(default_factory=dict)
    is_new: bool = True
    is_changed: bool = True


def _moment(seconds):
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)


def _cut(line, more=0):
    more += len(line) - LINE_CHARACTERS
    return f"{line[:LINE_CHARACTERS]} … {more:,} more characters" if more > 0 else line


def _write_steps(changed):
    """New rows also where they were inserted before and only the answer was lost."""
    rows = [opened.row for opened in changed if opened.is_new]
    for row in rows:
        row.pk = None  # of an insert that came to nothing
    key = ["build", "attempt", "key"]
    BuildStep.objects.bulk_create(rows, update_conflicts=True, unique_fields=key, update_fields=STEP_FIELDS)
    BuildStep.objects.bulk_update([opened.row for opened in changed if not opened.is_new], STEP_FIELDS)


def _for_people(raised):
    if isinstance(raised, Stopped):
        return str(raised.__doc__)
    return str(raised) if isinstance(raised, FOR_PEOPLE) else OURS


class Recorder:
    """Owned by one attempt of one build. Raises Superseded when another attempt has taken the build over.

    Events come from the thread of the build; the pulse flushes too, so that the lines of a step that has fallen
    silent are seen. The lock keeps the two apart.
    """

    def __init__(self, build, mask):
        self.timings = {}
        self._build, self.mask = build, mask
        self._steps = {}
        self._pending = []  # (row, stream, at, text)
        self._pending_bytes = 0
        self._next_line = build.line_count + 1
        self._is_in_doubt = False  # whether what was pending has been written, though no answer came
        self._budget = Budget()
        self._flushed = time.monotonic()
        self._lock = threading.RLock()

    @contextmanager
    def step(self, part, name):
        """One of our own steps: its time, counted to `part`, and its error if one leaves the block.

        Yields a function that logs a line."""
        key = f"{part} {len(self._steps) + 1}"
        began = time.time()
        self.event(Step(key=key, name=name, kind="studio", started=began))
        error = ""
        try:
            with self.timed(part):
                yield lambda text: self.event(Output(step=key, stream="stdout", text=f"{text}\n", time=time.time()))
        except Exception as raised:
            error = _for_people(raised)
            raise
        finally:
            ended = time.time()
            self.event(Step(key=key, name=name, kind="studio", started=began, completed=ended, error=error))

    @contextmanager
    def timed(self, part):
        """Count the time of the block, in seconds, to a part of the build's timings."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.timings[part] = round(self.timings.get(part, 0) + time.monotonic() - began, 3)

    def event(self, event):
        """Take a Step or an Output, from the engine or from step()."""
        with self._lock:
            if isinstance(event, Step):
                self._note_step(event)
            elif isinstance(event, Output):
                self._note_output(event)
            if self._pending_bytes >= FLUSH_BYTES or time.monotonic() - self._flushed > FLUSH_SECONDS:
                insist(self._flush)

    def flush(self):
        """Write what is pending, unless the build is no longer ours."""
        with self._lock:
            self._flush()

    def _flush(self):
        self._flushed = time.monotonic()
        ours = Build.objects.filter(pk=self._build.pk, attempt=self._build.attempt, state=State.RUNNING)
        if self._is_in_doubt:
            with transaction.atomic():  # the lock waits for a write that may still be going on
                self._forget_written(ours.select_for_update().values_list("line_count", flat=True).first())
        changed = [opened for opened in self._steps.values() if opened.is_changed]
        if not (changed or self._pending):
            return
        self._is_in_doubt = bool(self._pending)
        with transaction.atomic():
            _write_steps(changed)
            if pieces := list(self._pieces()):
                if not ours.update(line_count=pieces[-1].last_line):
                    raise Superseded
                LogPiece.objects.bulk_create(pieces)
        for opened in changed:
            opened.is_new = opened.is_changed = False
        if pieces:
            self._forget_written(pieces[-1].last_line)

    def _forget_written(self, line_count):
        """The build's log has this many lines now, counted in the transaction that wrote them."""
        if line_count is None:
            raise Superseded
        del self._pending[: line_count + 1 - self._next_line]
        self._pending_bytes = sum(len(line) + LINE_COST for *_, line in self._pending)
        self._next_line = line_count + 1
        self._is_in_doubt = False

    def settle(self):
        """Say of every step that it ended: of those that another build did for this one, the engine does not."""
        now = datetime.now(UTC)
        for opened in self._steps.values():
            if not opened.row.completed_at:
                opened.row.started_at = opened.row.started_at or now
                opened.row.completed_at = now
                opened.is_changed = True

    def finish(self):
        """Write the rest: unfinished lines and the last lines of steps that were cut."""
        for opened in self._steps.values():
            self._close(opened)
        self.flush()

    def _note_step(self, step):
        opened = self._steps.get(step.key)
        values = {
            "name": self.mask(step.name),
            "kind": step.kind,
            "cached": step.cached,
            "started_at": _moment(step.started),
            "completed_at": _moment(step.completed),
            "error": self.mask(step.error),
        }
        if opened is None:
            number = len(self._steps) + 1
            row = BuildStep(build=self._build, attempt=self._build.attempt, key=step.key, number=number, **values)
            self._steps[step.key] = opened = _Open(row, Bounded(self._budget))
        for name in [name for name, value in values.items() if getattr(opened.row, name) != value]:
            setattr(opened.row, name, values[name])
            opened.is_changed = True
        if step.completed:
            self._close(opened)

    def _note_output(self, output):
        opened = self._steps.get(output.step)
        if opened is None:
            self._note_step(Step(key=output.step, name=output.step, kind="internal", started=output.time))
            opened = self._steps[output.step]
        stream = opened.streams.setdefault(output.stream, _Stream())
        *lines, rest = (stream.partial + output.text).split("\n")
        stream.at = _moment(output.time)
        if lines:
            self._note_lines(opened, output.stream, stream, lines)
            stream.more = 0
        self._keep(stream, rest)

    @staticmethod
    def _keep(stream, text):
        """Remember the text as the stream's unfinished line: the last state of a progress bar, the start of a long one.

        Twice what is shown of it, so that a secret at the cut is still whole when it is masked."""
        if "\r" in text:
            shown = last_state(text)
            stream.more = stream.more if shown == text.removesuffix("\r") else 0
            text = shown + "\r" * text.endswith("\r")
        stream.more += max(len(text) - 2 * LINE_CHARACTERS, 0)
        stream.partial = text[: 2 * LINE_CHARACTERS]

    def _note_lines(self, opened, name, stream, lines):
        more = stream.more  # belongs to the first of them, which was begun earlier
        for line in self.mask("\n".join(last_state(line) if "\r" in line else line for line in lines)).split("\n"):
            if clipped := CLIPPED.fullmatch(line):
                self._remark(opened, stream.at, f"… The engine cut this log: {clipped[1]}.")
            else:
                self._note_line(opened, name, stream.at, _cut(line, more))
            more = 0

    def _note_line(self, opened, name, at, line):
        was_full = opened.bounded.is_full
        if opened.bounded.take((opened.row, name, at, line), line):
            self._append(opened.row, name, at, line)
        elif not was_full:
            self._remark(opened, at, opened.bounded.notice())

    def _remark(self, opened, at, text):
        self._append(opened.row, STUDIO, at, text)

    def _append(self, row, name, at, line):
        self._pending.append((row, name, at, line))
        self._pending_bytes += len(line) + LINE_COST

    def _close(self, opened):
        for name, stream in opened.streams.items():
            if stream.partial:
                self._note_lines(opened, name, stream, [stream.partial])
                stream.partial, stream.more = "", 0
        omission, lines = opened.bounded.rest()
        if omission:
            self._remark(opened, lines[0][2], omission)
        for line in lines:
            self._append(*line)

    def _pieces(self):
        """Pending lines, neighbours of one step and stream in one row. Numbers are taken once they are written."""
        start = 0
        for index in range(1, len(self._pending) + 1):
            if index < len(self._pending) and self._pending[index][:2] == self._pending[start][:2]:
                continue
            row, stream, at, _ = self._pending[start]
            lines = [line for _, _, _, line in self._pending[start:index]]
            yield LogPiece(
                build=self._build,
                step=row,
                first_line=self._next_line + start,
                line_count=len(lines),
                stream=stream,
                at=at,
                text="\n".join(lines),
            )
            start = index
