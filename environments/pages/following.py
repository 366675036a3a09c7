"""The live page of a build asks again and again: what is new since what it shows?"""

from dataclasses import dataclass, replace

from django.utils import timezone

from environments.display import words
from environments.models import State
from environments.pages.build_story import ShownStep, headline, is_open, past_attempts, run_line
from environments.pages.logs import StepLog, spans_of, step_logs
from environments.pages.states import build_key

NEWEST = 1000  # lines of a step that printed far more since the page asked: these stand in place of what it has
SILENCE = 120  # seconds after which the page asks less often
SCALE_KEPT = 1.1  # times on the page are drawn to a scale, anew once the build ran so much longer
NUMBERS = ("after", "attempt", "scale")


@dataclass(frozen=True)
class Shown:
    """What the page has: lines up to `after`, so many `lines` of each step, which are open, how its head looks.

    `scale` is how many seconds its bars of time stand for. A page that `holds` wants no lines now.
    """

    after: int
    attempt: int
    scale: int
    lines: tuple[int, ...]
    open: frozenset[int]
    look: str
    holds: bool

    @classmethod
    def read(cls, values):
        """From the address the page asks with; None if it makes no sense."""
        numbers = [values.get(name, "") for name in NUMBERS]
        lines, unfinished = ([each for each in values.get(name, "").split(".") if each] for name in ("lines", "open"))
        if not all(number.isdecimal() and len(number) < 10 for number in (*numbers, *lines, *unfinished)):
            return None
        facts = tuple(map(int, lines)), frozenset(map(int, unfinished)), values.get("look", ""), "hold" in values
        return cls(*map(int, numbers), *facts)

    def goes_on_in(self, build):
        """Whether the page shows the build's attempt and can be added to."""
        return self.attempt in (build.attempt, 0)  # 0: it waited, and shows nothing yet

    def of_none(self):
        """What the page has of an attempt that began after the one it shows."""
        return replace(self, lines=(), open=frozenset(), look="")

    def has(self, step):
        """Whether it shows this step."""
        return step.number <= len(self.lines)

    def lines_of(self, step):
        """How many lines this step had printed up to `after`."""
        return self.lines[step.number - 1] if self.has(step) else 0


def news(build, shown):
    """The context of the answer: lines to append, steps to add or to show anew, and how to ask next.

    After a lost attempt the steps of the next take its place, and it is `past`.

    What it reads of the log is what came after the last line, however much there was before.
    """
    lost = () if shown.goes_on_in(build) else range(shown.attempt, build.attempt)
    shown = shown.of_none() if lost else shown
    steps = list(build.steps.filter(attempt=build.attempt))
    logs = _new_lines(build, steps, shown)
    is_rescaled = not build.is_active or (build.seconds or 0) > shown.scale * SCALE_KEPT
    known = [step for step in steps if shown.has(step)]
    stirred = [step for step in known if step.pk in logs or step.number in shown.open]
    of = {step.pk: logs.get(step.pk) or StepLog(total=shown.lines_of(step)) for step in steps}

    def drawn(chosen):
        return [ShownStep(step, str(step.number), of[step.pk], is_open(step)) for step in chosen]

    return (
        _head(build, steps, shown)
        | run_line(build, steps)
        | {
            "past": past_attempts(build, lost),
            "added": drawn(step for step in steps if not shown.has(step)),
            "replaced": drawn(step for step in stirred if not shown.lines_of(step)),
            "grown": drawn(step for step in stirred if shown.lines_of(step)),
            "rescaled": [step for step in known if step not in stirred] if is_rescaled else [],
            "follow": _next(build, steps, of, shown, is_rescaled),
        }
    )


def _head(build, steps, shown):
    """What changes with the build's state, if it changed or waits; else only what every answer needs."""
    build.last_kind = next((step.kind for step in reversed(steps) if step.started_at), None)
    status = build_key(build)
    if status != shown.look:
        return headline(build) | {"head_changed": True, "status_word": words.STATUSES[status].word.lower()}
    if build.state == State.QUEUED:
        return headline(build)
    return {"build": build, "status": status, "environment": build.version.environment}


def _new_lines(build, steps, shown):
    """{step id: StepLog} of what came after the last line; each knows how many lines its step has in all."""
    if shown.holds or shown.after >= build.line_count:
        return {}
    spans = spans_of(build, steps, shown.after)
    touched = [step for step in steps if step.pk in spans]
    logs = step_logs(build, touched, spans, most=NEWEST)
    for step in touched:
        logs[step.pk].total += shown.lines_of(step)
    return logs


def _next(build, steps, logs, shown, is_rescaled):
    """How to ask next; None if nothing can come any more.

    Without a `delay` only a person asks: the build has ended, and the rest of its log waits for who reads further up.
    """
    after = min(shown.after, build.line_count) if shown.holds else build.line_count
    waiting = build.line_count - after
    if not build.is_active and not waiting:
        return None
    return {
        "after": after,
        "waiting": waiting,
        "lines": [logs[step.pk].total for step in steps],
        "open": [step.number for step in steps if not step.completed_at],
        "scale": int(build.seconds or 0) if is_rescaled else shown.scale,
        "delay": _delay(build, shown) if build.is_active else None,
    }


def _delay(build, shown):
    """Seconds until the page asks again, more after a long silence."""
    if build.line_count > shown.after and not shown.holds:
        return 1
    last = build.log.order_by("-first_line").values_list("at", flat=True).first() or build.created_at
    return 5 if (timezone.now() - last).total_seconds() > SILENCE else 3
