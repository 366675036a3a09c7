"""Edits that surely mend a problem: found from the line it stands in, and applied to the whole text.

Every function here returns None wherever the line looks the least bit different from what it expects.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from environments.definitions.model import Fix, Problem

Lines = Sequence[str]
Fixer = Callable[[Lines, Problem], Fix | None]

_SWAPPED = re.compile(r"=([<>~])(?!=)")
_ENTRY = re.compile(r"(?P<indent>\s*)- (?P<value>[A-Za-z0-9][^\s:#\[\]{}\"'&*!|,]*)\s*")
_MAPPING = re.compile(r"(\s*- +)([A-Za-z0-9_.-]+): +([0-9][0-9A-Za-z.*]*)\s*")
_SINGLE_EQUALS = re.compile(r"\s*(?:- +)?[A-Za-z0-9._-]+\s*(=)\s*[0-9][A-Za-z0-9.*+!]*\s*(?:[;#].*)?")
_PIP_SECTION = re.compile(r"(\s*)- pip:\s*")
_PREFIX = re.compile(r"prefix:\s+[A-Za-z0-9/~.][^#:]*(?::[\\/][^#:]*)?")
_SYNTAX = re.compile(r"#\s*syntax\s*=\s*\S+\s*", re.IGNORECASE)
_TRUSTED = re.compile(r"--trusted-host[= ]\s*\S+\s*")
_WORD = re.compile(r"[^\s\"'\\|&;()]+")


def with_fixes(problems: Iterable[Problem], texts: Mapping[str, str]) -> list[Problem]:
    """The problems, each with its fix where there is one. `texts` are the texts their sources name."""
    lines = {source: plain(text).split("\n") for source, text in texts.items()}
    return [
        replace(found, fix=_FIXERS[found.code](lines[found.source], found))
        if found.code in _FIXERS and found.source in lines and (found.line or 0) <= len(lines[found.source])
        else found
        for found in problems
    ]


def apply_fix(text: str, fix: Fix) -> str:
    """The text with the edit made; its line ends become newlines. Raises ValueError for a place outside the text."""
    text = plain(text)
    start, end = _offset(text, fix.line, fix.column), _offset(text, fix.end_line, fix.end_column)
    return text[:start] + fix.text + text[end:]


def fix_key(fix: Fix) -> str:
    """A short name for an edit, the same only for the same edit."""
    edit = (fix.line, fix.column, fix.end_line, fix.end_column, fix.text)
    return hashlib.sha256(repr(edit).encode()).hexdigest()[:16]


def plain(text: str) -> str:
    """As problems count lines and columns: without a byte order mark, every line end a newline."""
    return text.replace("\r\n", "\n").replace("\r", "\n").removeprefix("\ufeff")


def _offset(text: str, line: int, column: int) -> int:
    lines = text.split("\n")
    if not (1 <= line <= len(lines) and 1 <= column <= len(lines[line - 1]) + 1):
        raise ValueError(f"The text has no line {line}, column {column}.")
    return sum(len(before) + 1 for before in lines[: line - 1]) + column - 1


def _line(lines: Lines, problem: Problem) -> str:
    return lines[problem.line - 1] if problem.line else ""


def _insert(label: str, line: int, text: str) -> Fix:
    return Fix(label, line, 1, line, 1, text)


def _replace(label: str, line: int, start: int, end: int, text: str) -> Fix:
    """Characters start to end of a line, counted from 0."""
    return Fix(label, line, start + 1, line, end + 1, text)


def _remove_line(label: str, lines: Lines, line: int) -> Fix:
    if line < len(lines):
        return Fix(label, line, 1, line + 1, 1, "")
    return Fix(label, max(line - 1, 1), len(lines[line - 2]) + 1 if line > 1 else 1, line, len(lines[line - 1]) + 1, "")


def _swap_operator(lines: Lines, problem: Problem) -> Fix | None:
    line = _line(lines, problem)
    found = list(_SWAPPED.finditer(line))
    if len(found) != 1 or not problem.line or "===" in line or "#" in line:
        return None
    operator = f"{found[0][1]}="
    return _replace(f"Write {operator}", problem.line, *found[0].span(), operator)


def _double_equals(lines: Lines, problem: Problem) -> Fix | None:
    found = _SINGLE_EQUALS.fullmatch(_line(lines, problem))
    return _replace("Write ==", problem.line, *found.span(1), "==") if found and problem.line else None


def _mapping_to_word(lines: Lines, problem: Problem) -> Fix | None:
    found = _MAPPING.fullmatch(_line(lines, problem))
    if not found or not problem.line:
        return None
    word = f"{found[2]}={found[3]}"
    return _replace(f"Write {word}", problem.line, found.start(2), found.end(3), word)


def _add_pip(lines: Lines, problem: Problem) -> Fix | None:
    """A line above the section the problem points into."""
    for number in range(problem.line or 0, 0, -1):
        if found := _PIP_SECTION.fullmatch(lines[number - 1]):
            return _insert("Add “- pip”", number, f"{found[1]}- pip\n")
    return None


def _add_channel(lines: Lines, problem: Problem) -> Fix | None:
    if any(line.startswith("channels") for line in lines):
        return None
    places = [number for number, line in enumerate(lines, start=1) if line.rstrip() == "dependencies:"]
    return _insert("Add conda-forge", places[0], "channels:\n  - conda-forge\n") if len(places) == 1 else None


def _remove_double(lines: Lines, problem: Problem) -> Fix | None:
    """Only one of exactly two lines that are equal to the letter."""
    line = _line(lines, problem).rstrip()
    is_entry = problem.source == "requirements_file" or _ENTRY.fullmatch(line)
    twins = [number for number, other in enumerate(lines, start=1) if other.rstrip() == line]
    if not line or not is_entry or len(twins) != 2 or line.endswith("\\") or _is_continuation(lines, twins[1]):
        return None
    return _remove_line("Remove the second line", lines, twins[1])


def _is_continuation(lines: Lines, number: int) -> bool:
    return number > 1 and lines[number - 2].endswith("\\")


def _remove_matching(pattern: re.Pattern[str], label: str) -> Fixer:
    def remove(lines: Lines, problem: Problem) -> Fix | None:
        if not problem.line or not pattern.fullmatch(_line(lines, problem)) or _is_continuation(lines, problem.line):
            return None
        following = lines[problem.line] if problem.line < len(lines) else ""
        return None if following[:1].isspace() and following.strip() else _remove_line(label, lines, problem.line)

    return remove


def _encrypt(lines: Lines, problem: Problem) -> Fix | None:
    line = _line(lines, problem)
    if line.count("http://") != 1 or not problem.line or "#" in line:
        return None
    start = line.index("http://")
    return _replace("Use https", problem.line, start, start + len("http://"), "https://")


def _quote(lines: Lines, problem: Problem) -> Fix | None:
    """The word the problem points at, in a line whose quotes are all closed."""
    line, start = _line(lines, problem), (problem.column or 1) - 1
    found = _WORD.match(line, start)
    if not found or not problem.line or line.count('"') % 2 or line.count("'") % 2:
        return None
    return _replace("Put it in quotes", problem.line, *found.span(), f'"{found[0]}"')


_FIXERS: Mapping[str, Fixer] = {
    "channels-missing": _add_channel,
    "conda-mapping": _mapping_to_word,
    "conda-operator": _swap_operator,
    "conda-prefix": _remove_matching(_PREFIX, "Remove the line"),
    "dockerfile-frontend": _remove_matching(_SYNTAX, "Remove the line"),
    "dockerfile-redirect": _quote,
    "duplicate": _remove_double,
    "index-http": _encrypt,
    "pip-missing": _add_pip,
    "pip-single-equals": _double_equals,
    "trusted-host": _remove_matching(_TRUSTED, "Remove the line"),
}
