"""What there is to say about a definition: our rules, a second opinion on Dockerfiles, and a workspace's own levels."""

from dataclasses import replace

from environments.definitions.catalogue import FAMILY, entry_of
from environments.definitions.levels import Level, with_levels
from environments.definitions.model import Definition, DefinitionError, Kind, Problem, Severity
from environments.definitions.rules import cut_and_mended, find_all, worst_first
from environments.hadolint import SILENCE, second_opinion
from environments.models import Role
from environments.services.rules import levels_of

MOST_NAMED = 3  # people who may change a rule
NOBODY = "a site administrator"


def problems_in(definition: Definition, text: str = "", workspace=None) -> tuple[Problem, ...]:
    """What to say, worst first; what the workspace has turned off is left out, and what it blocks never is."""
    found = find_all(definition, text)
    if definition.kind == Kind.CONTEXT and text and not any(one.severity == Severity.ERROR for one in found):
        found = worst_first([*found, *second_opinion(text, found)])
    heard = with_levels(found, _levels(workspace) if workspace else {})
    return tuple(cut_and_mended(heard, definition.kind, text))


def _levels(workspace):
    """The workspace's own; where hadolint may block, so does its silence."""
    levels = levels_of(workspace)
    return levels | {SILENCE: Level.BLOCK} if levels.get(FAMILY) == Level.BLOCK else levels


def refuse_blocked(workspace, definition: Definition, text: str) -> None:
    """Raise DefinitionError with the problems that this workspace does not save, each saying who may change that."""
    if Level.BLOCK not in levels_of(workspace).values():
        return
    blocking = [found for found in problems_in(definition, text, workspace) if found.blocking]
    if blocking:
        raise DefinitionError(*(_refusal(found, admins_of(workspace)) for found in blocking))


def _refusal(found: Problem, admins: str) -> Problem:
    entry = entry_of(found.code)
    title = entry.title if entry else found.code
    message = f"{found.message} This workspace does not save it: its rule “{title}” is set to block."
    remedy = " ".join(part for part in (found.remedy, f"The rule can be changed by {admins}.") if part)
    return replace(found, message=message, remedy=remedy)


def admins_of(workspace) -> str:
    """The names of some who administer the workspace, for a sentence."""
    members = workspace.members.filter(role=Role.ADMIN).select_related("user").order_by("user__username")
    names = [member.user.get_username() for member in members[:MOST_NAMED]]
    return ", ".join(names) or NOBODY
