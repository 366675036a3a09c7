"""pip requirements, read as pip reads them (its "Requirements File Format"); other files only if they were given.

A file named by `-r` is read in its place. What a file named by `-c` limits becomes lines such as `-c numpy<2`, so that
a definition is complete without its files; asked.constraints() takes the two apart for whoever installs them.
"""

import re
from collections.abc import Iterator, Mapping

from environments.definitions.findings import Findings, refusal
from environments.definitions.includes import Includes
from environments.definitions.model import DefinitionError
from environments.definitions.requirement_lines import (
    CONSTRAINT,
    CONSTRAINT_OPTIONS,
    REQUIREMENT_OPTIONS,
    Line,
    check_line,
    constraint_of,
    entries_of,
    indent,
    logical_lines,
    requirement_name,
    split_option,
    tidy,
)
from environments.definitions.text import Mark, clean_text

__all__ = ["SOURCE", "parse_requirements", "read_requirements", "requirement_marks", "requirement_name"]

SOURCE = "requirements_file"

_CONDA_KEY = re.compile(r"(name|channels|dependencies|prefix|variables)\s*:")


def parse_requirements(text: str, source: str = SOURCE, includes: Includes | None = None) -> tuple[str, ...]:
    """Read a requirements file: one entry per requirement or option, comments gone, spaces made single.

    Raises DefinitionError, with one Problem for each line that cannot be taken over.
    """
    text = clean_text(text, source)
    findings = Findings(source)
    if place := _conda_key(text):
        message = "This looks like a conda environment file, not like pip requirements."
        raise refusal(source, place, "conda-file", message, "Choose “conda” for it, or give one requirement per line.")
    lines = read_requirements(text, Mark(1, 1), findings, includes or Includes())
    findings.raise_if_any()
    return tuple(lines)


def requirement_marks(text: str) -> Mapping[str, Mark]:
    """Where each entry of parse_requirements(text) stands; of equal ones the first."""
    marks: dict[str, Mark] = {}
    for line in logical_lines(text, Mark(1, 1)):
        for entry in _entries(line):
            marks.setdefault(entry, line.mark(indent(line.text)))
    return marks


def read_requirements(
    text: str, start: Mark, findings: Findings, includes: Includes, *, only_limits: bool = False
) -> list[str]:
    """Check the lines of a text that begins at `start` of some larger one, and return them tidied.

    With only_limits they are constraints: nothing is installed because of them.
    """
    entries: list[str] = []
    for line in logical_lines(text, start):
        option, value = _other_file(line)
        if option in CONSTRAINT_OPTIONS and constraint_of(value):
            check_line(Line(value, ((0, line.mark(indent(line.text))),)), findings)
            entries += _limit(value, line, findings)
        elif option:
            entries += _included(option, value, line, findings, includes)
        elif only_limits and line.text.lstrip()[0] != "-":
            check_line(line, findings)
            entries += _limit(tidy(line.text), line, findings)
        else:
            check_line(line, findings)
            entries += entries_of(line.text)
    return entries


def _included(option: str, written: str, line: Line, findings: Findings, includes: Includes) -> list[str]:
    """The entries of the file a line names; what is wrong in it carries its name."""
    path, complaint = includes.locate(written)
    if complaint:
        code, message, remedy = complaint
        if option in CONSTRAINT_OPTIONS and code == "pip-other-file":
            remedy = "Write its limits here, each like -c numpy<2: then nothing is installed because of them."
        shown = written.rpartition("@")[2] if "://" in written else written  # without the password of an address
        findings.error(line.mark(indent(line.text)), code, f"“{option} {shown[:80]}” {message}", remedy)
        return []
    inner = Findings(path)
    entries: list[str] = []
    try:
        with includes.reading(path) as text:
            entries = read_requirements(text, Mark(1, 1), inner, includes, only_limits=option in CONSTRAINT_OPTIONS)
    except DefinitionError as error:
        inner.add(error.problems)
    findings.add(inner.problems)
    return entries


def _limit(requirement: str, line: Line, findings: Findings) -> Iterator[str]:
    """A constraint as an entry; nothing for one that names a package only, which limits nothing."""
    limit = constraint_of(requirement)
    if limit and limit.extras:
        message = f"“{requirement[:60]}” limits an extra, and pip refuses that."
        findings.error(line.mark(indent(line.text)), "pip-constraint", message, f"Write {limit.name} without brackets.")
    elif limit:
        yield CONSTRAINT + requirement


def _other_file(line: Line) -> tuple[str, str]:
    """`-r` or `-c`, as written, and what follows; two empty texts for any other line."""
    words = " ".join(line.text.split())
    option, value = _option(words)
    is_constraint = option in CONSTRAINT_OPTIONS and constraint_of(value)  # a marker keeps its quotes
    return (option, value) if is_constraint or not option else _option(tidy(words))


def _option(words: str) -> tuple[str, str]:
    word, _, rest = words.partition(" ")
    option, value = split_option(word)
    is_file = option in REQUIREMENT_OPTIONS | CONSTRAINT_OPTIONS
    return (option, f"{value} {rest}".strip()) if is_file else ("", "")


def _entries(line: Line) -> list[str]:
    option, value = _other_file(line)
    return [CONSTRAINT + value] if option in CONSTRAINT_OPTIONS else entries_of(line.text)


def _conda_key(text: str) -> Mark | None:
    """Where the first key of a conda file stands, if the text begins like one."""
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip() and not line.lstrip().startswith("#"):
            return Mark(number, 1) if _CONDA_KEY.match(line) else None
    return None
