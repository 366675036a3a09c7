"""Rows as the values of schemas.py."""

import json
from dataclasses import asdict

from django.conf import settings
from django.urls import reverse

from environments.models import State
from environments.services.hints import told_of
from environments.services.queue import Queue

MOST_STEPS = 2000


def address(row):
    """The page of a row, as a person can open it from anywhere."""
    return f"{settings.STUDIO_URL}{row.get_absolute_url()}"


def problem(found):
    """A Problem of a definition."""
    names = ("code", "source", "line", "column", "message", "remedy", "blocking")
    return {name: getattr(found, name) for name in names} | {
        "severity": found.severity.value,
        "docs": f"{settings.STUDIO_URL}{reverse('problem', args=[found.code])}",
        "fix": asdict(found.fix) if found.fix else None,
    }


def build_link(build):
    return {"id": build.pk, "state": build.state, "url": address(build)} if build else None


def version_name(version):
    environment = version.environment
    return {"workspace": environment.workspace.slug, "environment": environment.name, "version": version.name}


def environment(row, latest):
    """`latest` is the name of its newest active version, or None."""
    return {
        "name": row.name,
        "description": row.description,
        "tags": row.tags,
        "latest": latest,
        "archived": row.archived_at is not None,
        "created_at": row.created_at,
        "updated_at": row.updated_at,
        "url": address(row),
    }


def version_item(row):
    """A version as a line of a list."""
    return {
        "version": row.name,
        "kind": row.kind,
        "message": row.message,
        "author": _username(row.author),
        "archived": row.archived_at is not None,
        "built": row.image_built is not None,
        "created_at": row.created_at,
        "url": address(row),
    }


def version(row):
    """A version whole."""
    return version_item(row) | {
        "workspace": row.environment.workspace.slug,
        "name": row.environment.name,
        "reference": f"azureml:{row.environment.name}:{row.name}",
        "definition": json.loads(row.definition),
        "definition_digest": row.definition_digest,
        "text": row.text,
        "context": _context(row.context),
        "description": row.description,
        "tags": row.tags,
        "parent": version_name(row.parent) if row.parent else None,
        "image": _image(row.image_built),
        "build": build_link(row.newest_build()),
    }


def build(row):
    """A build with the steps of its newest attempt."""
    names = ("number", "state", "reason", "timings", "exit_code", "checked", "created_at", "started_at", "finished_at")
    image = _image(row.image) or {"image": None, "image_id": None, "image_digest": None}
    return {name: getattr(row, name) for name in names} | {
        **build_link(row),
        "cancelling": row.state == State.RUNNING and row.cancel_requested_at is not None,
        "queue": _place(Queue().places([row]).get(row.pk)),
        "version": version_name(row.version),
        "image": image["image"],
        "image_id": image["image_id"],
        "image_digest": image["image_digest"],
        "base_digest": row.base_digest or None,
        "reused": row.reused_id,
        "steps": [_step(step) for step in row.steps.filter(attempt=row.attempt)[:MOST_STEPS]],
        "error": row.error or None,
        "error_step": row.error_step or None,
        "hints": [_hint(told) for told in told_of(row)],
        "requested_by": _username(row.requested_by),
    }


def _hint(told):
    names = ("code", "title", "remedy", "text")
    docs = f"{settings.STUDIO_URL}{reverse('problem', args=[told.code])}"
    return {name: getattr(told, name) for name in names} | {
        "message": told.sentence,
        "line": told.line or None,
        "docs": docs,
    }


def change(found, *names):
    """A change of diffing.py: the attributes named, and both sides with None for what one does not have."""
    return {name: getattr(found, name) for name in names} | {"before": found.old or None, "after": found.new or None}


def _place(place):
    if place is None:
        return None
    return {"position": place.position, "of": place.of, "estimate_seconds": place.seconds}


def _step(row):
    names = ("number", "name", "kind", "state", "cached", "started_at", "completed_at", "seconds", "error")
    return {name: getattr(row, name) for name in names}


def _image(row):
    if row is None:
        return None
    return {
        "image": row.name,
        "image_id": row.image_id,
        "image_digest": row.repo_digest,
        "removed_at": row.removed_at,
        "size": row.size,
        "facts": row.facts,
        "stand_in": row.stand_in,
    }


def _context(row):
    return {"sha256": row.sha256, "size": row.size, "files": row.manifest} if row else None


def _username(user):
    return user.get_username() if user else None
