"""Finds the definitions among the files of a folder, and reads each one the way it would be read if it were sent."""

import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from pathlib import Path

from environments.contexts import ContextFiles
from environments.definitions.conda import KEYS as CONDA_KEYS
from environments.definitions.conda import SOURCE as CONDA
from environments.definitions.conda import parse_conda
from environments.definitions.dockerfile import check_dockerfile
from environments.definitions.guard import Items, Scalar, Table, read_yaml
from environments.definitions.includes import Includes
from environments.definitions.instructions import MAX_DOCKERFILE_BYTES
from environments.definitions.instructions import SOURCE as DOCKERFILE
from environments.definitions.mlflow import is_python_env
from environments.definitions.model import Context, Definition, DefinitionError, Kind, Problem, Severity
from environments.definitions.parse import IGNORED_KEYS, KEYS, SOURCE, parse_environment
from environments.definitions.requirements import SOURCE as REQUIREMENTS
from environments.definitions.requirements import parse_requirements, requirement_name
from environments.definitions.rules import lint
from environments.definitions.text import decode
from environments.services.drafts import context_definition
from environments.uploads import MAX_EXPANDED_BYTES, MAX_FILES, checked_paths, refuse

SKIPPED_FOLDERS = frozenset({".git", ".hg", ".svn", ".venv", "__pycache__", "node_modules"})
MOST_BYTES = MAX_DOCKERFILE_BYTES + 1024  # of a single file; the readers refuse what comes near it

_REQUIREMENTS = re.compile(r"(.*[-_.])?(requirements|constraints)([-_.].*)?\.(txt|in)", re.IGNORECASE)
_DOCKERFILE = re.compile(r"(Dockerfile|Containerfile)([-_.].+)?|.+\.(dockerfile|containerfile)", re.IGNORECASE)
_CONDA_NAME = re.compile(r".*conda.*\.ya?ml", re.IGNORECASE)
_ENVIRONMENT_SCHEMA = re.compile(r"/environment(\.schema)?\.json", re.IGNORECASE)
_NOT_CONDA = frozenset({"$schema", "apiVersion", "type", "package"})


class Form(StrEnum):
    """What kind of file it is."""

    ENVIRONMENT = "environment"
    CONDA = "conda"
    MLFLOW = "python_env"
    REQUIREMENTS = "requirements"
    DOCKERFILE = "Dockerfile"


# For YAML that cannot be read: what it set out to be, by the beginnings of its lines.
_BEGINNINGS = {
    Form.ENVIRONMENT: re.compile(r"^(\$schema:[^\n]{0,200}environment\.schema|conda_file:)", re.MULTILINE),
    Form.CONDA: re.compile(r"^(dependencies|channels|build_dependencies):", re.MULTILINE),
}


class Outcome(StrEnum):
    """BROKEN is our fault: the reader raised something that is no refusal."""

    READ = "read"
    REFUSED = "refused"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Checked:
    """One file: `problems` are the reasons of a refusal, or what lint has to say. `form` is None if passed over."""

    path: str
    form: Form | None
    outcome: Outcome = Outcome.READ
    problems: tuple[Problem, ...] = ()

    @property
    def warnings(self) -> int:
        return sum(problem.severity == Severity.WARNING for problem in self.problems)


class Folder(Mapping[str, bytes]):
    """The files below a folder by relative path, read when asked for; nothing above it, and no link out of it."""

    def __init__(self, root: Path) -> None:
        self._root = root.resolve()
        self._inside = os.path.join(self._root, "")

    def __getitem__(self, path: str) -> bytes:
        if path not in self:
            raise KeyError(path)
        with open(self._root / path, "rb") as file:
            return file.read(MOST_BYTES)

    def __contains__(self, path: object) -> bool:
        place = os.path.realpath(self._root / str(path))
        return place.startswith(self._inside) and os.path.isfile(place)

    def __iter__(self) -> Iterator[str]:
        for folder, folders, names in os.walk(self._root):
            folders[:] = sorted(set(folders) - SKIPPED_FOLDERS)
            for name in sorted(names):
                if (path := os.path.relpath(os.path.join(folder, name), self._root)) in self:
                    yield path

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def context(self, path: str) -> ContextFiles:
        """The files of a folder below this one, as an upload of it would be taken. Raises DefinitionError."""
        inner = Folder(self._root / path)
        files: dict[str, bytes] = {}
        room = MAX_EXPANDED_BYTES
        for name in inner:
            with open(inner._root / name, "rb") as file:
                files[name] = file.read(room + 1)
            room -= len(files[name])
            if room < 0 or len(files) > MAX_FILES:
                raise refuse(
                    "context-too-large", f"The folder “{path}” is too large.", "Leave out what no build needs."
                )
        return ContextFiles({checked: files[name] for name, checked in checked_paths(files).items()})


def check_folder(root: Path) -> Iterator[Checked]:
    """Every file that may be a definition, in the order of the paths. Raises nothing for whatever the files hold."""
    for path in Folder(root):
        if Path(path).suffix.lower() in {".yml", ".yaml", ".txt", ".in"} or _DOCKERFILE.fullmatch(Path(path).name):
            yield check_file(root, path)


