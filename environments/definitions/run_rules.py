"""Lint rules for what the RUN instructions of a Dockerfile do."""

import re
from collections.abc import Iterator

from environments.definitions.model import Problem
from environments.definitions.subject import Subject
from environments.definitions.text import Mark

MAX_LINE = 10_000  # characters of a physical line that are looked at

_INSTALLS = re.compile(r"\b(?:pip[0-9.]*|conda|mamba|micromamba)\s+install\b")
# Quoted words are matched to be stepped over; a quote that stays open runs to the end.
_QUOTED_OR_WORD = re.compile(r""""(?:[^"\\]|\\.)*+"?|'[^']*+'?|(?P<word>[^\s"'\\;&|()]+)""")
_CONDITION = re.compile(r"[A-Za-z][A-Za-z0-9._-]*(?:\[[A-Za-z0-9,._-]*\])?[<>]=?[0-9][A-Za-z0-9.*,<>=!]*")
_ACTIVATE = re.compile(r"\bconda activate\b")
_SET_UP = re.compile(r"conda\.sh|conda shell\.|shell hook|bash -[a-z]{0,8}[li]|\.bashrc|activate'?\s*>>")
_CONDA_ASKS = re.compile(r"\b(?:conda|mamba)\s+(?:create|install|update|remove)\b(?P<rest>[^&|;]*)")
_ANSWERS = re.compile(r"(?:^|\s)(?:-[a-z]{0,8}y[a-z]{0,8}|--yes|--dry-run)(?:\s|$)")
_CHANGES_BASE = re.compile(r"\bconda\s+(?:env\s+)?(?:install|update)\b[^&|;]{0,500}\s(?:-n|--name)[ =]base\b")
_UPGRADES = re.compile(
    r"\bapt(?:-get)?\s+(?:-\S{1,30}\s+){0,5}(?:dist-|full-)?upgrade\b|\bconda\s+update\b[^&|;]{0,500}\s--all\b"
)


def check_redirections(subject: Subject) -> Iterator[Problem]:
    """`pip install numpy>=1.2`: the shell takes what follows “>” for the name of a file."""
    lines = subject.dockerfile.lines if subject.dockerfile else ()
    for run in subject.instructions("RUN"):
        for number in range(run.first, run.last + 1) if _INSTALLS.search(run.arguments) else ():
            for word, column in _conditions(lines[number - 1]):
                message = f"The shell takes “{word[:60]}” for a redirection, so the condition is lost."
                yield subject.tell("dockerfile-redirect", message, f'Write "{word[:60]}".', Mark(number, column))


def check_activation(subject: Subject) -> Iterator[Problem]:
    shells = [
        found.first for found in subject.instructions("SHELL") if "conda" in found.arguments or "-l" in found.arguments
    ]
    for run in subject.instructions("RUN"):
        is_set_up = _SET_UP.search(run.arguments) or any(line < run.first for line in shells)
        if _ACTIVATE.search(run.arguments) and not is_set_up:
            message = "“conda activate” fails here, for conda has not been set up in the shell of a RUN."
            yield subject.tell("conda-activate", message, "Use conda run -n NAME … instead.", run.first)


def check_answers(subject: Subject) -> Iterator[Problem]:
    for run in subject.instructions("RUN"):
        if any(not _ANSWERS.search(found["rest"]) for found in _CONDA_ASKS.finditer(run.arguments)):
            message = "conda asks before it goes on, and nobody answers in a build."
            yield subject.tell("conda-asks", message, "Add -y.", run.first)


def check_base_environment(subject: Subject) -> Iterator[Problem]:
    for run in subject.instructions("RUN"):
        if _CHANGES_BASE.search(run.arguments):
            message = "This changes the environment “base”, in which conda itself lives."
            yield subject.tell("conda-base", message, "Make an environment of your own with conda create.", run.first)


def check_upgrades(subject: Subject) -> Iterator[Problem]:
    for run in subject.instructions("RUN"):
        if _UPGRADES.search(run.arguments):
            message = "Everything is upgraded to whatever there is on the day of the build."
            yield subject.tell("upgrade-all", message, "Move to a newer base image instead.", run.first)


def _conditions(line: str) -> Iterator[tuple[str, int]]:
    """Unquoted words such as numpy>=1.2 with their columns; nothing after a comment sign."""
    for found in _QUOTED_OR_WORD.finditer(line[:MAX_LINE]):
        word = found["word"] or ""
        if word.startswith("#"):
            return
        if _CONDITION.fullmatch(word):
            yield word, found.start() + 1


RULES = (check_redirections, check_activation, check_answers, check_base_environment, check_upgrades)
