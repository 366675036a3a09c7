"""What a definition asks for, sorted by who installs it."""

from environments.definitions.model import Definition, Kind
from environments.definitions.specs import spec_name, spec_version

_OURS = frozenset({"python", "pip"})  # the base image brings the first, the studio's installer stands in for the second


def python_requirement(definition: Definition) -> str | None:
    """The Python a conda file asks for: "3.11" for `python=3.11` and `python=3.11.*`, else the condition as written.

    None where it asks for none. Several conditions are joined with commas; python_satisfies reads the result.
    """
    versions = [spec_version(spec) for spec in _dependencies(definition) if spec_name(spec) == "python"]
    return ",".join(_plain(version) for version in versions if version) or None


def pip_requirements(definition: Definition) -> tuple[str, ...]:
    """The requirement lines and options for pip, in the order written."""
    if definition.kind == Kind.CONDA and definition.conda:
        return definition.conda.pip
    return definition.requirements


def conda_packages(definition: Definition) -> tuple[str, ...]:
    """The match specifications besides python and pip."""
    return tuple(spec for spec in _dependencies(definition) if spec_name(spec) not in _OURS)


def _dependencies(definition: Definition) -> tuple[str, ...]:
    return definition.conda.dependencies if definition.conda else ()


def _plain(version: str) -> str:
    """`=3.11`, `=3.11.*` and `3.11.*` mean the 3.11 series; a build string after the version is left out."""
    is_fuzzy = version[0].isdigit() or (version.startswith("=") and not version.startswith("=="))
    if not is_fuzzy:
        return version.replace(" ", "")
    series = version.removeprefix("=").strip().replace("=", " ").split(" ")[0]
    return series.removesuffix("*").removesuffix(".")
