"""Text as it comes in from forms, files and the API, cleaned once at the border."""

import re
from typing import NamedTuple

from environments.definitions.model import DefinitionError, Problem, Severity

MAX_TEXT_BYTES = 64 * 1024  # a definition file; the longest real ones have a few thousand bytes

# Control characters (tab and line ends are none here), lone surrogates and the two non-characters:
# YAML forbids them, PostgreSQL refuses the first, and UTF-8 cannot write the surrogates.
_FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")
_LINE_END = re.compile("\r\n?")
_BOM = "\ufeff"
_UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
_UTF32_MARK = b"\xff\xfe\0\0"  # begins as one of the others does


class Mark(NamedTuple):
    """A place in a text; both numbers count from 1."""

    line: int
    column: int


def mark_at(text: str, offset: int) -> Mark:
    """The line and column of a character, given its offset in the text."""
    return Mark(text.count("\n", 0, offset) + 1, offset - text.rfind("\n", 0, offset))


def clean_text(text: str, source: str = "", *, max_bytes: int = MAX_TEXT_BYTES) -> str:
    """Drop a leading byte order mark and turn every line end into a newline.

    Raises DefinitionError for a text over max_bytes (as UTF-8) or with a character no text file holds.
    """
    text = _LINE_END.sub("\n", text).removeprefix(_BOM)
    if len(text.encode("utf-8", "surrogatepass")) > max_bytes:
        raise DefinitionError(_too_long(source, max_bytes))
    if found := _FORBIDDEN.search(text):
        raise DefinitionError(_forbidden_character(text, found.start(), source))
    return text


def ended(text: str) -> str:
    """The text with a newline at its end."""
    return text if text.endswith("\n") else f"{text}\n"


def forbidden_in(text: str) -> str:
    """How to call the first character that no text file may hold, "" if there is none."""
    found = _FORBIDDEN.search(text)
    if not found:
        return ""
    return "a NUL character" if found[0] == "\0" else f"the character U+{ord(found[0]):04X}"


def decode(data: bytes, source: str, *, max_bytes: int = MAX_TEXT_BYTES, utf16: bool = True) -> str:
    """Read the bytes of a file as UTF-8 and clean them. Raises DefinitionError.

    With a mark that says so, UTF-16 is read as well, as pip and conda do; Windows shells write such files.
    """
    is_utf16 = utf16 and data.startswith(_UTF16_MARKS) and not data.startswith(_UTF32_MARK)
    encoding = "utf-16" if is_utf16 else "utf-8"
    if len(data) > max_bytes + len(_BOM.encode()):
        raise DefinitionError(_too_long(source, max_bytes))
    try:
        return clean_text(data.decode(encoding), source, max_bytes=max_bytes)
    except UnicodeDecodeError as error:
        encoding = "UTF-16" if data.startswith(_UTF16_MARKS) else "another encoding than UTF-8"
        line = data.count(b"\n", 0, error.start) + 1
        message = f"The file is written in {encoding}."
        remedy = "Save it as UTF-8 and try again."
        raise DefinitionError(Problem("not-utf8", Severity.ERROR, message, remedy, source, line)) from None


def _too_long(source: str, max_bytes: int) -> Problem:
    message = f"The text is longer than {max_bytes // 1024} kB."
    return Problem("too-long", Severity.ERROR, message, "Leave out what does not belong to the definition.", source)


def _forbidden_character(text: str, offset: int, source: str) -> Problem:
    message = f"The text holds {forbidden_in(text[offset])}, which no text file may hold."
    line, column = mark_at(text, offset)
    return Problem("forbidden-character", Severity.ERROR, message, "Delete that character.", source, line, column)
