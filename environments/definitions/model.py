"""The values a definition is made of. Pure: text and files come in elsewhere, nothing here does I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType


class Kind(StrEnum):
    """What the studio does to turn a definition into an image."""

    CONDA = "conda"  # a conda specification on a base image
    PIP = "pip"  # pip requirements on a base image
    IMAGE = "image"  # an existing image, taken as it is
    CONTEXT = "context"  # a Docker build context


class Severity(StrEnum):
    """ERROR is only for what cannot be built anywhere."""

    ERROR = "error"
    WARNING = "warning"
    HINT = "hint"


@dataclass(frozen=True, slots=True)
class Fix:
    """An edit that surely mends one problem: what stands from (line, column) up to the end gives way to `text`.

    All four count from 1, the end is not included; an insertion ends where it begins.
    """

    label: str
    line: int
    column: int
    end_line: int
    end_column: int
    text: str


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing to say about a text: a stable code, a sentence, and what to do about it.

    `source` names the text that `line` and `column` (both counted from 1) point into: "environment.yml",
    "conda_file", "requirements_file", "Dockerfile", or the form field's name. A `blocking` one is not saved in the
    workspace it was told for.
    """

    code: str
    severity: Severity
    message: str
    remedy: str = ""
    source: str = ""
    line: int | None = None
    column: int | None = None
    fix: Fix | None = None
    blocking: bool = False

    def __str__(self) -> str:
        return f"Line {self.line}: {self.message}" if self.line else self.message


class DefinitionError(Exception):
    """The text is no definition. `problems` holds at least one error."""

    def __init__(self, *problems: Problem) -> None:
        super().__init__("; ".join(str(problem) for problem in problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Conda:
    """A conda environment file. Everything is a string as written (`3.10` stays `3.10`), in the order written."""

    channels: tuple[str, ...] = ()
    dependencies: tuple[str, ...] = ()
    pip: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Context:
    """A Docker build context: the digest of its files (see contexts.py) and where its Dockerfile lies in it.

    `args` are values for the Dockerfile's ARGs.
    """

    digest: str
    dockerfile_path: str = "Dockerfile"
    args: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True, slots=True)
class Definition:
    """Everything that makes a version what it is. Name, description and tags are not part of it."""

    kind: Kind
    image: str = ""
    conda: Conda | None = None
    requirements: tuple[str, ...] = ()
    context: Context | None = None
    os_type: str = "Linux"
    inference_config: Mapping[str, object] = field(default_factory=lambda: MappingProxyType({}))
