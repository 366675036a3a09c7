"""The live page of a build asks again and again: what is new since what it shows?"""

from collections import defaultdict
from dataclasses import dataclass

from django.utils import timezone

from environments.display import words
from environments.models import LogPiece
from environments.pages.build_story import headline, run_line
from environments.pages.logs import Line, StepLog
from environments.services.logs import read_log

SILENCE = 120  # seconds after which the page asks less often
NUMBERS = ("after", "steps", "attempt")


@dataclass(frozen=True)
class Shown:
    """What the page has: lines up to `after`, `steps` steps, which of them are not done, and the status word's key."""

    after: int
    steps: int
    attempt: int
    open: frozenset[int]
    status: str

    @classmethod
    def read(cls, values):
        """From the address the page asks with; None if it makes no sense."""
        numbers = [values.get(name, "") for name in NUMBERS]
        unfinished = [number for number in values.get("open", "").split(",") if number]
        if not all(number.isdecimal() and len(number) < 10 for number in (*numbers, *unfinished)):
            return None
        after, steps, attempt = map(int, numbers)
        return cls(after, steps, attempt, frozenset(map(int, unfinished)), values.get("status", ""))

    def goes_on_in(self, build):
        """Whether the page can be added to; another attempt than the one it shows needs a page of its own."""
        return self.attempt in (build.attempt, 0)  # 0: it waited, and shows nothing yet


def news(build, shown):
    """The context of the answer: lines to append, steps to add or to show anew, and how to ask next."""
    part = read_log(build, shown.after)
    steps = list(build.steps.filter(attempt=build.attempt))
    logs = defaultdict(StepLog)
    for line in part.lines:
        logs[line.step_id].add(Line(line.n, line.text))
    had_lines = _steps_with_lines(build, steps, shown.after)
    head = headline(build)
    return (
        head
        | run_line(build, steps)
        | {
            "added": [(step, logs[step.pk]) for step in steps if step.number > shown.steps],
            "replaced": [(step, logs[step.pk]) for step in steps if _is_redrawn(step, logs, had_lines, shown)],
            "grown": [
                (step, logs[step.pk])
                for step in steps
                if step.pk in had_lines
                and step.number <= shown.steps
                and (logs[step.pk].lines or step.number in shown.open)
            ],
            "status_changed": head["status"] != shown.status,
            "status_word": words.STATUSES[head["status"]].word.lower(),
            "follow": None if part.ended else _next(build, part, steps),
        }
    )


def _is_redrawn(step, logs, had_lines, shown):
    """A step without lines so far is drawn anew when it gets some, or may have moved on."""
    waits = step.number <= shown.steps and step.pk not in had_lines
    return waits and (bool(logs[step.pk].lines) or step.number in shown.open)


def _steps_with_lines(build, steps, after):
    """The ids of the steps of which the page shows lines already."""
    pieces = LogPiece.objects.filter(build=build, step__in=steps, first_line__lte=after)
    return set(pieces.order_by().values_list("step_id", flat=True).distinct())


def _next(build, part, steps):
    return {
        "after": part.next,
        "steps": max((step.number for step in steps), default=0),
        "open": [step.number for step in steps if not step.completed_at],
        "delay": _delay(build, part),
    }


def _delay(build, part):
    """Seconds until the page asks again: soon while there is much to read, seldom after a long silence."""
    if part.next < build.line_count:
        return 0
    if part.lines:
        return 1
    last = build.log.order_by("-first_line").values_list("at", flat=True).first() or build.created_at
    return 5 if (timezone.now() - last).total_seconds() > SILENCE else 3
