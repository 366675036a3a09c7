"""An environment file as text again: Azure ML's YAML, complete in itself, its package lists inline."""

from collections.abc import Iterator, Mapping

from environments.definitions.conda import write_conda
from environments.definitions.model import Definition, Kind
from environments.definitions.parse import Document
from environments.definitions.scalars import block, quoted, scalar

SCHEMA = "https://azuremlschemas.azureedge.net/latest/environment.schema.json"
LONGEST_KEY = 1_000  # YAML looks no further for the “:” of a plain “key: value” line

_DEFAULT_DOCKERFILE = "Dockerfile"


def write_environment(document: Document) -> str:
    """The environment file that reads back as this document. A context's digest is not in it: its folder is."""
    definition = document.definition
    lines = [
        f"$schema: {SCHEMA}",
        *_texts({"name": document.name, "version": document.version, "description": document.description}),
        *_table("tags", document.tags),
        *_table("properties", document.properties),
        *_texts({"image": definition.image}),
        *_packages(document),
        *_build(document),
        *_texts({"os_type": definition.os_type.lower()}),
        *_routes(definition.inference_config),
    ]
    return "\n".join(lines) + "\n"


def _texts(values: Mapping[str, str], indent: str = "") -> Iterator[str]:
    """The values that are there, each on its line."""
    for key, value in values.items():
        if value:
            yield f"{indent}{key}: {scalar(value)}"


def _table(name: str, values: Mapping[str, str]) -> Iterator[str]:
    if not values:
        return
    yield f"{name}:"
    for key, value in values.items():
        if len(key) < LONGEST_KEY and "\n" not in key:
            yield f"  {scalar(key)}: {quoted(value)}"
        else:
            yield f"  ? {quoted(key)}\n  : {quoted(value)}"


def _packages(document: Document) -> Iterator[str]:
    definition = document.definition
    if definition.kind == Kind.CONDA:
        yield f"conda_file: {block(document.text or _conda_text(definition))}"
    elif definition.kind == Kind.PIP:
        lines = "".join(f"{line}\n" for line in definition.requirements)
        yield f"requirements_file: {block(document.text or lines or chr(10))}"


def _conda_text(definition: Definition) -> str:
    return write_conda(definition.conda) if definition.conda else "dependencies: []\n"


def _build(document: Document) -> Iterator[str]:
    context = document.definition.context
    if context is None:
        return
    yield "build:"
    yield f"  path: {scalar(document.build_path or '.')}"
    if context.dockerfile_path != _DEFAULT_DOCKERFILE:
        yield f"  dockerfile_path: {scalar(context.dockerfile_path)}"
    if context.args:
        yield "  # Azure ML knows no args of a build: for it, write them into the Dockerfile as defaults of ARG."
        yield "  args:"
        yield from (f"    {name}: {quoted(value)}" for name, value in sorted(context.args.items()))


def _routes(config: Mapping[str, object]) -> Iterator[str]:
    if not config:
        return
    yield "inference_config:"
    for name, route in sorted(config.items()):
        if isinstance(route, Mapping):
            yield f"  {name}:"
            yield f"    port: {route['port']}"
            yield f"    path: {quoted(str(route['path']))}"
