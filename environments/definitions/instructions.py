"""Dockerfiles taken apart into instructions, by the rules of BuildKit's own parser.

Where BuildKit's versions differ, the reading here is the one that hides nothing: what a build could take for an
instruction is returned as one, or the text is refused (see dockerfile.py).
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from environments.definitions.text import clean_text

MAX_DOCKERFILE_BYTES = 1024 * 1024  # Azure ML's documented limit
SOURCE = "Dockerfile"
KEYWORDS = frozenset(
    [
        *("ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL", "MAINTAINER"),
        *("ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"),
    ]
)

_DIRECTIVE = re.compile(r"#\s*([A-Za-z][A-Za-z0-9]*)\s*=\s*(\S.*)")
_TAKES_HEREDOCS = frozenset({"ADD", "COPY", "RUN"})
# Quoted words are matched to be stepped over; a quote that stays open runs to the end, so this is linear.
_HEREDOC_OR_QUOTED = re.compile(
    r"""(?:^|(?<=\s))[0-9]*<<(?P<tabs>-?)(?P<quote>["']?)(?P<name>[A-Za-z_][A-Za-z0-9_.-]*)(?P=quote)(?=\s|$)"""
    r"""|"(?:[^"\\]|\\.)*+\\?(?:"|$)|'[^']*+(?:'|$)"""
)
_BLANKS = re.compile(r"[ \t]+")
_QUOTES = "\"'"


@dataclass(frozen=True, slots=True)
class Heredoc:
    """A here-document: its delimiter, its lines without the delimiter's, and whether the delimiter came."""

    name: str
    lines: tuple[str, ...]
    closed: bool


@dataclass(frozen=True, slots=True)
class Instruction:
    """One instruction, its continued lines joined and the comments among them gone.

    `first` and `last` are the physical lines of the instruction itself (from 1, both included); the lines of its
    here-documents follow after `last`.
    """

    keyword: str
    arguments: str
    first: int
    last: int
    heredocs: tuple[Heredoc, ...] = ()


@dataclass(frozen=True, slots=True)
class Flags:
    """The `--name=value` words in front of an instruction's arguments, unquoted, and what follows them."""

    words: tuple[str, ...]
    rest: str

    def values(self, name: str) -> list[str]:
        """The value of every flag of that name, "" for a flag without one. Case does not count."""
        pairs = (word.removeprefix("--").partition("=") for word in self.words)
        return [value for flag, _, value in pairs if flag.lower() == name]


@dataclass(frozen=True, slots=True)
class Directive:
    """A comment of the form `# name=value` before the first instruction; `effective` where every BuildKit heeds it."""

    name: str
    value: str
    line: int
    effective: bool


@dataclass(frozen=True, slots=True)
class Preamble:
    """The comments and blank lines before the first instruction."""

    directives: tuple[Directive, ...]

    @property
    def escape(self) -> str:
        """The character that continues a line: a backslash, unless a directive says otherwise."""
        values = (found.value for found in self.directives if found.name == "escape" and found.effective)
        return "`" if next(values, "") == "`" else "\\"


def split_dockerfile(text: str) -> list[str]:
    """The cleaned physical lines of a Dockerfile. Raises DefinitionError."""
    return clean_text(text, SOURCE, max_bytes=MAX_DOCKERFILE_BYTES).split("\n")


def read_preamble(lines: Sequence[str]) -> Preamble:
    """Read every leading comment that looks like a directive, heeded or not.

    BuildKit stops heeding them at the first other line, and its versions differ in the forms of `syntax` they know
    (`//syntax=`, after a `#!` line): all forms are returned.
    """
    directives: list[Directive] = []
    heeded = True
    for number, line in enumerate(lines, start=1):
        comment = line.strip()
        comment = f"#{comment[2:]}" if comment.startswith("//") else comment
        if comment and not comment.startswith("#"):
            break
        found = _DIRECTIVE.fullmatch(comment)
        name = found[1].lower() if found else ""
        heeded = heeded and line.startswith("#") and name in {"syntax", "escape"}
        if found:
            directives.append(Directive(name, found[2], number, heeded))
    return Preamble(tuple(directives))


def read_instructions(lines: Sequence[str], escape: str) -> Iterator[Instruction]:
    """Take physical lines apart into instructions, known and unknown ones, in one pass."""
    continued = re.compile(rf"(?<!{re.escape(escape)}){re.escape(escape)}[ \t]*$")
    position = 0
    while position < len(lines):
        first = position + 1
        logical, position = _join(lines, position, continued)
        if not logical:
            continue
        keyword, arguments = _split_keyword(logical)
        last = position
        heredocs: list[Heredoc] = []
        for name, strips_tabs in _heredoc_names(keyword, arguments):
            heredoc, position = _read_heredoc(lines, position, name, strips_tabs)
            heredocs.append(heredoc)
        yield Instruction(keyword, arguments, first, last, tuple(heredocs))


def split_trigger(instruction: Instruction) -> tuple[str, str]:
    """Keyword and arguments, looking through ONBUILD to the instruction it puts off."""
    if instruction.keyword != "ONBUILD":
        return instruction.keyword, instruction.arguments
    return _split_keyword(instruction.arguments)


def read_flags(arguments: str) -> Flags:
    """Split off the leading flags; quotes and backslashes inside them are taken away as BuildKit does."""
    words: list[str] = []
    position = _skip_blanks(arguments, 0)
    while arguments.startswith("--", position):
        word, position = _read_word(arguments, position)
        position = _skip_blanks(arguments, position)
        if word == "--":
            break
        words.append(word)
    return Flags(tuple(words), arguments[position:])


def read_words(arguments: str) -> list[str]:
    """Split at spaces outside quotes, taking quotes and backslashes away."""
    words: list[str] = []
    position = _skip_blanks(arguments, 0)
    while position < len(arguments):
        word, position = _read_word(arguments, position)
        position = _skip_blanks(arguments, position)
        words.append(word)
    return words


def is_comment(line: str) -> bool:
    return line.lstrip().startswith("#")


def _join(lines: Sequence[str], position: int, continued: re.Pattern[str]) -> tuple[str, int]:
    """The logical line that begins at a position ("" for a comment or blank line), and the position after it."""
    parts: list[str] = []
    while position < len(lines):
        line = lines[position]
        position += 1
        if is_comment(line) or not line.strip():
            if parts:
                continue
            return "", position
        parts.append(continued.sub("", line))
        if not continued.search(line):
            break
    return "".join(parts).strip(), position


def _heredoc_names(keyword: str, arguments: str) -> list[tuple[str, bool]]:
    """The delimiters announced in an instruction, each with whether tabs before it are dropped (`<<-`)."""
    inner = _split_keyword(arguments)[0] if keyword == "ONBUILD" else keyword
    if inner not in _TAKES_HEREDOCS:
        return []
    found = _HEREDOC_OR_QUOTED.finditer(arguments)
    return [(match["name"], bool(match["tabs"])) for match in found if match["name"]]


def _read_heredoc(lines: Sequence[str], position: int, name: str, strips_tabs: bool) -> tuple[Heredoc, int]:
    for end in range(position, len(lines)):
        if (lines[end].lstrip("\t") if strips_tabs else lines[end]) == name:
            return Heredoc(name, tuple(lines[position:end]), closed=True), end + 1
    return Heredoc(name, tuple(lines[position:]), closed=False), len(lines)


def _split_keyword(text: str) -> tuple[str, str]:
    keyword, *rest = _BLANKS.split(text, maxsplit=1)
    return keyword.upper(), rest[0].strip() if rest else ""


def _skip_blanks(text: str, position: int) -> int:
    found = _BLANKS.match(text, position)
    return found.end() if found else position


def _read_word(text: str, position: int) -> tuple[str, int]:
    """One word from a position on, unquoted, and the position after it."""
    letters: list[str] = []
    quote = ""
    while position < len(text):
        letter = text[position]
        position += 1
        if letter == "\\":
            letters.append(text[position : position + 1])
            position += 1
        elif letter == quote:
            quote = ""
        elif not quote and letter in _QUOTES:
            quote = letter
        elif not quote and letter in " \t":
            break
        else:
            letters.append(letter)
    return "".join(letters), position
