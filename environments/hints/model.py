"""What a kind of failure looks like, and one that was found."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import IntEnum

# The last line of what Python says of an exception; its message may follow.
EXCEPTION = r"(?:[A-Za-z_][A-Za-z0-9_]{0,60}\.){0,6}[A-Z][A-Za-z0-9_]{0,60}(?:Error|Exception)(?=:|$)"


class Rank(IntEnum):
    """How near a line is to the cause. Where a step says several things, the nearest is told."""

    ROOT = 0  # what makes others fail: an index that does not answer has no packages either
    CAUSE = 1  # why something failed
    SAID = 2  # that something failed, which often has a cause that is told elsewhere
    ENDING = 3  # only how it ended


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of failure: lines that begin so mean it.

    `sentence` says what happened with the named groups of the pattern that fits, `{file}` and the like; where that has
    not all of them, the catalogue's own sentence stands. `exits` are the exit codes it can end a step with, all if
    empty. `reach` is how many lines may follow it: a tool that gives up says why last.
    """

    code: str
    sentence: str
    patterns: tuple[re.Pattern[str], ...]
    rank: Rank = Rank.CAUSE
    exits: frozenset[int] = frozenset()
    reach: int = 40
    of_error: bool = False  # the pattern is for the sentence the build ended with, not for a line of its log


def kind(code: str, sentence: str, *patterns: str, exits: tuple[int, ...] = (), **options: object) -> Kind:
    """A Kind from patterns as text, which are matched at the start of a line without its frame and indentation."""
    compiled = tuple(re.compile(pattern) for pattern in patterns)
    return Kind(code, sentence, compiled, exits=frozenset(exits), **options)  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class Hint:
    """A failure that was recognised. `line` is that of the log, 0 where only the build's last sentence says it."""

    code: str
    line: int
    values: Mapping[str, str] = field(default_factory=dict)
