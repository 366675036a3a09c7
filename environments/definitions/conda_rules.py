"""Lint rules for conda files, after the checks that Azure ML publishes for its environments."""

import re
from collections import Counter
from collections.abc import Iterator

from environments.definitions.conda import KEYS
from environments.definitions.model import Conda, Problem
from environments.definitions.specs import spec_name, spec_version
from environments.definitions.subject import Subject

OLDEST_PYTHON = (3, 11)  # the oldest series its developers still mend (devguide.python.org/versions, November 2026)

_SERIES = re.compile(r"[=>~]{0,2}\s*([0-9]{1,3})\.([0-9]{1,3})(?![0-9])")


def _conda(subject: Subject) -> Conda:
    return subject.definition.conda or Conda()


def check_python(subject: Subject) -> Iterator[Problem]:
    specs = [spec for spec in _conda(subject).dependencies if spec_name(spec) == "python"]
    if not specs:
        message = "No Python version is asked for, so the base image decides."
        yield subject.warn("python-missing", message, "Add python=3.11 or the version you need.", "dependencies:")
    for spec in specs[1:]:
        yield subject.warn("python-several", "Python is asked for more than once.", "Keep one line.", spec)
    for spec in specs:
        found = _SERIES.match(spec_version(spec))
        if found and (int(found[1]), int(found[2])) < OLDEST_PYTHON:
            message = f"Python {found[1]}.{found[2]} gets no security updates any more."
            yield subject.warn("python-end-of-life", message, "Move to a newer Python when you can.", spec)


def check_channels(subject: Subject) -> Iterator[Problem]:
    channels = _conda(subject).channels
    if not channels:
        message = "No channel is named, so it is not said where packages come from."
        yield subject.warn("channels-missing", message, "Add “channels:” with conda-forge.")
    if {"defaults", "conda-forge"} <= set(channels):
        message = "The channels defaults and conda-forge are built apart and do not mix well."
        yield subject.warn("channels-mixed", message, "Keep one of the two.", "defaults")


def check_versions(subject: Subject) -> Iterator[Problem]:
    for spec in _conda(subject).dependencies:
        if not spec_version(spec) and spec_name(spec) not in {"python", "pip"} and "[" not in spec:
            message = f"“{spec}” has no version, so each lock may bring another one."
            yield subject.hint("unpinned", message, f"Write {spec}=… with the version you tested.", spec)


def check_pip(subject: Subject) -> Iterator[Problem]:
    conda = _conda(subject)
    has_pip = any(spec_name(spec) == "pip" for spec in conda.dependencies)
    if conda.pip and not has_pip:
        message = "The file has a “pip:” section but does not ask for pip itself."
        yield subject.warn("pip-missing", message, "Add “- pip” to the dependencies.", conda.pip[0])


def check_doubles(subject: Subject) -> Iterator[Problem]:
    counted = Counter(spec_name(spec) for spec in _conda(subject).dependencies)
    for spec in _conda(subject).dependencies:
        name = spec_name(spec)
        if counted.pop(name, 1) > 1 and name != "python":
            yield subject.warn("duplicate", f"“{name}” is listed more than once.", "Keep one line.", spec)


def check_keys(subject: Subject) -> Iterator[Problem]:
    for key in (about.removesuffix(":") for about in subject.marks if about.endswith(":")):
        if key == "prefix":
            message = "“prefix” names a folder of another computer and is not used."
            yield subject.hint("conda-prefix", message, "Remove it.", f"{key}:")
        elif key not in KEYS:
            message = f"“{key[:40]}” is no key of a conda file and is not used."
            yield subject.warn("conda-key", message, "Check its spelling, or remove it.", f"{key}:")


RULES = (check_python, check_channels, check_versions, check_pip, check_doubles, check_keys)
