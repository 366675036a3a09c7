"""References to environments as Azure ML writes them, and to versions of any workspace as the studio does."""

import re
from dataclasses import dataclass

from environments.definitions.model import DefinitionError, Problem, Severity
from environments.definitions.names import check_name, check_version_name

LATEST = "latest"  # the only label there is
SCHEME = "azureml:"
VERSION_ANYWHERE = re.compile(r"(?P<ws>[^/:]+)/(?P<env>[^/:]+):(?P<version>[^/:]+)")  # workspace/environment:version

_REGISTRY_START = "azureml://registries/"
_REMEDY = "Write azureml:NAME:VERSION, azureml:NAME@latest or azureml://registries/REGISTRY/environments/NAME/versions/VERSION."


@dataclass(frozen=True, slots=True)
class Reference:
    """An environment and either one of its versions or a label, maybe in a registry."""

    name: str
    version: str | None = None
    label: str | None = None
    registry: str | None = None

    def __str__(self) -> str:
        if self.registry:
            end = f"versions/{self.version}" if self.version else f"labels/{self.label}"
            return f"{_REGISTRY_START}{self.registry}/environments/{self.name}/{end}"
        return SCHEME + self.name + (f":{self.version}" if self.version else f"@{self.label}")


def parse_reference(text: str) -> Reference:
    """Read a reference; `azureml:` may be left out before NAME:VERSION and NAME@latest.

    Raises DefinitionError (code `reference`) for anything else.
    """
    text = text.strip()
    reference = _in_registry(text) if text.startswith(_REGISTRY_START) else _in_workspace(text.removeprefix(SCHEME))
    if reference is None or not _is_sound(reference):
        message = f"“{text[:80]}” is no reference to an environment."
        raise DefinitionError(Problem("reference", Severity.ERROR, message, _REMEDY, "reference"))
    return reference


def _in_workspace(text: str) -> Reference | None:
    name, at, label = text.partition("@")
    if at:
        return Reference(name, label=label)
    name, colon, version = text.partition(":")
    return Reference(name, version=version) if colon else None


def _in_registry(text: str) -> Reference | None:
    """`environment` in the singular is how part of Azure's documentation writes it."""
    parts = text.removeprefix(_REGISTRY_START).split("/")
    if len(parts) != 5 or parts[1] not in {"environments", "environment"} or not parts[0]:
        return None
    registry, _, name, kind, value = parts
    if kind == "versions":
        return Reference(name, version=value, registry=registry)
    return Reference(name, label=value, registry=registry) if kind == "labels" else None


def _is_sound(reference: Reference) -> bool:
    is_version = reference.version is not None and not check_version_name(reference.version)
    registry_problems = check_name(reference.registry, curated=True) if reference.registry else []
    is_named = not check_name(reference.name, curated=True) and not registry_problems
    return is_named and (is_version or reference.label == LATEST)
