"""Where a failed build's hints lead: to the line of the log, and to the line of the definition."""

from dataclasses import dataclass

from environments.definitions.model import Kind
from environments.hints import Edit, edit_of, place_of
from environments.pages.logs import Line
from environments.pages.sources import source_of
from environments.services.hints import Told, told_of

NAMES = {Kind.CONTEXT: "the Dockerfile", Kind.CONDA: "the conda file", Kind.PIP: "the requirements"}


@dataclass(frozen=True, slots=True)
class ShownHint:
    """A hint with the line of the definition it comes from, 0 where that is not known, and the edit that mends it."""

    told: Told
    said: list  # the Line of the log, if one says it
    source: str
    place: int
    written: str
    edit: Edit | None


def shown_hints(build):
    """[ShownHint] of a build."""
    told = told_of(build)
    return [_shown(build, hint) for hint in told]


def _shown(build, told):
    kind = Kind(build.version.kind)
    text = source_of(build.version).text if kind in NAMES else ""
    place = place_of(text, build.error_step, told.values)
    return ShownHint(
        told=told,
        said=[Line(told.line, told.text, hit=True)] if told.text else [],
        source=NAMES.get(kind, "the definition"),
        place=place,
        written=text.splitlines()[place - 1] if place else "",
        edit=edit_of(text, build.error_step, told.code, told.values),
    )