def check_file(root: Path, path: str) -> Checked:
    """One file below root, read with those beside it."""
    form = None
    try:
        data = Folder(root)[path]
        form = recognise(Path(path).name, data)
        return Checked(path, form, problems=tuple(_READERS[form](root / path, data)) if form else ())
    except DefinitionError as error:
        return Checked(path, form, Outcome.REFUSED, error.problems)
    except Exception as error:  # whatever it is, the other files are still to be read, and this one is told of
        problem = Problem(type(error).__name__, Severity.ERROR, f"The reader failed: {str(error)[:200]}.")
        return Checked(path, form, Outcome.BROKEN, (problem,))


def recognise(name: str, data: bytes) -> Form | None:
    """What a file is, by its name or else by what stands in it; None if it is no definition."""
    if _REQUIREMENTS.fullmatch(name):
        return Form.REQUIREMENTS
    if name.lower().endswith((".yml", ".yaml")):
        return _recognise_yaml(name, data)
    if _DOCKERFILE.fullmatch(name):
        return None if name.endswith(".dockerignore") else Form.DOCKERFILE
    return Form.REQUIREMENTS if _lists_versions(data) else None


def _recognise_yaml(name: str, data: bytes) -> Form | None:
    try:
        root = read_yaml(decode(data, name), name)
    except DefinitionError:
        text = data.decode("utf-8", "replace")
        return next((form for form, line in _BEGINNINGS.items() if line.search(text)), _by_name(name))
    if not isinstance(root, Table):
        return _by_name(name)
    keys, schema = root.nodes.keys(), root.nodes.get("$schema")
    if isinstance(schema, Scalar):
        return Form.ENVIRONMENT if _ENVIRONMENT_SCHEMA.search(schema.value) else None
    if is_python_env(root):
        return Form.MLFLOW
    if _is_environment(root):
        return Form.ENVIRONMENT
    is_conda = "dependencies" in keys and not _NOT_CONDA.intersection(keys) and _lists_words(root)
    return Form.CONDA if is_conda else _by_name(name) if CONDA_KEYS.intersection(keys) else None


def _is_environment(root: Table) -> bool:
    """Without a schema: an image with packages, or what it is made from and no key of anything else."""
    is_image = isinstance(root.nodes.get("image"), Scalar)
    is_build = isinstance(root.nodes.get("build"), Table)
    has_packages = is_image and "conda_file" in root.nodes
    return has_packages or ((is_image or is_build) and KEYS.union(IGNORED_KEYS).issuperset(root.nodes))


def _lists_words(root: Table) -> bool:
    """Whether “dependencies” looks like conda's: words, with at most “pip:” as a mapping among them."""
    node = root.nodes["dependencies"]
    tables = [item for item in node.nodes if isinstance(item, Table)] if isinstance(node, Items) else []
    return not any({"name", "repository"} <= table.nodes.keys() for table in tables)


def _by_name(name: str) -> Form | None:
    return Form.CONDA if _CONDA_NAME.fullmatch(name) else None


def _lists_versions(data: bytes) -> bool:
    """Whether a text file without a telling name is a list of requirements: every line is one, some are pinned."""
    try:
        lines = parse_requirements(decode(data, ""))
    except DefinitionError:
        return False
    return any(requirement_name(line) and "==" in line for line in lines)


def _read_environment(path: Path, data: bytes) -> list[Problem]:
    folder = Folder(path.parent)
    document = parse_environment(decode(data, SOURCE), folder)
    definition, text = document.definition, document.text
    if document.build_path is not None and definition.context:
        files = folder.context(document.build_path)
        dockerfile_path, args = definition.context.dockerfile_path, definition.context.args
        definition = replace(definition, context=context_definition(files, dockerfile_path, args).context)
        text = files.dockerfile(dockerfile_path)
    return lint(definition, text)


def _read_conda(path: Path, data: bytes) -> list[Problem]:
    text = decode(data, CONDA)
    conda = parse_conda(text, CONDA, Includes(Folder(path.parent), path.name))
    return lint(Definition(Kind.CONDA, conda=conda), text)


def _read_requirements(path: Path, data: bytes) -> list[Problem]:
    text = decode(data, REQUIREMENTS)
    lines = parse_requirements(text, REQUIREMENTS, Includes(Folder(path.parent), path.name))
    return lint(Definition(Kind.PIP, requirements=lines), text)


def _read_dockerfile(path: Path, data: bytes) -> list[Problem]:
    text = decode(data, DOCKERFILE, max_bytes=MAX_DOCKERFILE_BYTES, utf16=False)
    check_dockerfile(text)
    return lint(Definition(Kind.CONTEXT, context=Context("", path.name)), text)


_READERS = {
    Form.ENVIRONMENT: _read_environment,
    Form.CONDA: _read_conda,
    Form.MLFLOW: _read_conda,
    Form.REQUIREMENTS: _read_requirements,
    Form.DOCKERFILE: _read_dockerfile,
}
