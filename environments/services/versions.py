"""Publishing versions: numbers without gaps or doubles, equal definitions without new versions."""

from dataclasses import dataclass, field
from itertools import count

from django.db import transaction
from django.db.models import IntegerField
from django.db.models.functions import Cast

from environments.definitions.digest import canonical, definition_digest
from environments.definitions.model import Definition
from environments.models import Context, Environment, Tombstone, Version
from environments.models.listing import keep
from environments.services.audit import record
from environments.services.holding import Gone

MOST_DIGITS = 9  # of numbers that are counted along: any such number fits an integer of the database


class VersionExists(Exception):
    """The version name asked for is taken by another definition, or was given to a version since deleted."""


class EnvironmentExists(Exception):
    """A new environment was asked for under a name that is taken. `environment` is the one there."""

    def __init__(self, environment):
        super().__init__(f"{environment.name} exists in {environment.workspace.slug}.")
        self.environment = environment


class EnvironmentArchived(Exception):
    """A version was to be published into an environment that is archived."""

    def __init__(self, environment):
        super().__init__(f"{environment.name} is archived. Restore it first, or choose another name.")


class NewerVersion(Exception):
    """Someone saved a version since this edit began. `latest` is theirs."""

    def __init__(self, latest):
        super().__init__(f"{latest.label} was saved in the meantime.")
        self.latest = latest


@dataclass(frozen=True)
class Draft:
    """A version before it is saved. `name` is "" for the next number; `context` belongs to the same workspace."""

    definition: Definition
    text: str = ""
    context: Context | None = None
    name: str = ""
    message: str = ""
    description: str = ""
    tags: dict = field(default_factory=dict)
    parent: Version | None = None


@transaction.atomic
def publish_version(workspace, name, draft, *, author, based_on=None, must_be_new=False):
    """Save draft as a version of workspace's environment `name`. Return (version, created).

    Equal to the newest active version: that one is returned and nothing is made. `based_on` is the version an edit
    began from: raises NewerVersion if it is no longer the newest. Raises EnvironmentExists if must_be_new,
    VersionExists for an explicit name that is taken, EnvironmentArchived: what is archived gets no versions, and Gone
    if the version it was made from was deleted.
    """
    environment, is_new = _locked_environment(workspace, name, draft, author)
    if must_be_new and not is_new:
        raise EnvironmentExists(environment)
    if environment.archived_at:
        raise EnvironmentArchived(environment)
    digest = definition_digest(draft.definition)
    if equal := _equal_version(environment, draft, digest):
        return equal, False
    newest = environment.versions.newest_first().first()
    if based_on and newest and newest != based_on:
        raise NewerVersion(newest)
    _hold_parent(draft.parent)
    version = _insert(environment, draft, digest, author)
    keep([environment.pk])
    record(author, "version.create", version, workspace, digest=digest)
    return version, True


def _locked_environment(workspace, name, draft, author):
    """The environment, locked until the end of the transaction; made if it is new, or was deleted meanwhile."""
    locked = Environment.objects.select_for_update(of=["self"]).select_related("workspace")
    while True:
        _, is_new = Environment.objects.get_or_create(
            workspace=workspace,
            name=name,
            defaults={
                "description": draft.description,
                "tags": draft.tags,
                "created_by": author,
                "last_number": _highest_buried_number(workspace, name),
            },
        )
        if environment := locked.filter(workspace=workspace, name=name).first():
            return environment, is_new


def _hold_parent(parent):
    """Keep the version a draft was made from, maybe of another environment, from being deleted. Raises Gone."""
    if parent and not Version.objects.select_for_update(no_key=True).filter(pk=parent.pk).values("pk"):
        raise Gone


def _highest_buried_number(workspace, name):
    """Numbers of a deleted environment of this name are not given again."""
    buried = Tombstone.objects.filter(
        workspace=workspace, environment_name=name, version_name__regex=rf"^[0-9]{{1,{MOST_DIGITS}}}$"
    )
    number = Cast("version_name", IntegerField())
    return buried.annotate(number=number).order_by("-number").values_list("number", flat=True).first() or 0


def _equal_version(environment, draft, digest):
    """The version that already says what the draft says, if the draft's name does not ask for another one."""
    if draft.name:
        named = environment.versions.filter(name=draft.name).first()
        if named and named.definition_digest != digest:
            raise VersionExists(f"{environment.name}:{draft.name} exists with another definition.")
        if not named and _is_buried(environment, draft.name):
            raise VersionExists(f"{environment.name}:{draft.name} was deleted, and its name is never given again.")
        return named
    latest = environment.latest()
    return latest if latest and latest.definition_digest == digest else None


def _is_buried(environment, name):
    return Tombstone.objects.filter(
        workspace=environment.workspace, environment_name=environment.name, version_name=name
    ).exists()


def _insert(environment, draft, digest, author):
    name = draft.name or next_name(environment)
    if name.isdigit() and len(name) <= MOST_DIGITS:
        environment.last_number = max(environment.last_number, int(name))
    environment.last_sequence += 1
    environment.save(update_fields=["last_number", "last_sequence", "updated_at"])
    return Version.objects.create(
        environment=environment,
        name=name,
        sequence=environment.last_sequence,
        kind=draft.definition.kind.value,
        image=draft.definition.image,
        text=draft.text,
        context=draft.context,
        definition=canonical(draft.definition),
        definition_digest=digest,
        message=draft.message,
        description=draft.description,
        tags=draft.tags,
        parent=draft.parent,
        author=author,
    )


def next_name(environment):
    """The name its next version gets unless it asks for one: the first number nobody was given.

    Numbers over MOST_DIGITS are not counted along, only passed over."""
    numbers = map(str, count(environment.last_number + 1))
    return next(name for name in numbers if not _is_given(environment, name))


def _is_given(environment, name):
    return environment.versions.filter(name=name).exists() or _is_buried(environment, name)
