"""What a definition asks for, sorted by who installs it."""

from collections import defaultdict
from collections.abc import Iterable

from packaging.utils import canonicalize_name

from environments.definitions.model import Definition, Kind
from environments.definitions.requirement_lines import CONSTRAINT
from environments.definitions.requirements import requirement_name
from environments.definitions.specs import spec_condition, spec_name

_OURS = frozenset({"python", "pip"})  # the base image brings the first, the studio's installer stands in for the second

_MANAGERS = frozenset({"conda", "pip"})


def python_requirement(definition: Definition) -> str | None:
    """The Python a conda file asks for: "3.11" for `python=3.11` and `python=3.11.*`, else conda's condition.

    None where it asks for none. Several conditions are joined with commas; python_satisfies reads the result.
    """
    versions = [spec_condition(spec) for spec in _dependencies(definition) if spec_name(spec) == "python"]
    return ",".join(_plain(version) for version in versions if version.strip("*")) or None


def pip_requirements(definition: Definition) -> tuple[str, ...]:
    """The requirement lines and options for pip, in the order written; constraints as `-c name<2`, see constraints."""
    if definition.kind == Kind.CONDA and definition.conda:
        return definition.conda.pip
    return definition.requirements


def packages_asked(definition: Definition) -> set[tuple[str, str]]:
    """(manager, name) of each package that the definition names."""
    names = {("pip", str(canonicalize_name(requirement_name(line)))) for line in pip_requirements(definition)}
    return names | {("conda", spec_name(spec)) for spec in _dependencies(definition)}


def found_as_asked(asked: set[tuple[str, str]], held: Iterable[tuple[str, str]]) -> set[tuple[str, str]]:
    """Which (manager, name) of an image's packages are those of packages_asked(), whatever brought them.

    Where the manager that was asked has none of the name, the other's counts: a base image may hold from conda what a
    file asks of pip.
    """
    found = defaultdict(set)
    for manager, name in held:
        if manager in _MANAGERS:
            found[canonicalize_name(name)].add((manager, name))
    named = [(manager, found[canonicalize_name(name)]) for manager, name in asked]
    return {one for manager, there in named for one in {one for one in there if one[0] == manager} or there}


def constraints(lines: tuple[str, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Requirement lines sorted into those to install, and the bare requirements that only limit their versions.

    The second go to a file of their own: pip and uv read `-c` as the name of a file.
    """
    limits = tuple(line.removeprefix(CONSTRAINT) for line in lines if line.startswith(CONSTRAINT))
    return tuple(line for line in lines if not line.startswith(CONSTRAINT)), limits


def conda_packages(definition: Definition) -> tuple[str, ...]:
    """The match specifications besides python and pip."""
    return tuple(spec for spec in _dependencies(definition) if spec_name(spec) not in _OURS)


def _dependencies(definition: Definition) -> tuple[str, ...]:
    return definition.conda.dependencies if definition.conda else ()


def _plain(condition: str) -> str:
    series = condition.removesuffix(".*")
    return series if series.replace(".", "").isdigit() and series != condition else condition
