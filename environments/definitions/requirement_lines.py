"""The lines of a requirements file, one by one: joined, checked and named as pip does, reaching for no other file."""

import re
import shlex
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from environments.definitions.addresses import check_address, is_address
from environments.definitions.findings import Findings
from environments.definitions.text import Mark

CONSTRAINT = "-c "  # how a constraint stands among requirements: `-c numpy<2`
MAX_REQUIREMENT = 2_000  # characters, without its hashes
MAX_BRACKETS = 50  # “(” in one requirement: `packaging` reads each level of a marker by calling itself

_COMMENT = re.compile(r"(?:^|\s)#.*")  # pip: a “#” counts at the start of the line or after a space
_COMMENT_LINE = re.compile(r"\s*#")
_OPTIONS_START = re.compile(r"\s-")
_VARIABLE = re.compile(r"\$\{[A-Z0-9_]+\}")
_HASH = re.compile(r"--hash[= ](sha256|sha384|sha512):([0-9a-f]+)")
_HASH_LENGTHS = {"sha256": 64, "sha384": 96, "sha512": 128}
_ARCHIVES = (".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2", ".tar.xz", ".tar")
_NAME = re.compile(r"[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?")
_SPACE = re.compile(r"\s")
_WHEEL_NAME = re.compile(r"[A-Za-z0-9._]+")
_WHEEL_PARTS = (4, 5)  # after the name: version, maybe a build number, and three tags
_QUOTES = re.compile("[\"'\\\\]")
_SPECIAL = re.compile("[\\s\"'\\\\]|^$")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_SINGLE_EQUALS = re.compile(r"[A-Za-z0-9._-]+\s*=[^=]")

_ADDRESS_OPTIONS = frozenset({"-i", "--index-url", "--pypi-url", "--extra-index-url", "-f", "--find-links"})
_VALUE_OPTIONS = frozenset({"--only-binary", "--no-binary", "--trusted-host", "--use-feature"})
_FLAGS = frozenset({"--pre", "--prefer-binary", "--no-index", "--require-hashes"})
_SAME_OPTION = {"-i": "--index-url", "--pypi-url": "--index-url", "-f": "--find-links"}
REQUIREMENT_OPTIONS = frozenset({"-r", "--requirement"})
CONSTRAINT_OPTIONS = frozenset({"-c", "--constraint"})
_EDITABLE_OPTIONS = frozenset({"-e", "--editable"})


@dataclass(frozen=True, slots=True)
class Line:
    """A logical line: physical lines joined at “\\”. `pieces` says at which offset of `text` each of them begins."""

    text: str
    pieces: tuple[tuple[int, Mark], ...]

    def mark(self, offset: int = 0) -> Mark:
        start, mark = self.pieces[bisect_right(self.pieces, offset, key=lambda piece: piece[0]) - 1]
        return Mark(mark.line, mark.column + offset - start)


def constraint_of(text: str) -> Requirement | None:
    """The limit a text sets to the versions of one package (`numpy<2`); None for a file's name or anything else."""
    requirement, _ = _split_options(text)
    if len(requirement) > MAX_REQUIREMENT or requirement.count("(") > MAX_BRACKETS:
        return None
    try:
        parsed = Requirement(requirement)
    except InvalidRequirement:
        return None
    return parsed if parsed.specifier or parsed.url else None


def requirement_name(line: str) -> str:
    """The normalised name that a line which was read before asks for; "" for options and addresses without one."""
    if line.startswith("-"):
        return ""
    requirement, _ = _split_options(line)
    if is_address(requirement):
        return _wheel_name(requirement)
    found = _NAME.match(requirement)
    return canonicalize_name(found[0]) if found else ""


