"""Publishes the catalogue into the workspace `curated`. May run any number of times; builds nothing."""

from collections.abc import Iterable

from django.db import transaction

from curated.catalog import Entry
from environments.models import CURATED, Version, Workspace
from environments.models.listing import keep
from environments.services.versions import Draft, publish_version

FIRST = "First published"
CHANGED = "The catalogue's definition changed"


def publish_catalogue(entries: Iterable[Entry]) -> list[tuple[Version, bool]]:
    """Publish each entry whose definition differs from its newest version. Return (version, created) for each."""
    workspace = Workspace.objects.get(slug=CURATED)
    return [_publish(workspace, entry) for entry in entries]


@transaction.atomic
def _publish(workspace, entry):
    before = workspace.environments.filter(name=entry.name).first()
    parent = before.latest() if before else None
    draft = Draft(
        definition=entry.definition,
        text=entry.text,
        message=CHANGED if parent else FIRST,
        description=entry.description,
        tags=dict(entry.tags),
        parent=parent,
    )
    version, created = publish_version(workspace, entry.name, draft, author=None)
    workspace.environments.filter(name=entry.name).update(description=entry.description, tags=dict(entry.tags))
    keep([version.environment_id])
    return version, created
