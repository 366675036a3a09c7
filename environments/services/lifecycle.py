"""Archiving, restoring and describing environments and versions, each with its audit row."""

from django.db import transaction
from django.utils import timezone

from environments.models.listing import keep
from environments.services.audit import record
from environments.services.holding import environment_of, hold_subject


def workspace_of(subject):
    """The Workspace of an Environment or a Version."""
    return environment_of(subject).workspace


@transaction.atomic
def change(subject, *, description=None, tags=None, archived=None, by):
    """Describe an Environment or a Version, archive it or restore it: all of that, or nothing. None stays as it is.

    Raises Gone."""
    describe(subject, description=description, tags=tags, by=by)
    if archived is not None:
        (archive if archived else restore)(subject, by=by)


def archive(subject, *, by):
    """Leave an Environment or a Version out of lists and of what is newest. Return False if it was archived before.

    Its address, its image and its builds stay as they are. Raises Gone."""
    return _mark(subject, "archive", timezone.now(), by)


def restore(subject, *, by):
    """Take an Environment or a Version back from the archive. Return False if it was not there. Raises Gone."""
    return _mark(subject, "restore", None, by)


@transaction.atomic
def _mark(subject, verb, moment, by):
    hold_subject(subject)
    rows = type(subject).objects.filter(pk=subject.pk, archived_at__isnull=moment is not None)
    if not rows.update(archived_at=moment):
        return False
    subject.archived_at = moment
    keep([environment_of(subject).pk])
    record(by, f"{subject._meta.model_name}.{verb}", subject, workspace_of(subject))
    return True


@transaction.atomic
def describe(subject, *, description=None, tags=None, by):
    """Give an Environment or a Version another description or other tags, or both. Return False if they were the same.

    No version comes of it; the audit row holds what was there before. Raises Gone."""
    hold_subject(subject)
    row = type(subject).objects.filter(pk=subject.pk)
    before = row.values("description", "tags").get()
    named = {"description": description, "tags": tags}
    after = before | {name: value for name, value in named.items() if value is not None}
    subject.description, subject.tags = after["description"], after["tags"]
    changed = [name for name in after if before[name] != after[name]]
    if not changed:
        return False
    row.update(**{name: after[name] for name in changed})
    keep([environment_of(subject).pk])
    told = {"before": {name: before[name] for name in changed}, "after": {name: after[name] for name in changed}}
    record(by, f"{subject._meta.model_name}.describe", subject, workspace_of(subject), **told)
    return True
