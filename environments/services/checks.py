"""What there is to say about a definition: our rules, a second opinion on Dockerfiles, and a workspace's own levels."""

from dataclasses import replace

from django.conf import settings

from environments.copied import missing_files
from environments.definitions.asked import conda_packages
from environments.definitions.catalogue import FAMILY, entry_of
from environments.definitions.dockerfile import check_dockerfile
from environments.definitions.levels import Level, with_levels
from environments.definitions.model import Definition, DefinitionError, Kind, Problem, Severity
from environments.definitions.rules import cut_and_mended, find_all, worst_first
from environments.definitions.subject import Subject
from environments.display.words import listed
from environments.engine import load_mirrors
from environments.engine.mirrors import MirrorsError
from environments.hadolint import SILENCE, second_opinion
from environments.locking.conda import DEFAULTS, channels_of
from environments.models import Role
from environments.services.rules import levels_of

MOST_NAMED = 3  # people who may change a rule
NOBODY = "a site administrator"


def problems_in(definition: Definition, text: str = "", workspace=None, files=None) -> tuple[Problem, ...]:
    """What to say, worst first; what the workspace has turned off is left out, and what it blocks never is.

    files: the paths of a build context, where its files are to be held against the Dockerfile."""
    found = find_all(definition, text)
    if definition.kind == Kind.CONTEXT and text and not any(one.severity == Severity.ERROR for one in found):
        copied = missing_files(check_dockerfile(text, definition.context.args), files) if files is not None else ()
        found = worst_first([*found, *copied, *second_opinion(text, found)])
    if definition.kind == Kind.CONDA:
        found = worst_first([*found, *_unmirrored(definition, text)])
    heard = with_levels(found, _levels(workspace) if workspace else {})
    return tuple(cut_and_mended(heard, definition.kind, text))


def _unmirrored(definition, text):
    """Channels that a site's mirrors file does not know, where conda is needed and the file knows some."""
    try:
        mirrors = load_mirrors(settings.MIRRORS_FILE) if settings.MIRRORS_FILE else None
    except MirrorsError:  # workers say what is wrong with it
        return
    if not (mirrors and mirrors.channels and conda_packages(definition)):
        return
    subject, known = Subject.of(definition, text), listed(sorted(mirrors.channels)[:MOST_NAMED])
    for name in channels_of(definition.conda.channels, definition.conda.dependencies, mirrors.channel):
        if mirrors.channel(name) == name:
            message = f"The mirrors file of this site names no mirror of the channel “{name[:60]}”."
            remedy = f"Use one it names, such as {known}, unless builds here reach the internet."
            yield subject.tell("channel-unmirrored", message, remedy, "defaults" if name in DEFAULTS else name)


def _levels(workspace):
    """The workspace's own; where hadolint may block, so does its silence."""
    levels = levels_of(workspace)
    return levels | {SILENCE: Level.BLOCK} if levels.get(FAMILY) == Level.BLOCK else levels


def refuse_blocked(workspace, definition: Definition, text: str, files=None) -> None:
    """Raise DefinitionError with the problems that this workspace does not save, each saying who may change that."""
    if Level.BLOCK not in levels_of(workspace).values():
        return
    blocking = [found for found in problems_in(definition, text, workspace, files) if found.blocking]
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
