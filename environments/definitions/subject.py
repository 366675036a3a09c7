"""What a lint rule looks at: a definition, and where its parts stand in the text it was read from."""

from collections.abc import Mapping
from dataclasses import dataclass

from environments.definitions.catalogue import CATALOGUE
from environments.definitions.conda import SOURCE as CONDA_SOURCE
from environments.definitions.conda import conda_marks
from environments.definitions.dockerfile import NO_ARGS, Dockerfile, check_dockerfile
from environments.definitions.instructions import SOURCE as DOCKERFILE_SOURCE
from environments.definitions.instructions import Instruction
from environments.definitions.model import Definition, Kind, Problem
from environments.definitions.requirements import SOURCE as REQUIREMENTS_SOURCE
from environments.definitions.requirements import requirement_marks
from environments.definitions.text import Mark

SOURCES = {
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
        source, marks, dockerfile = SOURCES[definition.kind], dict[str, Mark](), None
        if text and definition.kind == Kind.CONDA:
            marks.update(conda_marks(text))
        elif text and definition.kind == Kind.PIP:
            marks.update(requirement_marks(text))
        elif text and definition.kind == Kind.CONTEXT:
            args = definition.context.args if definition.context else NO_ARGS
            dockerfile = check_dockerfile(text, args)
        return cls(definition, text, source, marks, dockerfile)

    def tell(self, code: str, message: str, remedy: str, about: str | int | Mark = "") -> Problem:
        """A problem, as bad as the catalogue says, about a part of the text: as written, its line, or its place."""
        mark = Mark(about, 1) if isinstance(about, int) else about if isinstance(about, Mark) else self.marks.get(about)
        line, column = mark or (None, None)
        return Problem(code, CATALOGUE[code].severity, message, remedy, self.source, line, column)

    def instructions(self, keyword: str) -> list[Instruction]:
        """Those of the Dockerfile with this keyword; none where there is no Dockerfile."""
        found = self.dockerfile.instructions if self.dockerfile else ()
        return [instruction for instruction in found if instruction.keyword == keyword]

    def line(self, number: int) -> str:
        """A line of the text, counted from 1."""
        return self.text.split("\n")[number - 1]
