"""The live page of a build asks again and again: what is new since what it shows?"""

from dataclasses import dataclass

from django.utils import timezone

from environments.display import words
from environments.models import LogPiece
from environments.pages.build_story import headline, run_line
from environments.pages.logs import Chunk, StepLog, hint_lines, lines_of, spans_of, step_logs

AT_ONCE = 2000  # lines: a page that is further behind is shown the newest, and how many there are
NEWEST = 1000  # lines of each step then
SILENCE = 120  # seconds after which the page asks less often
HELD_DELAY = 5  # seconds, while someone reads further up in the log of a build that has ended
SCALE_KEPT = 1.1  # times on the page are drawn to a scale, anew once the build ran so much longer
NUMBERS = ("after", "steps", "attempt", "scale")


@dataclass(frozen=True)
class Shown:
    """What the page has: lines up to `after`, `steps` steps, which of them are not done, and what its head looks like.

    `scale` is how many seconds its bars of time stand for. A page that `holds` wants no lines now.
    """

    after: int
    steps: int
    attempt: int
    scale: int
    open: frozenset[int]
    look: str
    holds: bool

    @classmethod
    def read(cls, values):
        """From the address the page asks with; None if it makes no sense."""
        numbers = [values.get(name, "") for name in NUMBERS]
        unfinished = [number for number in values.get("open", "").split(",") if number]
        if not all(number.isdecimal() and len(number) < 10 for number in (*numbers, *unfinished)):
            return None
        return cls(*map(int, numbers), frozenset(map(int, unfinished)), values.get("look", ""), "hold" in values)

    def goes_on_in(self, build):
        """Whether the page can be added to; another attempt than the one it shows needs a page of its own."""
        return self.attempt in (build.attempt, 0)  # 0: it waited, and shows nothing yet


@dataclass(frozen=True)
class _New:
    """The logs by step id of what the page gets, up to line `upto`; with `skips` they stand in place of what it has."""

    logs: dict
    upto: int
    skips: bool = False

    def of(self, step):
        return self.logs.get(step.pk) or StepLog()


def news(build, shown):
    """The context of the answer: lines to append, steps to add or to show anew, and how to ask next."""
    steps = list(build.steps.filter(attempt=build.attempt))
    spans = spans_of(build, steps)
    new = _new_lines(build, steps, spans, shown)
    had_lines = {pk for pk, of_step in spans.items() if of_step.pieces[0][1] <= shown.after}
    head = headline(build)
    is_rescaled = not build.is_active or (build.seconds or 0) > shown.scale * SCALE_KEPT
    known = [step for step in steps if step.number <= shown.steps]
    stirred = [step for step in known if step.pk in new.logs or step.number in shown.open]
    return (
        head
        | run_line(build, steps)
        | {
            "added": [(step, new.of(step)) for step in steps if step.number > shown.steps],
            "replaced": [(step, new.of(step)) for step in stirred if step.pk not in had_lines],
            "grown": [(step, new.of(step)) for step in stirred if step.pk in had_lines],
            "skips": new.skips,
            "rescaled": [step for step in known if step not in stirred] if is_rescaled else [],
            "head_changed": head["status"] != shown.look,
            "status_word": words.STATUSES[head["status"]].word.lower(),
            "follow": _next(build, steps, spans, new, shown, is_rescaled),
        }
    )


def _new_lines(build, steps, spans, shown):
    if shown.holds or shown.after >= build.line_count:
        return _New({}, min(shown.after, build.line_count))
    touched = [step for step in steps if step.pk in spans and _ends(spans[step.pk]) > shown.after]
    if build.line_count - shown.after > AT_ONCE:
        return _New(step_logs(build, touched, spans, most=NEWEST), build.line_count, skips=True)
    return _New({step.pk: _added(build, step, spans[step.pk], shown.after) for step in touched}, build.line_count)


def _ends(spans):
    _, first, count = spans.pieces[-1]
    return first + count - 1


def _added(build, step, spans, after):
    """The lines of a step after this one, as a log of their own that knows the step's total."""
    pieces = [pk for pk, first, count in spans.pieces if first + count - 1 > after]
    found = LogPiece.objects.filter(pk__in=pieces).select_related("step")
    lines = [line for piece in found for line in lines_of(piece, hint_lines(build)) if line.n > after]
    return StepLog([Chunk(lines[0].n, lines[-1].n, lines)], spans.total)


def _next(build, steps, spans, new, shown, is_rescaled):
    """How to ask next; None if nothing can come any more."""
    waiting = build.line_count - new.upto
    if not build.is_active and not waiting:
        return None
    return {
        "after": new.upto,
        "waiting": waiting,
        "steps": max((step.number for step in steps), default=0),
        "open": [step.number for step in steps if not step.completed_at],
        "scale": int(build.seconds or 0) if is_rescaled else shown.scale,
        "delay": _delay(build, new) if build.is_active else HELD_DELAY,
    }


def _delay(build, new):
    """Seconds until the page asks again, more after a long silence."""
    if new.logs:
        return 1
    last = build.log.order_by("-first_line").values_list("at", flat=True).first() or build.created_at
    return 5 if (timezone.now() - last).total_seconds() > SILENCE else 3
