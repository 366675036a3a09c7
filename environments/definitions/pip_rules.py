"""Lint rules for pip requirements, in a file of their own or in a conda file."""

from collections import Counter
from collections.abc import Iterator

from packaging.utils import canonicalize_name

from environments.definitions.asked import pip_requirements
from environments.definitions.model import Problem
from environments.definitions.requirements import requirement_name
from environments.definitions.specs import spec_name
from environments.definitions.subject import Subject

_PINS = ("==", "@", "~=", "://")


def check_versions(subject: Subject) -> Iterator[Problem]:
    for line in pip_requirements(subject.definition):
        requirement = line.partition(";")[0].partition(" --")[0]
        if requirement_name(line) and not any(sign in requirement for sign in (*_PINS, "<", ">")):
            message = f"“{requirement}” has no version, so each lock may bring another one."
            yield subject.tell("unpinned", message, f"Write {requirement}==… with the version you tested.", line)


def check_doubles(subject: Subject) -> Iterator[Problem]:
    """One package on several lines; markers may make that right, so lines with one are left alone."""
    lines = [line for line in pip_requirements(subject.definition) if ";" not in line]
    counted = Counter(requirement_name(line) for line in lines)
    for line in lines:
        name = requirement_name(line)
        if name and counted.pop(name, 1) > 1:
            yield subject.tell("duplicate", f"“{name}” is listed more than once.", "Keep one line.", line)


def check_both(subject: Subject) -> Iterator[Problem]:
    """A package that conda and pip are both asked for."""
    conda = subject.definition.conda
    specs = {canonicalize_name(spec_name(spec)): spec for spec in conda.dependencies} if conda else {}
    for line in pip_requirements(subject.definition):
        name = requirement_name(line)
        if name and name in specs:
            message = f"“{name}” is asked for from conda and from pip, which will overwrite each other's files."
            yield subject.tell("duplicate-across", message, "Keep one of the two lines.", line)


def check_indexes(subject: Subject) -> Iterator[Problem]:
    for line in pip_requirements(subject.definition):
        if line.startswith("-") and "http://" in line:
            message = "This index is read without encryption: anyone on the way can change what is installed."
            yield subject.tell("index-http", message, "Use its https address.", line)
        if line.startswith("--trusted-host"):
            message = "“--trusted-host” is not heeded here: certificates are always checked."
            yield subject.tell("trusted-host", message, "Remove it; an administrator can trust a site's CA.", line)
        if line.startswith("--extra-index-url"):
            message = "A name missing on your own index may be taken from the other one by a stranger."
            yield subject.tell("extra-index", message, "Use one index that mirrors what you need.", line)


RULES = (check_versions, check_doubles, check_both, check_indexes)
