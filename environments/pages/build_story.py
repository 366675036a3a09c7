"""Everything the page of a build shows."""

from dataclasses import dataclass

from environments.display import words
from environments.models import AuditEvent, Build, BuildStep, State, Version, Worker
from environments.models.builds import MAX_ATTEMPTS, Reason
from environments.pages.changes import got_changes, packages_of
from environments.pages.hints import shown_hints
from environments.pages.logs import StepLog, last_words, spans_of, step_logs
from environments.pages.states import build_key, typical, waited, with_progress
from environments.services.queue import Queue

FAILED_LINES = 20


@dataclass
class ShownStep:
    """A step with its log. `number` is its place, with the attempt in front for those of an earlier one."""

    step: BuildStep
    number: str
    log: StepLog
    open: bool = False
    stands: bool = False  # it shows what the address asks for, not its newest lines


def story(build, **asked):
    """The context of the page: head, steps with their logs, earlier attempts, how it ended.

    asked: what shown_steps() can show beyond the newest lines.
    """
    steps = shown_steps(build, build.attempt, **asked)
    past = past_attempts(build, range(1, build.attempt), **asked)
    return (
        headline(build)
        | run_line(build, [shown.step for shown in steps])
        | {
            "steps": steps,
            "past": past,
            "follow": _follow(build, steps) if build.is_active else None,
            "stands": any(
                shown.stands for shown in [*steps, *(shown for attempt in past for shown in attempt["steps"])]
            ),
        }
    )


def headline(build):
    """What changes only with the build's state: head, how it ended, what can be done next."""
    build.last_kind = _last_kind(build) if build.state == State.RUNNING else None  # of others nobody asks for it
    current = _other_image(build)
    return {
        "build": build,
        "version": build.version,
        "environment": build.version.environment,
        "status": build_key(build),
        "parent": _parent(build) if build.state == State.SUCCEEDED else None,
        "waited": waited(build),
        "attempts": MAX_ATTEMPTS,
        "kept_days": (build.log_removed_at - build.finished_at).days if build.log_removed_at else None,
        "place": Queue().places([build]).get(build.pk),
        "worker": Worker.objects.filter(name=build.worker).first() if build.worker else None,
        "hints": shown_hints(build),
        "cancelled": _cancel_of(build) if build.state == State.CANCELLED else None,
        "keeps": current,
        "candidate": _candidate(build, current),
    } | (last_words(build, FAILED_LINES) if build.state == State.FAILED else {})


def _cancel_of(build):
    """The AuditEvent that tells who cancelled it; None of one that nobody is known to have cancelled."""
    workspace = build.version.environment.workspace.slug
    return AuditEvent.objects.filter(action="build.cancel", workspace=workspace, subject=str(build)).first()


def _parent(build):
    """What the version was made from, to be compared with."""
    return Version.objects.select_related("environment__workspace").filter(pk=build.version.parent_id).first()


def _last_kind(build):
    return with_progress(Build.objects.filter(pk=build.pk)).values_list("last_kind", flat=True).get()


def run_line(build, steps):
    """How far it is, and how long that takes by experience; `is_counted` says whether the number of steps is known."""
    begun = [step for step in steps if step.started_at]
    technical = [step for step in steps if step.is_technical]
    is_counted = not build.is_active or any(words.is_of_a_stage(step.name) for step in steps)
    to_come = _steps_to_come(steps) if build.is_active and is_counted else 0
    return {
        "step_states": [
            *(words.step_status(str(step.state), ended=not build.is_active) for step in steps),
            *["waiting"] * to_come,
        ],
        "is_counted": is_counted,
        "at": max((step.number for step in begun), default=0),
        "technical": {"count": len(technical), "seconds": sum(step.seconds or 0 for step in technical)},
        "typical": typical(_of_environment(build)) if build.is_active else None,
    }


def _steps_to_come(steps):
    """How many more there will be once the engine has told of its own: it writes the image, then that is read."""
    return 2 - any(step.kind == "export" for step in steps) - any(step.key.startswith("packages") for step in steps)


def shown_steps(build, attempt, *, whole=None, line=None, at_once=False):
    """ShownSteps of one attempt; the one whose number is `whole` has all of its log, as has the one with `line`.

    at_once: the whole one is not left to be fetched in chunks.
    """
    prefix = "" if attempt == build.attempt else f"{attempt}."
    steps = {f"{prefix}{step.number}": step for step in build.steps.filter(attempt=attempt)}
    spans = spans_of(build, list(steps.values()))
    logs = step_logs(build, list(steps.values()), spans, whole=steps.get(whole), line=line, at_once=at_once)
    return [
        _shown(step, number, logs[step.pk], number == whole, is_past=attempt != build.attempt)
        for number, step in steps.items()
    ]


def _shown(step, number, log, is_whole, is_past):
    stands = is_whole or any(line.picked for line in log.lines)
    return ShownStep(step, number, log, stands or (is_open(step) and not is_past), stands)


def is_open(step):
    """Whether a step of the newest attempt shows its log by itself: while it runs, or if it failed or was stopped."""
    return step.state in (State.FAILED, State.CANCELLED, State.RUNNING)


def past_attempts(build, numbers, **asked):
    """What these attempts did, as shown_steps() shows it, and whether any of it is open."""
    shown = {attempt: shown_steps(build, attempt, **asked) for attempt in numbers}
    return [
        {"attempt": attempt, "steps": steps, "open": any(step.open for step in steps)}
        for attempt, steps in shown.items()
    ]


def _follow(build, steps):
    return {
        "after": build.line_count,
        "waiting": 0,
        "scale": int(build.seconds or 0),
        "lines": [shown.log.total for shown in steps],
        "open": [shown.step.number for shown in steps if not shown.step.completed_at],
        "delay": 1,
    }


def _other_image(build):
    """The build whose image the version stands for, if it is not this one and the image is still there."""
    current = build.version.current_build_id
    if current in (None, build.pk):
        return None
    there = Build.objects.filter(pk=current).exclude(image__removed_at__isnull=False)
    return there.select_related("image").first()


def candidate_of(build):
    """What would change if this build, resolved again, became the current one; None where that is no question.

    Of one and the same image only that it is "same".
    """
    return _candidate(build, _other_image(build))


def _candidate(build, current):
    if build.reason != Reason.RESOLVE or build.state != State.SUCCEEDED or not current or current.number > build.number:
        return None
    if _is_same_image(build, current):
        return {"current": current, "same": True}
    packages = packages_of([current.image_id, build.image_id])
    return {
        "current": current,
        "changes": got_changes(packages[current.image_id], packages[build.image_id]),
        "base_moved": current.base_digest != build.base_digest,
    }


def _is_same_image(one, other):
    """Whether two builds came to one image, or to images that differ in nothing but when they were made."""
    layers = [[layer["digest"] for layer in build.image.layers] for build in (one, other)]
    alike = one.base_digest == other.base_digest and layers[0] == layers[1] != []
    return one.image_id == other.image_id or one.image.image_id == other.image.image_id or alike


def _of_environment(build):
    return Build.objects.filter(version__environment=build.version.environment)
