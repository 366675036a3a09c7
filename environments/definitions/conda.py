"""Conda environment files, read without conda: `name`, `channels`, `dependencies` with `pip:`, `variables`.

MLflow's python_env.yaml is read as the conda file it stands for.
"""

import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from environments.definitions.findings import Findings, refusal
from environments.definitions.guard import Items, Node, Scalar, Table, read_yaml
from environments.definitions.includes import Includes
from environments.definitions.lists import read_items
from environments.definitions.mlflow import is_python_env, python_env_marks, read_python_env
from environments.definitions.model import Conda, DefinitionError
from environments.definitions.requirement_lines import tidy
from environments.definitions.requirements import read_requirements
from environments.definitions.scalars import quoted, scalar
from environments.definitions.specs import check_channel, check_spec, tidy_spec
from environments.definitions.text import Mark, clean_text

SOURCE = "conda_file"
KEYS = frozenset({"name", "channels", "dependencies", "variables", "prefix"})

_AZURE_KEYS = frozenset({"image", "build", "conda_file"})
_INSTALLS = frozenset({"channels", "dependencies"})
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_REQUIREMENT_LINE = re.compile(r"[A-Za-z0-9._-]+(\[[A-Za-z0-9._, -]*\])?\s*(;|@|[=<>!~]=|[<>]|$)|--?[a-z]")


def parse_conda(text: str, source: str = SOURCE, includes: Includes | None = None) -> Conda:
    """Read a conda environment file; every value is kept as written. Raises DefinitionError.

    `includes` holds the files its pip lines may name.
    """
    text = clean_text(text, source)
    try:
        root = read_yaml(text, source)
    except DefinitionError:
        _refuse_requirements(text, source)
        raise
    if not isinstance(root, Table):
        _refuse_requirements(text, source)
    return read_conda(root, source, includes)


def read_conda(root: Node, source: str, includes: Includes | None = None) -> Conda:
    """Read a conda environment that stands in a YAML tree. Raises DefinitionError."""
    findings = Findings(source)
    includes = includes or Includes()
    if isinstance(root, Table) and is_python_env(root):
        conda = read_python_env(root, findings, includes)
    elif isinstance(root, Table) and not _is_another_file(root):
        conda = _read(root, findings, includes)
    else:
        raise _not_conda(root, source)
    findings.raise_if_any()
    return conda


def write_conda(conda: Conda) -> str:
    """A conda environment file that reads back as this value; the same text for equal values."""
    lines = [*_written_list("channels", conda.channels, "  ")]
    if conda.dependencies or conda.pip:
        lines += ["dependencies:", *(f"  - {scalar(spec)}" for spec in conda.dependencies)]
        lines += [f"  {line}" for line in _written_list("- pip", conda.pip, "    ")]
    if conda.variables:
        lines += ["variables:", *(f"  {name}: {quoted(value)}" for name, value in conda.variables.items())]
    return "\n".join(lines or ["dependencies: []"]) + "\n"


def conda_marks(text: str) -> Mapping[str, Mark]:
    """Where each top-level key (as `key:`), channel, dependency and pip line stands; of equal ones the first."""
    root = read_yaml(text)
    marks: dict[str, Mark] = {}
    if isinstance(root, Table):
        keys = {f"{key}:": mark for key, mark in root.marks.items()}
        marks = python_env_marks(root) if is_python_env(root) else keys
        for scalar in _scalars(root):
            marks.setdefault(tidy(scalar.value), scalar.mark)
            marks.setdefault(tidy_spec(scalar.value), scalar.mark)
    return MappingProxyType(marks)


def _read(root: Table, findings: Findings, includes: Includes) -> Conda:
    dependencies = tuple(_dependencies(root.nodes.get("dependencies"), findings))
    pip = tuple(_pip_lines(root.nodes.get("dependencies"), findings, includes))
    channels = tuple(_channels(root.nodes.get("channels"), findings))
    variables = dict(_variables(root.nodes.get("variables"), findings))
    return Conda(channels, dependencies, pip, MappingProxyType(variables))


def _scalars(node: Node) -> Iterator[Scalar]:
    """Every single value below a node, in the order written; the guard has bounded the depth."""
    if isinstance(node, Scalar):
        yield node
        return
    for child in node.nodes.values() if isinstance(node, Table) else node.nodes:
        yield from _scalars(child)


