"""What a lint rule looks at: a definition, and where its parts stand in the text it was read from."""

from collections.abc import Mapping
from dataclasses import dataclass

from environments.definitions.conda import SOURCE as CONDA_SOURCE
from environments.definitions.conda import conda_marks
from environments.definitions.dockerfile import Dockerfile, check_dockerfile
from environments.definitions.instructions import SOURCE as DOCKERFILE_SOURCE
from environments.definitions.model import Definition, Kind, Problem, Severity
from environments.definitions.requirements import SOURCE as REQUIREMENTS_SOURCE
from environments.definitions.requirements import requirement_marks
from environments.definitions.text import Mark

_SOURCES = {
    Kind.CONDA: CONDA_SOURCE,
    Kind.PIP: REQUIREMENTS_SOURCE,
    Kind.IMAGE: "image",
    Kind.CONTEXT: DOCKERFILE_SOURCE,
}


@dataclass(frozen=True, slots=True)
class Subject:
    """`marks` knows the place of each channel, dependency, requirement and top-level `key:` of the text."""

    definition: Definition
    text: str
    source: str
    marks: Mapping[str, Mark]
    dockerfile: Dockerfile | None = None

    @classmethod
    def of(cls, definition: Definition, text: str) -> "Subject":
        """Raises DefinitionError for a text that cannot be read."""
        source, marks, dockerfile = _SOURCES[definition.kind], dict[str, Mark](), None
        if text and definition.kind == Kind.CONDA:
            marks.update(conda_marks(text))
        elif text and definition.kind == Kind.PIP:
            marks.update(requirement_marks(text))
        elif text and definition.kind == Kind.CONTEXT:
            dockerfile = check_dockerfile(text)
        return cls(definition, text, source, marks, dockerfile)

    def warn(self, code: str, message: str, remedy: str, about: str | int = "") -> Problem:
        """A warning about a part of the text, given as it is written or by its line."""
        return self._problem(Severity.WARNING, code, message, remedy, about)

    def hint(self, code: str, message: str, remedy: str, about: str | int = "") -> Problem:
        """A hint, the same way."""
        return self._problem(Severity.HINT, code, message, remedy, about)

    def _problem(self, severity: Severity, code: str, message: str, remedy: str, about: str | int) -> Problem:
        mark = Mark(about, 1) if isinstance(about, int) else self.marks.get(about)
        line, column = mark or (None, None)
        return Problem(code, severity, message, remedy, self.source, line, column)
