"""Archiving, restoring and describing environments and versions, each with its audit row."""

from django.db import transaction
from django.utils import timezone

from environments.models import Environment
from environments.models.listing import keep
from environments.services.audit import record


def workspace_of(subject):
    """The Workspace of an Environment or a Version."""
    return _environment_of(subject).workspace


def _environment_of(subject):
    return subject if isinstance(subject, Environment) else subject.environment


def archive(subject, *, by):
    """Leave an Environment or a Version out of lists and of what is newest. Return False if it was archived before.

    Its address, its image and its builds stay as they are."""
    return _mark(subject, "archive", timezone.now(), by)


def restore(subject, *, by):
    """Take an Environment or a Version back from the archive. Return False if it was not there."""
    return _mark(subject, "restore", None, by)


@transaction.atomic
def _mark(subject, verb, moment, by):
    rows = type(subject).objects.filter(pk=subject.pk, archived_at__isnull=moment is not None)
    if not rows.update(archived_at=moment):
        return False
    subject.archived_at = moment
    keep([_environment_of(subject).pk])
    record(by, f"{subject._meta.model_name}.{verb}", subject, workspace_of(subject))
    return True


@transaction.atomic
def describe(subject, *, description, tags, by):
    """Give an Environment or a Version another description and other tags. Return False if they were the same.

    No version comes of it; the audit row holds what was there before."""
    row = type(subject).objects.select_for_update(of=["self"]).get(pk=subject.pk)
    before, after = _details(row.description, row.tags), _details(description, tags)
    changed = [name for name in after if before[name] != after[name]]
    if not changed:
        return False
    type(subject).objects.filter(pk=subject.pk).update(**after)
    subject.description, subject.tags = description, tags
    keep([_environment_of(subject).pk])
    told = {"before": {name: before[name] for name in changed}, "after": {name: after[name] for name in changed}}
    record(by, f"{subject._meta.model_name}.describe", subject, workspace_of(subject), **told)
    return True


def _details(description, tags):
    return {"description": description, "tags": tags}
