"""The packages a definition names, as rows for people: what, which versions, and from where."""

from collections.abc import Iterator
from dataclasses import dataclass

from packaging.requirements import Requirement

from environments.definitions.addresses import is_address
from environments.definitions.asked import pip_requirements
from environments.definitions.model import Definition
from environments.definitions.requirements import requirement_name
from environments.definitions.specs import spec_name, spec_version

ANY = "any"


@dataclass(frozen=True, slots=True)
class Wanted:
    """One package asked for; `versions` is the condition as written, "any" without one."""

    name: str
    versions: str
    source: str


def wanted_packages(definition: Definition) -> tuple[Wanted, ...]:
    """Every package in the order written; options such as --index-url name none."""
    return (*_from_conda(definition), *_from_pip(definition))


def _from_conda(definition: Definition) -> Iterator[Wanted]:
    if definition.conda:
        default = definition.conda.channels[0] if definition.conda.channels else "conda"
        for spec in definition.conda.dependencies:
            channel, separator, _ = spec.partition("::")
            yield Wanted(spec_name(spec), spec_version(spec) or ANY, channel.strip() if separator else default)


def _from_pip(definition: Definition) -> Iterator[Wanted]:
    for line in pip_requirements(definition):
        if not line.startswith("-"):
            yield Wanted(requirement_name(line) or line, _condition(line.partition(" --")[0]), "pip")


def _condition(requirement: str) -> str:
    if is_address(requirement):
        return "this address"
    read = Requirement(requirement)
    versions = "this address" if read.url else str(read.specifier) or ANY
    return f"{versions} where {read.marker}" if read.marker else versions
