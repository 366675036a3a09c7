"""Versions as Azure's clients save them: under a name of their choice, whole, and over what is there already."""

from django.db import transaction

from environments.definitions.model import Kind
from environments.models import Environment, Version
from environments.models.builds import Reason
from environments.models.tokens import Scope, has_scope
from environments.services.builds import request_build
from environments.services.lifecycle import archive, describe, restore
from environments.services.versions import publish_version


def register(workspace, name, draft, *, author, properties=None, anonymous=False):
    """Save the draft under its own version name. Return (version, created); what is new is built at once, if the
    workspace wants that or it is a context, unless the author came with a token that may not build.

    An anonymous environment is in no list. Raises what publish_version raises.
    """
    with transaction.atomic():
        if anonymous:
            Environment.objects.get_or_create(
                workspace=workspace, name=name, defaults={"anonymous": True, "created_by": author}
            )
        version, created = publish_version(workspace, name, draft, author=author)
        if created and properties:
            Version.objects.filter(pk=version.pk).update(properties=properties)
        at_once = workspace.build_at_once or draft.definition.kind == Kind.CONTEXT
        if created and at_once and has_scope(author, Scope.BUILD):
            request_build(version, by=author, reason=Reason.CREATE)
    return version, created


@transaction.atomic
def amend(subject, *, by, description=None, tags=None, properties=None, archived=None):
    """Change of an Environment or a Version what is not None."""
    description = subject.description if description is None else description
    describe(subject, description=description, tags=subject.tags if tags is None else tags, by=by)
    if properties is not None and properties != subject.properties:
        Version.objects.filter(pk=subject.pk).update(properties=properties)
    if archived is not None and archived != (subject.archived_at is not None):
        (archive if archived else restore)(subject, by=by)
