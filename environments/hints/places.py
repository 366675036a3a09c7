"""Where in a definition's text a failure comes from."""

import re
from collections.abc import Iterator, Mapping

STEP = re.compile(r"^\[[^\]]{1,100}\] ")  # BuildKit's place before an instruction
NAMING = ("wanted", "requirement", "name", "file", "module", "image", "command", "source", "channel", "user", "target")
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,200}")
ABOVE = {"user", "image"}  # an instruction fails for these, and one above it names them
MOST_NAMES = 4


def place_of(text: str, step: str, values: Mapping[str, str]) -> int:
    """The number of the line to edit, from 1; 0 if that is not known.

    That is the line the engine names, else the first one of the failing instruction that names what is missing, else
    the instruction itself, else the first of all that names it.
    """
    lines = text.splitlines()
    if values.get("at", "").isdecimal():
        return min(int(values["at"]), len(lines))
    instruction = instruction_lines(lines, step)
    where = range(1, len(lines) + 1) if not instruction or ABOVE & values.keys() else instruction
    named = (number for name in _names(values) for number in where if _mentions(lines[number - 1], name))
    return next(named, 0) or (instruction[0] if instruction else 0)


def instruction_lines(lines: list[str], step: str) -> range:
    """The numbers of the lines of a Dockerfile's instruction, which BuildKit names on one line; none if absent."""
    wanted = _squeezed(STEP.sub("", step))
    for start in range(len(lines)):
        if not wanted or not lines[start].strip() or not wanted.startswith(lines[start].split()[0].upper()):
            continue
        end = start
        while lines[end].rstrip().endswith("\\") and end + 1 < len(lines):
            end += 1
        written = _squeezed(" ".join(line.rstrip().removesuffix("\\") for line in lines[start : end + 1]))
        if written.upper() == wanted.upper():
            return range(start + 1, end + 2)
    return range(0)


def _squeezed(text: str) -> str:
    return " ".join(text.split())


def _names(values: Mapping[str, str]) -> Iterator[str]:
    """What may stand in the definition: the values whole, then the names in them."""
    for key in NAMING:
        if value := values.get(key, ""):
            yield value
            yield from NAME.findall(value)[:MOST_NAMES]


def _mentions(line: str, name: str) -> bool:
    """Whether a line that is no comment holds the name as a word; `-` and `_` and capital letters are one."""
    plain_line, plain_name = (part.lower().replace("_", "-") for part in (line, name))
    if line.lstrip().startswith("#"):
        return False
    return bool(re.search(rf"(?<![a-z0-9.-]){re.escape(plain_name)}(?![a-z0-9-])", plain_line))
