"""What COPY and ADD of a Dockerfile take from the build context, held against the files that are in it."""

import json
import posixpath
import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from environments.definitions.dockerfile import Dockerfile
from environments.definitions.instructions import SOURCE, Instruction, read_flags, read_words
from environments.definitions.model import DefinitionError, Problem, Severity
from environments.definitions.mounts import read_mount
from environments.definitions.stages import stage_name
from environments.dockerignore import read_patterns

MOST_SHOWN = 80  # characters of a path in a sentence
FETCHED = re.compile(r"://|^git@|^github\.com/")  # addresses, which ADD takes from elsewhere
WILDCARDS = re.compile(r"[*?\[]")


@dataclass(frozen=True, slots=True)
class Source:
    """A file, folder or pattern of the context, as COPY or ADD in this line names it."""

    keyword: str
    path: str
    line: int

    @property
    def is_pattern(self) -> bool:
        return bool(WILDCARDS.search(self.path))

    def is_among(self, files: Collection[str]) -> bool:
        """Whether it names at least one of these paths, or a folder above one."""
        path = posixpath.normpath("/" + self.path).strip("/")  # nothing lies above the context
        if not path:
            return True
        if not self.is_pattern:
            return any(file == path or file.startswith(f"{path}/") for file in files)
        try:
            return any(map(read_patterns(path).match, files))
        except DefinitionError:  # longer than a pattern can be: the build will tell
            return True


def missing_files(dockerfile: Dockerfile, files: Collection[str], ignored: Collection[str] = ()) -> list[Problem]:
    """A problem for every source that none of the files is: an error for a plain path, since the build would stop
    there, a warning for a pattern, which may match nothing. `ignored` are files that .dockerignore leaves out.
    """
    return [_problem(source, ignored) for source in _sources(dockerfile) if not source.is_among(files)]


def _problem(source: Source, ignored: Collection[str]) -> Problem:
    shown = source.path[:MOST_SHOWN]
    if source.is_pattern:
        message = f"No file of the context fits “{shown}”, so {source.keyword} copies nothing."
        return Problem("copy-nothing", Severity.WARNING, message, "Check the spelling.", SOURCE, source.line)
    if source.is_among(ignored):
        message = f"“{shown}” is left out by .dockerignore, so {source.keyword} cannot find it."
        remedy = "Take it out of .dockerignore, or do not copy it."
    else:
        message = f"“{shown}” is not in the build context."
        remedy = "Add the file, or correct its path: paths begin at the top of the context."
    return Problem("copy-missing", Severity.ERROR, message, remedy, SOURCE, source.line)


def _sources(dockerfile: Dockerfile) -> Iterator[Source]:
    """Of the stages that are built; variables are left to the build, and so is another escape than the usual one."""
    if dockerfile.preamble.escape != "\\":
        return
    for instruction in _built(dockerfile.instructions):
        flags = read_flags(instruction.arguments)
        if instruction.keyword in {"COPY", "ADD"} and not flags.values("from"):
            for path in _words(flags.rest)[:-1]:
                if not re.search(r"^<<|\$", path) and not FETCHED.search(path):
                    yield Source(instruction.keyword, path, instruction.first)


def _words(arguments: str) -> list[str]:
    """The words of the plain form, or of the JSON form where that is one."""
    try:
        words = json.loads(arguments) if arguments.startswith("[") else None
    except ValueError:
        words = None
    is_json = isinstance(words, list) and all(isinstance(word, str) for word in words)
    return words if is_json else read_words(arguments)


def _built(instructions: tuple[Instruction, ...]) -> list[Instruction]:
    """Those of the last stage and of every stage it needs: one that no later line names is never built."""
    stages: list[list[Instruction]] = []
    for instruction in instructions:
        if instruction.keyword == "FROM":
            stages.append([])
        if stages:
            stages[-1].append(instruction)
    built: list[Instruction] = []
    for number, stage in reversed(list(enumerate(stages))):
        names = {stage_name(stage[0]), str(number)} - {""}
        if not built or any(names & _needed(found) for found in built):
            built = [*stage, *built]
    return built


def _needed(instruction: Instruction) -> set[str]:
    """The names or numbers of stages it starts from or takes files from, among other words."""
    flags = read_flags(instruction.arguments)
    mounted = (read_mount(value).get("from") for value in flags.values("mount"))
    started = flags.rest.split()[:1] if instruction.keyword == "FROM" else []
    return {word.lower() for word in (*started, *flags.values("from"), *mounted)}
