"""Reads off the log of a build that failed what it ran into, once, when it ends."""

import logging

from environments.hints import find_hints
from environments.hints.finding import MOST_LINES
from environments.models import LogPiece

logger = logging.getLogger(__name__)


def hints_of(build, told):
    """What `Build.hints` keeps, from the lines of the step that failed and what is told of it: fields of the build.

    Everything in the log and in `told` is masked already. A fault here leaves the build as it failed, without a hint.
    """
    try:
        step = told.get("error_step", "")
        lines = _last_lines(build, step)
        found = find_hints(lines, error=told["error"], step=step, exit_code=told.get("exit_code"))
    except Exception:
        logger.exception("What %s (%s) ran into could not be read", build, build.pk)
        return []
    return [{"code": hint.code, "line": hint.line, "values": dict(hint.values)} for hint in found]


def _last_lines(build, step_name):
    """(number, text) of the failing step's last lines: the one that is named, else the last one with an error."""
    failed = list(build.steps.filter(attempt=build.attempt).exclude(error="").order_by("number"))
    step = next((step for step in failed if step.name == step_name), failed[-1] if failed else None)
    lines = []
    for piece in LogPiece.objects.filter(build=build, step=step).order_by("-first_line").iterator(chunk_size=20):
        lines = [*piece.numbered(), *lines]
        if len(lines) >= MOST_LINES:
            break
    return lines[-MOST_LINES:]
