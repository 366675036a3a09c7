"""Which files a .dockerignore leaves out, by Docker's rules (github.com/moby/patternmatcher).

Patterns are matched part by part, with all reachable positions kept at once: no pattern makes this slow.
"""

import fnmatch
import posixpath
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from environments.definitions.findings import refusal

MAX_PATTERNS = 250
MAX_PATTERN = 500  # characters
MAX_STEPS = 20_000_000  # parts of patterns tried at parts of paths; ten times what the largest contexts need

_DOUBLE_STAR = None  # stands for any number of folders


@dataclass(frozen=True, slots=True)
class Pattern:
    """One line. `parts` are matched against the parts of a path; None stands for any number of them."""

    parts: tuple[re.Pattern[str] | None, ...]
    keeps: bool = False

    def match(self, path: Sequence[str]) -> bool:
        """Whether the path, or a folder above it, fits the pattern."""
        reached = {0}
        for index, part in enumerate(self.parts):
            if part is _DOUBLE_STAR:
                is_last = index == len(self.parts) - 1
                reached = set(range(min(reached) + is_last, len(path) + 1))
            else:
                reached = {at + 1 for at in reached if at < len(path) and part.match(path[at])}
            if not reached:
                return False
        return reached != {0}


@dataclass(frozen=True, slots=True)
class Patterns:
    """All lines of the file: the last one that fits a path decides."""

    patterns: tuple[Pattern, ...]

    def check_work(self, paths: Iterable[str]) -> None:
        """Raise DefinitionError where matching every path would take more than MAX_STEPS."""
        in_patterns = sum(len(pattern.parts) for pattern in self.patterns)
        in_paths = sum(path.count("/") + 1 for path in paths)
        if in_patterns * in_paths > MAX_STEPS:
            message = "The file has too many patterns for so many and such deep folders."
            raise refusal(".dockerignore", None, "dockerignore-too-long", message, "Name folders near the top.")

    def match(self, path: str) -> bool:
        """Whether the file is left out of the context."""
        parts = path.split("/")
        for pattern in reversed(self.patterns):
            if pattern.match(parts):
                return not pattern.keeps
        return False


def read_patterns(text: str) -> Patterns:
    """Read a .dockerignore. Raises DefinitionError for more or longer patterns than anyone needs."""
    lines = [line.strip() for line in text.split("\n") if not line.startswith("#")]
    lines = [line for line in lines if line]
    if len(lines) > MAX_PATTERNS or any(len(line) > MAX_PATTERN for line in lines):
        message = f"The file has over {MAX_PATTERNS} patterns, or one over {MAX_PATTERN} characters."
        raise refusal(".dockerignore", None, "dockerignore-too-long", message, "Name folders instead of single files.")
    patterns = [_pattern(line) for line in lines]
    return Patterns(tuple(pattern for pattern in patterns if pattern.parts))


def _pattern(line: str) -> Pattern:
    keeps = line.startswith("!")
    cleaned = posixpath.normpath(line.removeprefix("!").strip()).strip("/")
    parts = [] if cleaned == "." else [part for part in cleaned.split("/") if part != ".."]
    return Pattern(tuple(matcher for part in parts for matcher in _matchers(part)), keeps)


def _matchers(part: str) -> list[re.Pattern[str] | None]:
    """`**` alone is any number of folders; `**.pyc` is `*.pyc` below any of them; elsewhere it is a single star."""
    if part == "**":
        return [_DOUBLE_STAR]
    single = re.compile(fnmatch.translate(_as_fnmatch(part)))
    return [_DOUBLE_STAR, single] if part.startswith("**") else [single]


def _as_fnmatch(part: str) -> str:
    """Go's pattern in Python's writing: sets are negated with “!” instead of “^”, “\\x” is a literal x."""
    part = re.sub(r"\*+", "*", part).replace("[^", "[!")
    return re.sub(r"\\(.)", r"[\1]", part)
