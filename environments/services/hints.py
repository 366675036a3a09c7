"""What is told of a build that failed: the hints it kept, in people's words."""

from dataclasses import dataclass

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
    return [
        Told(
            code=entry.code,
            title=entry.title,
            sentence=sentence_of(entry.code, hint["values"]),
            remedy=entry.remedy,
            line=hint["line"],
            text=_line_of(build, hint["line"]),
            values=hint["values"],
        )
        for entry, hint in found
        if entry
    ]


def _line_of(build, line):
    """The text of a line of the log; "" if the log was removed."""
    piece = LogPiece.objects.filter(build=build, first_line__lte=line).order_by("-first_line").first()
    return dict(piece.numbered()).get(line, "") if piece else ""
