"""Lint rules for conda files, after the checks that Azure ML publishes for its environments."""

import re
from collections import Counter
from collections.abc import Iterator

from environments.definitions.asked import conda_packages
from environments.definitions.conda import KEYS
from environments.definitions.model import Conda, Problem
from environments.definitions.pythons import python_of_image
from environments.definitions.specs import spec_name, spec_version
from environments.definitions.subject import Subject

OLDEST_PYTHON = (3, 11)  # the oldest series its developers still mend (devguide.python.org/versions, November 2026)

# One condition on a version: numbers and dots, perhaps a pre-release, a star and a build string.
_CONDITION = re.compile(
    r"(?:[=!<>~]=?)?\s*(?:\*|[0-9]+(?:\.[0-9]+)*(?:[a-z]+[0-9]+)?(?:\.?\*)?(?:(?:=|\s+)[A-Za-z0-9_.*]+)?)"
)
_R_PACKAGES = frozenset({"r-base", "r-essentials"})
_ONE_SERIES = re.compile(r"(?:==?)?\s*([0-9]{1,3}\.[0-9]{1,3})(?![0-9])")
_SERIES = re.compile(r"[=>~]{0,2}\s*([0-9]{1,3})\.([0-9]{1,3})(?![0-9])")


def _conda(subject: Subject) -> Conda:
    return subject.definition.conda or Conda()


def check_python(subject: Subject) -> Iterator[Problem]:
    specs = [spec for spec in _conda(subject).dependencies if spec_name(spec) == "python"]
    if not specs:
        message = "No Python version is asked for, so the base image decides."
        yield subject.tell("python-missing", message, "Add python=3.11 or the version you need.", "dependencies:")
    for spec in specs[1:]:
        yield subject.tell("python-several", "Python is asked for more than once.", "Keep one line.", spec)
    for spec in specs:
        if spec_version(spec) and not all(map(_CONDITION.fullmatch, _conditions(spec_version(spec)))):
            message = f"“{spec[:60]}” names no version of Python."
            remedy = "Write it like python=3.11 or python>=3.11,<3.13."
            yield subject.tell("python-malformed", message, remedy, spec)
        found = _SERIES.match(spec_version(spec))
        if found and (int(found[1]), int(found[2])) < OLDEST_PYTHON:
            message = f"Python {found[1]}.{found[2]} gets no security updates any more."
            yield subject.tell("python-end-of-life", message, "Move to a newer Python when you can.", spec)


def _conditions(version: str) -> list[str]:
    return [part.strip() for part in version.replace("|", ",").split(",")]


def check_base_python(subject: Subject) -> Iterator[Problem]:
    """A file of pip packages for another Python than the base, where that one's name tells, has."""
    base = python_of_image(subject.definition.image)
    if not base or conda_packages(subject.definition):
        return
    for spec in (spec for spec in _conda(subject).dependencies if spec_name(spec) == "python"):
        asked = _ONE_SERIES.match(spec_version(spec))
        if asked and asked[1] != base:
            message = f"The base image has Python {base}, so conda is to bring Python {asked[1]} beside it."
            remedy = f"Ask for python={base}, or choose a base image with Python {asked[1]}."
            yield subject.tell("python-beside-base", message, remedy, spec)


def check_channels(subject: Subject) -> Iterator[Problem]:
    channels = _conda(subject).channels
    if not channels:
        message = "No channel is named, so it is not said where packages come from."
        yield subject.tell("channels-missing", message, "Add “channels:” with conda-forge.")
    if {"defaults", "conda-forge"} <= set(channels):
        message = "The channels defaults and conda-forge are built apart and do not mix well."
        yield subject.tell("channels-mixed", message, "Keep one of the two.", "defaults")


def check_versions(subject: Subject) -> Iterator[Problem]:
    for spec in _conda(subject).dependencies:
        if not spec_version(spec) and spec_name(spec) not in {"python", "pip"} and "[" not in spec:
            message = f"“{spec}” has no version, so each lock may bring another one."
            yield subject.tell("unpinned", message, f"Write {spec}=… with the version you tested.", spec)


def check_pip(subject: Subject) -> Iterator[Problem]:
    conda = _conda(subject)
    pips = [spec for spec in conda.dependencies if spec_name(spec) == "pip"]
    if conda.pip and not pips:
        message = "The file has a “pip:” section but does not ask for pip itself."
        yield subject.tell("pip-missing", message, "Add “- pip” to the dependencies.", conda.pip[0])
    for spec in pips:
        if not spec_version(spec):
            message = "pip has no version, and another pip may read the requirements otherwise."
            yield subject.tell("pip-unpinned", message, "Write pip=… with the version you use.", spec)


def check_order(subject: Subject) -> Iterator[Problem]:
    """The pip section belongs below what conda installs."""
    conda = _conda(subject)
    first = min((mark for line in conda.pip if (mark := subject.marks.get(line))), default=None)
    below = [spec for spec in conda.dependencies if first and subject.marks.get(spec, first) > first]
    if below:
        message = f"“{below[0][:60]}” stands below the “pip:” section, but conda installs it before."
        yield subject.tell("pip-not-last", message, "Move the “pip:” section to the end.", first or "")


def check_base(subject: Subject) -> Iterator[Problem]:
    mark = subject.marks.get("name:")
    if mark and subject.line(mark.line)[mark.column - 1 :].split("#")[0].split() == ["name:", "base"]:
        message = "The file names the environment “base”, in which conda itself lives."
        yield subject.tell("conda-base", message, "Give it a name of its own.", mark)


def check_content(subject: Subject) -> Iterator[Problem]:
    conda = _conda(subject)
    if not conda.dependencies and not conda.pip:
        message = "The conda file lists no dependency, so nothing is installed."
        yield subject.tell("conda-empty", message, "List what you need.", "dependencies:")
    for spec in conda.dependencies:
        if spec_name(spec) in _R_PACKAGES:
            message = "R is installed as the conda package it is; there is no section of its own for it."
            yield subject.tell("r-section", message, "Give it a version, and list R packages as r-….", spec)


def check_doubles(subject: Subject) -> Iterator[Problem]:
    counted = Counter(spec_name(spec) for spec in _conda(subject).dependencies)
    for spec in _conda(subject).dependencies:
        name = spec_name(spec)
        if counted.pop(name, 1) > 1 and name != "python":
            yield subject.tell("duplicate", f"“{name}” is listed more than once.", "Keep one line.", spec)


def check_keys(subject: Subject) -> Iterator[Problem]:
    for key in (about.removesuffix(":") for about in subject.marks if about.endswith(":")):
        if key == "prefix":
            message = "“prefix” names a folder of another computer and is not used."
            yield subject.tell("conda-prefix", message, "Remove it.", f"{key}:")
        elif key == "r":
            message = "“r” is no key of a conda file: R is the package r-base."
            yield subject.tell("r-section", message, "List r-base and r-… packages as dependencies.", "r:")
        elif key not in KEYS:
            message = f"“{key[:40]}” is no key of a conda file and is not used."
            yield subject.tell("conda-key", message, "Check its spelling, or remove it.", f"{key}:")


RULES = (
    check_python,
    check_base_python,
    check_channels,
    check_versions,
    check_pip,
    check_order,
    check_base,
    check_content,
    check_doubles,
    check_keys,
)
