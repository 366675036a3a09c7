"""Failures as they were: what pip, uv, conda, apt, shells, Python and the engine printed when they were provoked.

failures.txt holds them one after the other: `===` and what was built, `---` with the code, exit code and sentence that
are right, `!` before each line of the build's error where the log says nothing, `>` before the line that tells, and a
space before the lines around it.
"""

from dataclasses import dataclass, field
from pathlib import Path

import pytest

HERE = Path(__file__).parent


@dataclass
class Case:
    built: str
    code: str = ""
    exit_code: int | None = None
    sentence: str = ""
    error: list[str] = field(default_factory=list)
    lines: list[tuple[int, str]] = field(default_factory=list)
    telling: int = 0


def read_cases(name: str) -> list[pytest.param]:
    cases: list[Case] = []
    for line in (HERE / name).read_text().splitlines():
        mark, rest = line[:1], line[1:]
        if line.startswith("=== "):
            cases.append(Case(line[4:]))
        elif line.startswith("--- "):
            head, _, sentence = line[4:].partition(":")
            cases[-1].sentence = sentence.strip()
            cases[-1].code, exit_code = head.split()
            cases[-1].exit_code = None if exit_code == "-" else int(exit_code)
        elif mark == "!":
            cases[-1].error.append(rest)
        else:
            cases[-1].lines.append((len(cases[-1].lines) + 1, rest))
            cases[-1].telling = len(cases[-1].lines) if mark == ">" else cases[-1].telling
    return [pytest.param(case, id=f"{case.code}: {case.built[:60]}") for case in cases]
