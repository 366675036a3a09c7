"""One text and one digest for equal definitions."""

import hashlib
import json
from typing import Any

from environments.definitions.model import Conda, Context, Definition, Kind

FORMAT = 1  # raised when the canonical form changes; older texts must stay readable, for versions keep them


def canonical(definition: Definition) -> str:
    """JSON with sorted keys, without spaces or what is empty. List order is kept: it can change what gets installed."""
    value = {"format": FORMAT, "kind": definition.kind.value, "os_type": definition.os_type}
    parts = {
        "image": definition.image,
        "conda": _conda(definition.conda),
        "requirements": list(definition.requirements),
        "context": _context(definition.context),
        "inference_config": dict(definition.inference_config),
    }
    present = {name: part for name, part in parts.items() if part}
    return json.dumps(value | present, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def from_canonical(text: str) -> Definition:
    """The definition a canonical text was made from. Raises ValueError for one of another format."""
    value: dict[str, Any] = json.loads(text)
    if value.get("format") != FORMAT:
        raise ValueError("This canonical definition is of another format.")
    conda, context = value.get("conda"), value.get("context")
    return Definition(
        kind=Kind(value["kind"]),
        image=value.get("image", ""),
        conda=None if conda is None else _read_conda(conda),
        requirements=tuple(value.get("requirements", ())),
        context=Context(**context) if context else None,
        os_type=value["os_type"],
        inference_config=value.get("inference_config", {}),
    )


def definition_digest(definition: Definition) -> str:
    """The SHA-256 of the canonical text, as 64 hexadecimal digits."""
    return hashlib.sha256(canonical(definition).encode()).hexdigest()


def _conda(conda: Conda | None) -> dict[str, Any]:
    if conda is None:
        return {}
    lists = {"channels": conda.channels, "dependencies": conda.dependencies, "pip": conda.pip}
    return {name: list(values) for name, values in lists.items()} | {"variables": dict(conda.variables)}


def _read_conda(value: dict[str, Any]) -> Conda:
    lists = {name: tuple(value[name]) for name in ("channels", "dependencies", "pip")}
    return Conda(variables=value["variables"], **lists)


def _context(context: Context | None) -> dict[str, Any]:
    if context is None:
        return {}
    place = {"digest": context.digest, "dockerfile_path": context.dockerfile_path}
    return place | ({"args": dict(context.args)} if context.args else {})
