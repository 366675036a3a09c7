"""What changed between two versions: between their packages, and between their definitions."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Protocol

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from environments.definitions.asked import pip_requirements
from environments.definitions.model import Conda, Definition
from environments.definitions.requirements import requirement_name
from environments.definitions.specs import spec_name
from environments.diffing.text import TextRow, diff_text

__all__ = [
    "CONTEXT",
    "DefinitionChange",
    "PackageChange",
    "PackageLike",
    "TextRow",
    "diff_definitions",
    "diff_packages",
    "diff_text",
    "package_key",
]

CONTEXT = "Build context"  # the label of the digest over a context's files
# Managers whose versions compare by PEP 440, conda's nearly so; dpkg's follow rules of their own.
_COMPARABLE = frozenset({"pip", "conda"})


class PackageLike(Protocol):
    """A package in an image; rows of the database and the engine's values both are."""

    @property
    def manager(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def version(self) -> str: ...


@dataclass(frozen=True, slots=True)
class PackageChange:
    """One package that differs. `kind` is added, removed, up, down, or changed where versions have no known order.

    `component` is the index of the first dot-separated part of the version that differs: 1 for 1.26.4 and 1.27.0.
    """

    kind: str
    manager: str
    name: str
    old: str
    new: str
    component: int = 0


@dataclass(frozen=True, slots=True)
class DefinitionChange:
    """One thing asked for differently; "" stands for what one side does not have."""

    label: str
    old: str
    new: str


def diff_packages(old: Iterable[PackageLike], new: Iterable[PackageLike]) -> list[PackageChange]:
    """Every package that differs, sorted by manager and name. Several versions of one name count as one, joined."""
    before, after = _by_name(old), _by_name(new)
    keys = sorted(before.keys() | after.keys())
    return [
        _package_change(key, before.get(key, ""), after.get(key, ""))
        for key in keys
        if before.get(key) != after.get(key)
    ]


def diff_definitions(old: Definition, new: Definition) -> list[DefinitionChange]:
    """Every difference between two definitions, [] if and only if they are equal."""
    before, after = dict(_parts(old)), dict(_parts(new))
    labels = list(dict.fromkeys([*before, *after]))
    changes = [DefinitionChange(label, before.get(label, ""), after.get(label, "")) for label in labels]
    return [change for change in changes if change.old != change.new] + list(_order_changes(old, new))


def package_key(package: PackageLike) -> tuple[str, str]:
    """(manager, name) as one counts packages: what pip takes for one name is one name."""
    name = canonicalize_name(package.name) if package.manager == "pip" else package.name
    return package.manager, name


def _by_name(packages: Iterable[PackageLike]) -> dict[tuple[str, str], str]:
    versions: dict[tuple[str, str], set[str]] = defaultdict(set)
    for package in packages:
        versions[package_key(package)].add(package.version)
    return {key: ", ".join(sorted(found)) for key, found in versions.items()}


def _package_change(key: tuple[str, str], old: str, new: str) -> PackageChange:
    manager, name = key
    if not old or not new:
        return PackageChange("added" if new else "removed", manager, name, old, new)
    pairs = zip(old.split("."), new.split("."), strict=False)
    component = sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], pairs))
    # One may be the beginning of the other (1.2 and 1.2.1): then the last common part is where they part.
    component = min(component, old.count("."), new.count("."))
    return PackageChange(_direction(manager, old, new), manager, name, old, new, component)


def _direction(manager: str, old: str, new: str) -> str:
    if manager not in _COMPARABLE:
        return "changed"
    try:
        before, after = Version(old), Version(new)
    except InvalidVersion:
        return "changed"
    return "changed" if before == after else "up" if before < after else "down"


def _parts(definition: Definition) -> Iterator[tuple[str, str]]:
    """Every part of a definition as (label, text), one for each package, channel list, variable and route."""
    conda = definition.conda or Conda()
    yield "Kind", definition.kind.value
    yield "Base image", definition.image
    yield "Conda file", "yes" if definition.conda is not None else ""
    yield "Channels", ", ".join(conda.channels)
    yield from _grouped("Conda package", ((spec_name(spec), spec) for spec in conda.dependencies))
    yield from _grouped("pip package", ((_requirement_label(line), line) for line in pip_requirements(definition)))
    yield from ((f"Variable {name}", value or "(empty)") for name, value in conda.variables.items())
    if definition.context:
        yield CONTEXT, definition.context.digest
        yield "Dockerfile path", definition.context.dockerfile_path
        yield from ((f"Build argument {name}", value or "(empty)") for name, value in definition.context.args.items())
    yield "Operating system", definition.os_type
    for name, route in definition.inference_config.items():
        yield f"Inference {name.replace('_', ' ')}", _route(route)


def _grouped(label: str, pairs: Iterable[tuple[str, str]]) -> Iterator[tuple[str, str]]:
    groups: dict[str, list[str]] = defaultdict(list)
    for name, line in pairs:
        groups[name].append(line)
    yield from ((f"{label} {name}", ", ".join(lines)) for name, lines in groups.items())


def _requirement_label(line: str) -> str:
    """The package's name; options go by their own, addresses without a name as they are."""
    if line.startswith("-"):
        return line.replace("=", " ").split(" ")[0]
    return requirement_name(line) or line


def _route(route: object) -> str:
    if isinstance(route, Mapping):
        return f"port {route.get('port')}, path {route.get('path')}"
    return str(route)


def _order_changes(old: Definition, new: Definition) -> Iterator[DefinitionChange]:
    """The same lines in another order: it can change what is installed, so it makes another definition."""
    lists = {
        "Order of conda packages": lambda value: (value.conda or Conda()).dependencies,
        "Order of pip packages": pip_requirements,
    }
    for label, lines in lists.items():
        before, after = lines(old), lines(new)
        if before != after and sorted(before) == sorted(after):
            yield DefinitionChange(label, ", ".join(before), ", ".join(after))
