"""YAML scalars written so that every reader gets the same text back."""

import json
import re

_PLAIN_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/=<>+*-]*")
_NOT_TEXT = frozenset(["null", "true", "false", "yes", "no", "on", "off"])  # to some reader, in any case
_NUMBER = re.compile(r"[0-9.+_-]+(?:e[0-9+-]+)?|0[box][0-9a-f_]+|[0-9-]{8,10}", re.IGNORECASE)
# YAML takes these for line ends or for a mark of the encoding, or forbids them, unless they are escaped.
_TO_ESCAPE = re.compile("[\x7f-\x9f\u2028\u2029\ufeff]")
_NO_BLOCK = re.compile("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff]")


def scalar(value: str) -> str:
    """A scalar on one line: bare if no reader could take it for anything but text, else in double quotes."""
    if _PLAIN_WORD.fullmatch(value) and value.lower() not in _NOT_TEXT and not _NUMBER.fullmatch(value):
        return value
    return quoted(value)


def quoted(value: str) -> str:
    """A scalar in double quotes; JSON's escapes are YAML's."""
    return _TO_ESCAPE.sub(lambda found: f"\\u{ord(found[0]):04x}", json.dumps(value, ensure_ascii=False))


def block(value: str, indent: str = "  ") -> str:
    """A scalar as lines below its key, to follow “key: ”; in double quotes where lines cannot say it."""
    lines = value.split("\n")
    if lines.pop() or not lines or not lines[-1].strip() or not lines[0].strip() or _NO_BLOCK.search(value):
        return quoted(value)
    indicator = len(indent) if lines[0].startswith(" ") else ""
    return "\n".join([f"|{indicator}", *(f"{indent}{line}" if line else "" for line in lines)])
