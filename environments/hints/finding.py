"""Reads the lines of the step that failed."""

import re
from collections.abc import Iterable, Iterator, Sequence

from environments.display.ansi import plain
from environments.hints.kinds import KINDS
from environments.hints.model import EXCEPTION, Hint, Kind
from environments.hints.refining import refined

MOST_LINES = 5_000
MOST_CHARACTERS = 2_000  # of a line
STRANGE_REACH = 3  # lines after one that ends with another exit code: a script that called it has little to add
FRAME = " \t│╰└─▶>×├"  # around what tools print of other tools
CAUSE = "cause: "  # uv's word before a reason
OF_A_STEP = re.compile(r"(?:The|A) step ")
PROBING = re.compile(r"\bconftest\.c")  # a configure script tries what the system has; much of it fails
RAISED = re.compile(EXCEPTION)
TRACEBACK = "Traceback (most recent call last)"
LED_TO = ("During handling of the above exception", "The above exception was the direct cause")
# What was called said why.
PASSED_ON = ("subprocess.CalledProcessError", "torch.distributed.elastic", "distutils.errors.DistutilsExecError")
LAST_LINES = 5
UNKNOWN_WHY = re.compile(r"ended with exit code [0-9]{1,10}[:;]|was killed \(exit code")

Order = tuple[bool, int, int]


def find_hints(
    lines: Iterable[tuple[int, str]], *, error: str = "", step: str = "", exit_code: int | None = None
) -> list[Hint]:
    """What a failed build ran into: the likeliest, or nothing where no line is known, for a guess helps nobody.

    `lines` are (number, text) of the step that failed, in their order; only the last MOST_LINES are read, and of each
    MOST_CHARACTERS. `step` is that step's name. `error` is the sentence the build ended with: where that says what the
    step ran into, such as a limit, the lines only show what came of it.
    """
    said = [(number, _unframed(text)) for number, text in list(lines)[-MOST_LINES:]]
    if OF_A_STEP.match(error) and not UNKNOWN_WHY.search(error):
        said = []
    found = sorted(_found(said, exit_code), key=lambda candidate: candidate[0])
    told = next((hint for kind in KINDS if kind.of_error for hint in _hints(kind, 0, error)), None)
    if found and (told is None or not found[0][0][0]):
        return [refined(found[0][1], said, step)]
    return [told] if told else []


def _found(lines: Sequence[tuple[int, str]], exit_code: int | None) -> Iterator[tuple[Order, Hint]]:
    """Every hint with its order: those whose program ends so first, then the nearest to a cause, then the last."""
    survived = _survived([text for _, text in lines])
    for place, (number, text) in enumerate(lines):
        after = len(lines) - place - 1
        counts = text and not PROBING.search(text) and not (place < survived and RAISED.match(text))
        for kind in KINDS if counts else ():
            strange = bool(kind.exits) and exit_code not in (None, *kind.exits)
            if not kind.of_error and after <= (STRANGE_REACH if strange else kind.reach):
                for hint in _hints(kind, number, text):
                    yield (strange, kind.rank, after), hint


def _survived(texts: Sequence[str]) -> int:
    """The place before which exceptions of Python ended nothing, for the last one did, and none of them led to it."""
    last = next((place for place in range(len(texts) - 1, -1, -1) if RAISED.match(texts[place])), None)
    if last is None or len(texts) - last > LAST_LINES or texts[last].startswith(PASSED_ON):
        return 0
    said = [place for place in range(last) if texts[place].startswith((TRACEBACK, *LED_TO))]
    while said and texts[said[-1]].startswith(TRACEBACK):
        begin = said.pop()
        if not said or not texts[said[-1]].startswith(LED_TO):
            return begin
        said.pop()
    return 0


def _hints(kind: Kind, number: int, text: str) -> Iterator[Hint]:
    for pattern in kind.patterns:
        if found := pattern.match(text):
            yield Hint(kind.code, number, {name: value for name, value in found.groupdict().items() if value})
            return


def _unframed(text: str) -> str:
    return plain(text)[:MOST_CHARACTERS].lstrip(FRAME).rstrip().removeprefix(CAUSE)