def logical_lines(text: str, start: Mark) -> Iterator[Line]:
    """Join continued lines and drop comments and blank lines, as pip does."""
    pieces: list[tuple[int, Mark]] = []
    joined = ""
    physical_lines = text.split("\n")
    for number, physical in enumerate(physical_lines):
        pieces.append((len(joined), Mark(start.line + number, 1 if number else start.column)))
        is_comment = _COMMENT_LINE.match(physical)
        if physical.endswith("\\") and not is_comment and number + 1 < len(physical_lines):
            joined += physical[:-1]
            continue
        joined += f" {physical}" if is_comment else physical.removesuffix("\\")
        # Only plain spaces from here on: what separates words for us must do so for the tools as well.
        line = Line(_COMMENT.sub("", _SPACE.sub(" ", joined)), tuple(pieces))
        if line.text.strip():
            yield line
        pieces, joined = [], ""


def check_line(line: Line, findings: Findings) -> None:
    """Note what is wrong with a line that names no other file."""
    start = indent(line.text)
    if found := _VARIABLE.search(line.text):
        message = f"{found[0][:60]} is not filled in here: no variable of the server reaches a build."
        findings.error(line.mark(found.start()), "pip-variable", message, "Write the value, without passwords.")
    elif line.text[start] == "-":
        _check_options(line, findings)
    else:
        _check_requirement(line, start, findings)


def _check_options(line: Line, findings: Findings) -> None:
    """A line of options, such as `--index-url https://… --pre`."""
    tidied = tidy(line.text)
    if _QUOTES.search(tidied):
        message = "A blank, quote or backslash cannot be part of an option's value here."
        place = _QUOTES.search(line.text)
        findings.error(line.mark(place.start() if place else 0), "pip-option", message, "Write the value without it.")
        return
    words = iter(tidied.split())
    for word in words:
        name, value = split_option(word)
        mark = line.mark(max(line.text.find(name), 0))
        if complaint := _forbidden_option(name):
            findings.error(mark, *complaint)
            return
        if name not in _FLAGS:
            value = value or next(words, "")
            _check_value(name, value, mark, findings)


def entries_of(line: str) -> list[str]:
    """What a line that was checked says, tidied: a requirement, or each of its options as `--name value`.

    One form for each option, because uv takes neither several in a line nor all of pip's short forms.
    """
    tidied = tidy(line)
    if not tidied.startswith("-"):
        return [tidied]
    entries, words = [], iter(tidied.split())
    for word in words:
        name, value = split_option(word)
        name = _SAME_OPTION.get(name, name)
        entries.append(name if name in _FLAGS else f"{name} {value or next(words, '')}".rstrip())
    return entries


def split_option(word: str) -> tuple[str, str]:
    """`--name=value`, `--name`, `-nvalue` or `-n` as (name, value)."""
    if word.startswith("--"):
        name, _, value = word.partition("=")
        return name, value
    return (word[:2], word[2:].removeprefix("=")) if word.startswith("-") else (word, "")


def _forbidden_option(name: str) -> tuple[str, str, str] | None:
    """Code, message and remedy for an option that is not taken; None for those that are."""
    shown = name[:40]
    if name in REQUIREMENT_OPTIONS | CONSTRAINT_OPTIONS:
        return "pip-other-file", f"“{shown}” stands among other options.", "Give it a line of its own."
    if name in _EDITABLE_OPTIONS:
        message = f"“{shown}” installs from a folder, which a definition has none of."
        return "pip-editable", message, "Name a published package, or use a Docker build context."
    if name not in _ADDRESS_OPTIONS | _VALUE_OPTIONS | _FLAGS:
        return "pip-option", f"“{shown}” is no option that can be used in requirements here.", "Remove it."
    return None


def _check_value(name: str, value: str, mark: Mark, findings: Findings) -> None:
    if not value:
        findings.error(mark, "pip-option", f"“{name}” needs a value.", "Write it after the option.")
    elif name in _ADDRESS_OPTIONS and (complaint := check_address(value)):
        findings.error(mark, *complaint)


