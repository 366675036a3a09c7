"""Which Python an environment has, and whether one is what was asked for."""

import re

from packaging.specifiers import InvalidSpecifier, SpecifierSet

from environments.definitions.asked import conda_packages, python_requirement
from environments.definitions.model import Definition, Kind

_PYTHON_IMAGE = re.compile(r"(?:docker\.io/)?(?:library/)?python:([0-9]{1,3}\.[0-9]{1,3})(?![0-9])")
_RELEASES = range(40)  # of a series, more than there ever were


def python_of_image(reference: str) -> str:
    """The series of Python that an image has by its name: "3.11" for python:3.11-slim, "" if that tells none."""
    found = _PYTHON_IMAGE.match(reference)
    return found[1] if found else ""


def python_told(definition: Definition) -> str:
    """Which Python a version will have, in a sentence, as far as is known before a build; "" where no file asks."""
    if definition.kind not in (Kind.CONDA, Kind.PIP):
        return ""
    series = python_of_image(definition.image)
    of_base = f"Python {series} of the base image" if series else "Python of the base image"
    wanted = python_requirement(definition)
    if conda_packages(definition):
        if wanted:
            return f"Python {wanted} will be used, which conda brings. The {of_base} is not."
        return f"The newest Python that these conda packages work with will be used; if none needs one, the {of_base}."
    if not wanted:
        return f"The {of_base} will be used."
    fits = {python_satisfies(wanted, f"{series}.{patch}") for patch in _RELEASES} if series else {True, False}
    if fits == {True}:
        return f"The {of_base} will be used."
    if fits == {False}:
        return f"Python {wanted} will be used, which conda brings. The {of_base} is not."
    return f"The {of_base} will be used if it is {wanted}. If not, conda brings one that is."


def python_satisfies(wanted: str, found: str) -> bool:
    """Whether Python `found` ("3.11.2") is what `wanted` asks for in conda's way: `3.11`, `=3.11`, `>=3.9,<3.12`.

    A bare or single-`=` version means that release series (conda's fuzzy match); `|` separates alternatives.
    """
    return any(_satisfies(alternative, found) for alternative in wanted.split("|"))


def _satisfies(wanted: str, found: str) -> bool:
    try:
        return SpecifierSet(",".join(_as_pip_writes(part.strip()) for part in wanted.split(","))).contains(found)
    except InvalidSpecifier:
        return False


def _as_pip_writes(part: str) -> str:
    if part.startswith("=") and not part.startswith("=="):
        part = part[1:]
    if part[:1].isdigit():
        return f"=={part.removesuffix('*').removesuffix('.')}.*"
    return part
