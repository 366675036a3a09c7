"""Conda environment files, read without conda: `name`, `channels`, `dependencies` with `pip:`, `variables`."""

import json
import re
from collections.abc import Iterator, Mapping
from types import MappingProxyType

from environments.definitions.addresses import check_address
from environments.definitions.findings import Findings, refusal
from environments.definitions.guard import Items, Node, Scalar, Table, read_yaml
from environments.definitions.model import Conda, DefinitionError
from environments.definitions.requirements import read_requirements
from environments.definitions.specs import check_spec
from environments.definitions.text import Mark, clean_text

SOURCE = "conda_file"
KEYS = frozenset({"name", "channels", "dependencies", "variables", "prefix"})

_AZURE_KEYS = frozenset({"image", "build", "conda_file"})
_INSTALLS = frozenset({"channels", "dependencies"})
_MLFLOW_KEY = "build_dependencies"
_VARIABLE_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,254}")
_CHANNEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,254}")
_REQUIREMENT_LINE = re.compile(r"[A-Za-z0-9._-]+(\[[A-Za-z0-9._, -]*\])?\s*(;|@|[=<>!~]=|[<>]|$)|--?[a-z]")
_PLAIN_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/=<>+*-]*")


def parse_conda(text: str, source: str = SOURCE) -> Conda:
    """Read a conda environment file; every value is kept as written. Raises DefinitionError."""
    text = clean_text(text, source)
    try:
        root = read_yaml(text, source)
    except DefinitionError:
        _refuse_requirements(text, source)
        raise
    if not isinstance(root, Table):
        _refuse_requirements(text, source)
    return read_conda(root, source)


def read_conda(root: Node, source: str) -> Conda:
    """Read a conda environment that stands in a YAML tree. Raises DefinitionError."""
    if not isinstance(root, Table) or _is_another_file(root):
        raise _not_conda(root, source)
    findings = Findings(source)
    dependencies = tuple(_dependencies(root.nodes.get("dependencies"), findings))
    pip = tuple(_pip_lines(root.nodes.get("dependencies"), findings))
    channels = tuple(_channels(root.nodes.get("channels"), findings))
    variables = dict(_variables(root.nodes.get("variables"), findings))
    findings.raise_if_any()
    return Conda(channels, dependencies, pip, MappingProxyType(variables))


def write_conda(conda: Conda) -> str:
    """A conda environment file that reads back as this value; the same text for equal values."""
    lines = [*_written_list("channels", conda.channels, "  ")]
    if conda.dependencies or conda.pip:
        lines += ["dependencies:", *(f"  - {_written(spec)}" for spec in conda.dependencies)]
        lines += [f"  {line}" for line in _written_list("- pip", conda.pip, "    ")]
    if conda.variables:
        lines += ["variables:", *(f"  {name}: {json.dumps(value)}" for name, value in conda.variables.items())]
    return "\n".join(lines or ["dependencies: []"]) + "\n"


def conda_marks(text: str) -> Mapping[str, Mark]:
    """Where each top-level key (as `key:`), channel, dependency and pip line stands; of equal ones the first."""
    root = read_yaml(text)
    marks: dict[str, Mark] = {}
    if isinstance(root, Table):
        marks = {f"{key}:": mark for key, mark in root.marks.items()}
        for scalar in _scalars(root):
            marks.setdefault(" ".join(scalar.value.split()), scalar.mark)
    return MappingProxyType(marks)


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
    for item in _items(node, "dependencies", findings):
        if isinstance(item, Scalar):
            if complaint := check_spec(item.value):
                findings.error(item.mark, *complaint)
            yield item.value
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


def _pip_lines(node: Node | None, findings: Findings) -> Iterator[str]:
    if not isinstance(node, Items):
        return
    for table in node.nodes:
        if not isinstance(table, Table) or "pip" not in table.nodes:
            continue
        for item in _items(table.nodes["pip"], "pip", findings):
            if isinstance(item, Scalar):
                yield from read_requirements(item.value, item.mark, findings)
            else:
                findings.error(item.mark, "pip-requirement", "A pip requirement is a single line.", "Use no “:”.")


def _channels(node: Node | None, findings: Findings) -> Iterator[str]:
    for item in _items(node, "channels", findings):
        channel = item.value if isinstance(item, Scalar) else ""
        if "://" in channel:
            if complaint := check_address(channel):
                findings.error(item.mark, *complaint)
        elif not _CHANNEL.fullmatch(channel) or ".." in channel:
            message = f"“{channel[:60]}” is no channel."
            findings.error(item.mark, "conda-channel", message, "Give a name such as conda-forge, or an address.")
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


def _items(node: Node | None, what: str, findings: Findings) -> tuple[Node, ...]:
    """The entries of a list that may be left out or empty."""
    if node is None or (isinstance(node, Scalar) and node.is_null):
        return ()
    if isinstance(node, Items):
        return node.nodes
    findings.error(node.mark, f"{what}-list", f"“{what}” is a list.", "Begin each entry with “- ” on its own line.")
    return ()


def _is_another_file(root: Table) -> bool:
    """An environment's YAML has a `name` too, but none of what a conda file installs."""
    is_azure = _AZURE_KEYS.intersection(root.nodes) and not _INSTALLS.intersection(root.nodes)
    return bool(is_azure) or not KEYS.intersection(root.nodes) or _MLFLOW_KEY in root.nodes


def _not_conda(root: Node, source: str) -> DefinitionError:
    if isinstance(root, Table) and _AZURE_KEYS.intersection(root.nodes):
        message = "This is an environment's YAML, not a conda environment file."
        return refusal(source, root.mark, "azure-file", message, "Import it as a whole, or give the file it names.")
    if isinstance(root, Table) and _MLFLOW_KEY in root.nodes:
        message = "This is MLflow's python_env.yaml, not a conda environment file."
        return refusal(source, root.marks[_MLFLOW_KEY], "mlflow-file", message, "Use the conda.yaml beside it.")
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
    return [f"{key}:", *(f"{indent}- {_written(value)}" for value in values)] if values else []


def _written(value: str) -> str:
    """A YAML scalar: bare if that is safe, else in double quotes (JSON's are YAML's)."""
    return value if _PLAIN_WORD.fullmatch(value) else json.dumps(value, ensure_ascii=False)
