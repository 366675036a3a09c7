"""Follows FROM and ARG through a Dockerfile to the images it needs from outside."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from environments.definitions.findings import Findings
from environments.definitions.images import RESERVED, parse_image
from environments.definitions.instructions import KEYWORDS, Instruction, read_flags, read_words, split_trigger
from environments.definitions.model import DefinitionError
from environments.definitions.mounts import read_mount
from environments.definitions.text import Mark

MAX_ARGUMENT = 1_000  # characters of an ARG's value; longer ones cannot name an image

_VARIABLE = re.compile(r"\$(?:(?P<bare>\w+)|\{(?P<name>\w+)(?:(?P<operator>:?[-+])(?P<word>[^{}$]*))?\})")
_STAGE_NAME = re.compile(r"[a-z][a-z0-9_.-]*")


@dataclass(frozen=True, slots=True)
class Base:
    """An image from outside: one a stage starts from, or (`stage` is "") one that files are taken from."""

    image: str
    line: int
    stage: str = ""


def read_bases(instructions: tuple[Instruction, ...], findings: Findings, args: Mapping[str, str]) -> tuple[Base, ...]:
    """The images a Dockerfile needs, in the order of its lines, when it is built with `args`.

    What is wrong with its stages goes to findings.
    """
    return tuple(_Stages(findings, args).read(instructions))


class _Stages:
    """What is known at one point of the file: ARG values from before the first FROM, and the stages so far."""

    def __init__(self, findings: Findings, given: Mapping[str, str]) -> None:
        self.findings = findings
        self.given = given
        self.arguments: dict[str, str] = {}
        self.names: set[str] = set()
        self.count = 0

    def read(self, instructions: tuple[Instruction, ...]) -> Iterator[Base]:
        all_names = {stage_name(found) for found in instructions if found.keyword == "FROM"}
        for instruction in instructions:
            if instruction.keyword == "FROM":
                yield from self._start(instruction)
            elif not self.count:
                self._before_first(instruction)
            else:
                yield from self._sources(instruction, all_names)
        if not self.count:
            self._error(None, "dockerfile-no-from", "The Dockerfile has no FROM.", "Begin it with FROM and an image.")

    def _before_first(self, instruction: Instruction) -> None:
        """Take what is given for an ARG before the first FROM, or its default; nothing else may stand there."""
        if instruction.keyword == "ARG":
            for word in read_words(instruction.arguments):
                name, has_default, default = word.partition("=")
                if name in self.given:
                    self.arguments[name] = self.given[name]
                elif has_default and len(value := expand(default, self.arguments)[0]) <= MAX_ARGUMENT:
                    self.arguments[name] = value
        elif instruction.keyword in KEYWORDS:
            message = f"{instruction.keyword} stands before the first FROM."
            self._error(instruction.first, "dockerfile-before-from", message, "Move it below FROM.")

    def _start(self, instruction: Instruction) -> Iterator[Base]:
        words = read_flags(instruction.arguments).rest.split()
        name = stage_name(instruction)
        stage = name or str(self.count)
        self.count += 1
        if len(words) not in (1, 3) or (len(words) == 3 and not _STAGE_NAME.fullmatch(name)):
            message = "FROM takes an image and, if wanted, AS and a name."
            self._error(instruction.first, "dockerfile-from", message, "Write it like FROM python:3.11-slim AS build.")
            return
        image, unknown = expand(read_words(words[0])[0], self.arguments)
        if unknown:
            message = f"The base image depends on {unknown}, which has no value before the build."
            remedy = "Give it a default with ARG above FROM, or name the image."
            self._error(instruction.first, "dockerfile-from-variable", message, remedy)
        elif image.lower() not in self.names and image != RESERVED:
            yield from self._base(image, instruction.first, stage)
        self.names.add(name)

    def _sources(self, instruction: Instruction, names: set[str]) -> Iterator[Base]:
        """Images that COPY --from and RUN --mount=from= take files from; stages are known by name or number."""
        keyword, arguments = split_trigger(instruction)
        flags = read_flags(arguments)
        sources = flags.values("from") if keyword in {"COPY", "ADD"} else []
        if keyword == "RUN":
            sources = [read_mount(value).get("from") for value in flags.values("mount")]
        for source in sources:
            is_stage = source.lower() in names or source.isdigit()
            if source and not is_stage and source != RESERVED:
                yield from self._base(source, instruction.first, "")

    def _base(self, image: str, line: int, stage: str) -> Iterator[Base]:
        try:
            yield Base(parse_image(image), line, stage)
        except DefinitionError as error:
            for problem in error.problems:
                self._error(line, problem.code, problem.message, problem.remedy)

    def _error(self, line: int | None, code: str, message: str, remedy: str) -> None:
        self.findings.error(Mark(line, 1) if line else None, code, message, remedy)


def expand(text: str, arguments: Mapping[str, str]) -> tuple[str, str]:
    """Put values in for `$A`, `${A}`, `${A:-word}` and `${A:+word}`, and name the first variable that has none.

    A text over MAX_ARGUMENT is not expanded, which bounds the work. Variables that BuildKit itself sets, such as
    TARGETARCH, have no value here: the image must be known beforehand.
    """
    if len(text) > MAX_ARGUMENT:
        return text, "a very long text"
    unknown: list[str] = []

    def value(found: re.Match[str]) -> str:
        name = found["bare"] or found["name"]
        operator, word = found["operator"] or "", found["word"] or ""
        known = arguments.get(name)
        is_set = known is not None if operator in {"-", "+"} else bool(known)
        if operator.endswith("+"):
            return word if is_set else ""
        if not is_set and not operator:
            unknown.append(name)
        return known or "" if is_set else word

    expanded = _VARIABLE.sub(value, text)
    return expanded, unknown[0] if unknown else "a variable" if "$" in expanded else ""


def stage_name(instruction: Instruction) -> str:
    words = read_flags(instruction.arguments).rest.split()
    return words[2].lower() if len(words) == 3 and words[1].upper() == "AS" else ""
