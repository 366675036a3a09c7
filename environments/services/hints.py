"""What is told of a build that failed: the hints it kept, in people's words."""

from dataclasses import dataclass
from functools import reduce
from operator import or_

from django.db.models import F, Q

from environments.definitions.catalogue import entry_of
from environments.hints import sentence_of
from environments.models import LogPiece


@dataclass(frozen=True, slots=True)
class Told:
    """One hint. `line` is that of the log and `text` what it says; 0 and "" where only the build's error tells it."""

    code: str
    title: str
    sentence: str
    remedy: str
    line: int
    text: str
    values: dict


def told_of(build):
    """[Told] of a build; of a code that the catalogue no longer has, nothing is told."""
    found = [(entry_of(hint["code"]), hint) for hint in build.hints]
    lines = _lines_of(build, [hint["line"] for _, hint in found])
    return [
        Told(
            code=entry.code,
            title=entry.title,
            sentence=sentence_of(entry.code, hint["values"]),
            remedy=entry.remedy,
            line=hint["line"],
            text=lines.get(hint["line"], ""),
            values=hint["values"],
        )
        for entry, hint in found
        if entry
    ]


def _lines_of(build, numbers):
    """{number: text} of these lines of the log, as far as they are still there."""
    ends = F("first_line") + F("line_count")
    holding = [Q(first_line__lte=number) & Q(ends__gt=number) for number in numbers if number]
    if not holding:
        return {}
    pieces = LogPiece.objects.filter(build=build).alias(ends=ends).filter(reduce(or_, holding))
    return {number: text for piece in pieces for number, text in piece.numbered()}
