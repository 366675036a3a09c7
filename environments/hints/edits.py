"""The edit that mends a definition, where the failure leaves no doubt which one that is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from environments.hints.names import is_surely
from environments.hints.places import instruction_lines
from environments.hints.refining import UPDATE

APT_INSTALL = r"\bapt-get install\b"


@dataclass(frozen=True, slots=True)
class Edit:
    """What is done, in which line, and the text with it done."""

    label: str
    line: int
    text: str


def edit_of(text: str, step: str, code: str, values: Mapping[str, str]) -> Edit | None:
    """The edit of a definition's text; None unless exactly one place looks as expected."""
    wanted = _wanted(code, values)
    if wanted is None:
        return None
    pattern, new, label = wanted
    lines = text.splitlines(keepends=True)
    where = instruction_lines([line.rstrip("\n") for line in lines], step) or range(1, len(lines) + 1)
    found = [(number, hit) for number in where for hit in re.finditer(pattern, _code(lines[number - 1]))]
    if len(found) != 1:
        return None
    number, hit = found[0]
    if code == "build-apt-package" and any(UPDATE.search(_code(earlier)) for earlier in lines[: number - 1]):
        return None  # the lists of that step are there: the name is wrong
    line = lines[number - 1]
    lines[number - 1] = f"{line[: hit.start()]}{new}{line[hit.end() :]}"
    return Edit(label, number, "".join(lines))


def _wanted(code: str, values: Mapping[str, str]) -> tuple[str, str, str] | None:
    """(pattern of what stands there, what is to stand there, what that does)"""
    near = values.get("near", "")
    if name := values.get("instead") or (near if is_surely(values.get("name", ""), near) else ""):
        return rf"(?<![\w./-]){re.escape(values['name'])}(?![\w/-])", name, f"Write “{name}”"
    if code == "build-asks":
        return rf"{APT_INSTALL}(?!.*\s(?:-[a-z]*y|--yes|--assume-yes)\b)", "apt-get install -y", "Add -y"
    if code == "build-no-venv":
        return r"\buv pip install\b", "uv pip install --system", "Add --system"
    if code in ("build-apt-package", "build-apt-stale") and "lists" in values:
        return APT_INSTALL, "apt-get update && apt-get install", "Add apt-get update"
    return None


def _code(line: str) -> str:
    """The line, or nothing of one that is a comment."""
    return "" if line.lstrip().startswith("#") else line