def _check_requirement(line: Line, start: int, findings: Findings) -> None:
    text, options = _split_options(line.text)
    requirement = text.strip()
    complaint = _bad_hashes(options)
    if complaint:
        findings.error(line.mark(len(text) + 1), *complaint)
    elif complaint := _bad_requirement(requirement):
        findings.error(line.mark(start), *complaint)


def _bad_requirement(requirement: str) -> tuple[str, str, str] | None:
    """Code, message and remedy for what is no requirement, or one that points at a file."""
    if len(requirement) > MAX_REQUIREMENT:
        message = f"The requirement is longer than {MAX_REQUIREMENT} characters."
        return "pip-requirement", message, "Give one requirement per line."
    if _is_path(requirement):
        message = f"“{requirement[:60]}” is a path, and a definition reaches for no file."
        return "pip-path", message, "Name a published package, or use a Docker build context."
    if is_address(requirement):
        return check_address(requirement.partition("#")[0].split()[0], packages=True)
    if requirement.count("(") > MAX_BRACKETS:
        message = f"The requirement holds more than {MAX_BRACKETS} brackets."
        return "pip-requirement", message, "Write its marker with fewer of them."
    try:
        parsed = Requirement(requirement)
    except InvalidRequirement:
        return _unreadable(requirement)
    if parsed.url:
        return check_address(parsed.url, packages=True)
    return None


def _is_path(requirement: str) -> bool:
    if requirement.startswith((".", "~")) or _DRIVE.match(requirement):
        return True
    name = requirement.partition(";")[0].partition("[")[0].strip()
    has_name_or_scheme = "@" in name or is_address(requirement)
    return not has_name_or_scheme and (name.endswith(_ARCHIVES) or "/" in name or "\\" in name)


def _unreadable(requirement: str) -> tuple[str, str, str]:
    message = f"“{requirement[:80]}” is no requirement pip can read."
    if "{{" in requirement:
        message = f"“{requirement[:80]}” holds a placeholder that another tool would fill in."
        return "placeholder", message, "Write what it stands for."
    if _SINGLE_EQUALS.match(requirement):
        return "pip-single-equals", message, f"Use two equals signs: {requirement.replace('=', '==', 1)[:80]}."
    return "pip-requirement", message, "Write it like numpy==1.26.4 or numpy>=1.26,<2."


def _bad_hashes(options: str) -> tuple[str, str, str] | None:
    """Per-requirement options: only hashes are taken, the others steer builds from source."""
    rest = _HASH.sub("", options).strip()
    if any(len(value) != _HASH_LENGTHS[algorithm] for algorithm, value in _HASH.findall(options)):
        return "pip-hash", "A hash has the wrong length.", "Copy it again from the index."
    if rest:
        message = f"“{rest[:60]}” cannot be used after a requirement here."
        return "pip-option", message, "Only --hash=sha256:… may follow."
    return None


def _split_options(text: str) -> tuple[str, str]:
    """The requirement and the options after it."""
    found = _OPTIONS_START.search(text.rstrip(), indent(text))
    return (text[: found.start()], text[found.start() + 1 :].strip()) if found else (text, "")


def _wheel_name(address: str) -> str:
    """Not by `packaging`, which multiplies the tags of a wheel out: a name of 2,000 letters has millions of them."""
    filename = address.partition("#")[0].partition("?")[0].rsplit("/", 1)[-1]
    name, *others = filename.removesuffix(".whl").split("-")
    is_wheel = filename.endswith(".whl") and len(others) in _WHEEL_PARTS
    return canonicalize_name(name) if is_wheel and _WHEEL_NAME.fullmatch(name) else ""


def indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def tidy(text: str) -> str:
    """The line with single blanks, and without quotes around what needs none; pip reads options as a shell would."""
    if text.lstrip().startswith("-") and _QUOTES.search(text):
        words = _shell_words(text)
        if not any(_SPECIAL.search(word) or word.startswith("#") for word in words):
            return " ".join(words)
    return " ".join(text.split())


def _shell_words(text: str) -> list[str]:
    try:
        return shlex.split(text)
    except ValueError:
        return [text]
