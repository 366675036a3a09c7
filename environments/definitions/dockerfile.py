"""Dockerfiles: checked for what they may not do here, asked for their base images, made ready for the engine."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import islice
from types import MappingProxyType

from environments.definitions.findings import Findings
from environments.definitions.instructions import (
    KEYWORDS,
    SOURCE,
    Flags,
    Heredoc,
    Instruction,
    Preamble,
    is_comment,
    read_flags,
    read_instructions,
    read_preamble,
    read_words,
    split_dockerfile,
    split_trigger,
)
from environments.definitions.mounts import check_mount, read_mount, scope_mount
from environments.definitions.stages import Base, read_bases
from environments.definitions.text import Mark

MAX_INSTRUCTIONS = 500
NO_ARGS: Mapping[str, str] = MappingProxyType({})

_OFFICIAL_FRONTEND = re.compile(r"(?:docker\.io/)?docker/dockerfile:1[A-Za-z0-9.@:-]*")
_PLAIN_FLAG = re.compile(r"""--[!#-&(-\[\]-~]*""")  # printable ASCII without quotes and backslash
_OVER_SSH = re.compile(r"[\w-]@[\w.-]+:")  # git's short form, as in git@host:path
_ALLOWED_VALUES = {"security": ("sandbox",), "network": ("default", "none"), "device": ()}


@dataclass(frozen=True, slots=True)
class Dockerfile:
    """A Dockerfile that passed every check; `bases` in the order of their lines."""

    lines: tuple[str, ...]
    preamble: Preamble
    instructions: tuple[Instruction, ...]
    bases: tuple[Base, ...]


def check_dockerfile(text: str, args: Mapping[str, str] = NO_ARGS) -> Dockerfile:
    """Read and check a Dockerfile that is built with `args`, which an ARG takes in place of its default.

    Raises DefinitionError with one Problem, with its line, per thing wrong.
    """
    lines = split_dockerfile(text)
    preamble = read_preamble(lines)
    instructions = tuple(islice(read_instructions(lines, preamble.escape), MAX_INSTRUCTIONS + 1))
    findings = Findings(SOURCE)
    _check_length(instructions, findings)
    _check_preamble(preamble, findings)
    for instruction in instructions:
        _check_instruction(instruction, preamble.escape, findings)
    bases = read_bases(instructions, findings, args)
    findings.raise_if_any()
    return Dockerfile(tuple(lines), preamble, instructions, bases)


def base_images(text: str, args: Mapping[str, str] = NO_ARGS) -> list[str]:
    """The images a Dockerfile starts from or takes files from, each once, in order. Raises DefinitionError."""
    return list(dict.fromkeys(base.image for base in check_dockerfile(text, args).bases))


def rewrite_dockerfile(text: str, *, cache_prefix: str, args: Mapping[str, str] = NO_ARGS) -> str:
    """The Dockerfile as the engine gets it. Raises DefinitionError.

    `# syntax` lines are gone (the frontend would be fetched), and the ids of cache mounts begin with the prefix, so
    that no workspace reaches another one's caches. Instructions end on the same lines as before.
    """
    dockerfile = check_dockerfile(text, args)
    lines = list(dockerfile.lines)
    for instruction in dockerfile.instructions:
        if rewritten := _with_own_caches(instruction, cache_prefix):
            blanks = [""] * (instruction.last - instruction.first)
            lines[instruction.first - 1 : instruction.last] = [*blanks, rewritten]
    start = dockerfile.instructions[0].first - 1
    syntax_lines = {found.line for found in dockerfile.preamble.directives if found.name == "syntax"}
    preamble = [line for number, line in enumerate(lines[:start], start=1) if number not in syntax_lines]
    return "\n".join([*preamble, *[""] * len(syntax_lines), *lines[start:]])


def _with_own_caches(instruction: Instruction, prefix: str) -> str:
    """The instruction in one line with its cache mounts renamed; "" if it has none."""
    keyword, arguments = split_trigger(instruction)
    flags = read_flags(arguments)
    if keyword != "RUN" or not any(read_mount(value).kind == "cache" for value in flags.values("mount")):
        return ""
    words = " ".join(_scoped(word, prefix) for word in flags.words)
    trigger = "ONBUILD " if instruction.keyword == "ONBUILD" else ""
    return f"{trigger}RUN {words} {flags.rest}"


def _scoped(word: str, prefix: str) -> str:
    name, _, value = word.partition("=")
    return f"--mount={scope_mount(read_mount(value), prefix)}" if name.lower() == "--mount" else word


def _check_length(instructions: tuple[Instruction, ...], findings: Findings) -> None:
    """Each is a step with rows and lines of its own. Raises DefinitionError at once: there is no use in more."""
    if len(instructions) > MAX_INSTRUCTIONS:
        message = f"The Dockerfile has more than {MAX_INSTRUCTIONS} instructions."
        mark = Mark(instructions[MAX_INSTRUCTIONS].first, 1)
        findings.error(mark, "dockerfile-too-long", message, "Put commands together into one RUN, or into a script.")
        findings.raise_if_any()


def _check_preamble(preamble: Preamble, findings: Findings) -> None:
    for directive in preamble.directives:
        mark = Mark(directive.line, 1)
        if directive.name == "syntax" and not _OFFICIAL_FRONTEND.fullmatch(directive.value):
            message = f"“{directive.value[:60]}” is a foreign Dockerfile frontend: a program that would run the build."
            findings.error(mark, "dockerfile-frontend", message, "Remove the line; the built-in frontend is used.")
        if directive.name == "escape" and not directive.effective:
            message = "This escape directive comes too late to be heeded."
            findings.error(mark, "dockerfile-escape", message, "Move it to the first line, or remove it.")


def _check_instruction(instruction: Instruction, escape: str, findings: Findings) -> None:
    mark = Mark(instruction.first, 1)
    keyword, arguments = split_trigger(instruction)
    if keyword not in KEYWORDS:
        message = f"“{keyword[:30]}” is no Dockerfile instruction."
        findings.error(mark, "dockerfile-instruction", message, "Check the spelling, and the “\\” of the line above.")
        return
    if not arguments and keyword not in {"CMD", "ENTRYPOINT"}:
        findings.error(mark, "dockerfile-arguments", f"{keyword} stands alone.", "Write what it is to work on.")
    if keyword == "ARG" and any(word.upper().startswith("BUILDKIT_SYNTAX") for word in read_words(arguments)):
        message = "BUILDKIT_SYNTAX would bring in a foreign Dockerfile frontend."
        findings.error(mark, "dockerfile-frontend", message, "Remove the line.")
    if keyword == "ADD" and _may_fetch(arguments):
        message = "ADD of an address, or of a variable, would be fetched by the engine itself, outside the sandbox."
        findings.error(mark, "dockerfile-add", message, "COPY files of the context; fetch the rest in a RUN.")
    if keyword in {"RUN", "COPY", "ADD", "FROM"}:
        _check_flags(read_flags(arguments), mark, findings)
    for heredoc in instruction.heredocs:
        _check_heredoc(heredoc, escape, mark, findings)


def _may_fetch(arguments: str) -> bool:
    """Whether what ADD names could be an address once quotes, escapes and variables are gone."""
    plain = re.sub(r"""["'\\]""", "", arguments)
    return "://" in plain or bool(_OVER_SSH.search(plain)) or "$" in plain or "\\u" in arguments.lower()


def _check_flags(flags: Flags, mark: Mark, findings: Findings) -> None:
    for word in flags.words:
        if not _PLAIN_FLAG.fullmatch(word):
            message = f"The flag “{word[:60]}” holds a quote, backslash, space or foreign letter."
            findings.error(mark, "dockerfile-flag", message, "Write flags in plain letters, without quotes.")
    for name, allowed in _ALLOWED_VALUES.items():
        for value in flags.values(name):
            if value not in allowed:
                message = f"--{name}={value[:60]} would reach out of the build's sandbox."
                findings.error(mark, f"dockerfile-{name}", message, "Remove the flag.")
    for value in flags.values("mount"):
        if reason := check_mount(read_mount(value)):
            message = f"The mount “{value[:60]}” {reason}."
            findings.error(mark, "dockerfile-mount", message, "Write each of its parts once, without variables.")


def _check_heredoc(heredoc: Heredoc, escape: str, mark: Mark, findings: Findings) -> None:
    """Refuse here-documents whose lines an engine that knows none could run as instructions.

    Such an engine stops at the delimiter, unless that is an instruction itself or is joined to the line before it.
    """
    if not heredoc.closed:
        message = f"The here-document “{heredoc.name[:30]}” has no end."
        findings.error(mark, "dockerfile-heredoc", message, f"End it with a line “{heredoc.name[:30]}”.")
    said = [line.rstrip() for line in heredoc.lines if line.strip() and not is_comment(line)]
    if heredoc.name.upper() in KEYWORDS or (said and said[-1].endswith(escape)):
        message = "This here-document ends in a way that some engines read as an instruction."
        findings.error(mark, "dockerfile-heredoc", message, f"Name it EOF, and end its last line without “{escape}”.")