def _dependencies(node: Node | None, findings: Findings) -> Iterator[str]:
    if isinstance(node, Table):
        _complain_of_mapping(node, findings)
        return
    for item in read_items(node, "dependencies", findings):
        if isinstance(item, Scalar):
            if complaint := check_spec(item.value.strip()):
                findings.error(item.mark, *complaint)
            yield tidy_spec(item.value)
        elif isinstance(item, Table) and "pip" not in item.nodes:
            _complain_of_mapping(item, findings)
        elif isinstance(item, Items):
            findings.error(item.mark, "conda-dependency", "A dependency is a single line.", "Write one per “-”.")


def _complain_of_mapping(table: Table, findings: Findings) -> None:
    """`python: 3.10` where `python=3.10` is meant."""
    for key, value in table.nodes.items():
        version = value.value[:60] if isinstance(value, Scalar) else ""
        shown = key[:60]
        message = f"“{shown}: {version}” is a mapping; a dependency is a single word."
        remedy = f"Write “- {shown}={version}”." if version else f"Write “- {shown}”."
        findings.error(table.marks[key], "conda-mapping", message, remedy)


def _pip_lines(node: Node | None, findings: Findings, includes: Includes) -> Iterator[str]:
    if not isinstance(node, Items):
        return
    for table in node.nodes:
        if not isinstance(table, Table) or "pip" not in table.nodes:
            continue
        for item in read_items(table.nodes["pip"], "pip", findings):
            if isinstance(item, Scalar):
                yield from read_requirements(item.value, item.mark, findings, includes)
            else:
                findings.error(item.mark, "pip-requirement", "A pip requirement is a single line.", "Use no “:”.")


def _channels(node: Node | None, findings: Findings) -> Iterator[str]:
    for item in read_items(node, "channels", findings):
        channel = item.value.strip() if isinstance(item, Scalar) else ""
        if complaint := check_channel(channel):
            findings.error(item.mark, *complaint)
        yield channel


def _variables(node: Node | None, findings: Findings) -> Iterator[tuple[str, str]]:
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return
    if not isinstance(node, Table):
        findings.error(node.mark, "conda-variables", "“variables” is a mapping.", "Write “NAME: value” lines.")
        return
    for name, value in node.nodes.items():
        if not _VARIABLE_NAME.fullmatch(name):
            message = f"“{name[:60]}” is no name of a variable."
            findings.error(node.marks[name], "conda-variables", message, "Use letters, digits and “_”.")
        elif not isinstance(value, Scalar) or {"\n", "\r"}.intersection(value.value):
            message = f"The value of “{name[:60]}” is not a single line."
            findings.error(value.mark, "conda-variables", message, "Write it in one line.")
        else:
            yield name, value.value


def _is_another_file(root: Table) -> bool:
    """An environment's YAML has a `name` too, but none of what a conda file installs."""
    is_azure = _AZURE_KEYS.intersection(root.nodes) and not _INSTALLS.intersection(root.nodes)
    return bool(is_azure) or not KEYS.intersection(root.nodes)


def _not_conda(root: Node, source: str) -> DefinitionError:
    if isinstance(root, Table) and _AZURE_KEYS.intersection(root.nodes):
        message = "This is an environment's YAML, not a conda environment file."
        return refusal(source, root.mark, "azure-file", message, "Import it as a whole, or give the file it names.")
    message = "This is no conda environment file: it has neither channels nor dependencies."
    return refusal(source, root.mark, "no-conda-file", message, "Begin with “dependencies:” and a list below it.")


def _refuse_requirements(text: str, source: str) -> None:
    """Raise DefinitionError if the first line that says something is a pip requirement."""
    for number, line in enumerate(text.split("\n"), start=1):
        written = line.strip()
        if written and not written.startswith("#"):
            if _REQUIREMENT_LINE.match(written) and not written.startswith("---"):
                message = "This looks like pip requirements, not like a conda environment file."
                remedy = "Choose “pip” for it, or list the lines under “dependencies:” and “- pip:”."
                raise refusal(source, Mark(number, 1), "requirements-file", message, remedy)
            return


def _written_list(key: str, values: tuple[str, ...], indent: str) -> list[str]:
    return [f"{key}:", *(f"{indent}- {scalar(value)}" for value in values)] if values else []
