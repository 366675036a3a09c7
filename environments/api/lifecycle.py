"""What becomes of environments and versions: described, archived, restored, deleted, handed out, looked back at."""

from django.http import HttpResponse
from ninja import Status
from ninja.errors import HttpError

from environments.api import answers
from environments.api.bodies import read_choice
from environments.api.environments import ENVIRONMENT, READ_ERRORS, VERSION, router
from environments.api.extras import ERRORS, PROBLEMS, Limit, Offset, json_body
from environments.api.schemas import DeletionOut, Details, EnvironmentOut, Error, EventList, VersionOut
from environments.permissions import (
    Right,
    environment_for,
    environment_to_change,
    require,
    version_for,
    version_to_change,
)
from environments.services.activity import activity_of_environment, activity_of_version
from environments.services.deletion import delete, plan_deletion
from environments.services.export import context_zip, version_zip
from environments.services.lifecycle import change, workspace_of

__all__ = ["router"]  # that of environments.py: an address answers all its methods from one router
CHANGE_ERRORS = {400: PROBLEMS, 413: PROBLEMS, 422: PROBLEMS, **ERRORS}
DELETE_ANSWERS = {204: None, 409: Error, **ERRORS}
NOT_LOCKED = "Its packages are not locked yet: the first successful build does that. Ask for a build, then ask again."
ZIP = {"responses": {200: {"content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}}}}}


@router.patch(
    ENVIRONMENT,
    response={200: EnvironmentOut, **CHANGE_ERRORS},
    url_name="environment",
    openapi_extra=json_body(Details),
)
def change_environment(request, ws: str, name: str):
    """Change description and tags, archive it or restore it. No version comes of it.

    What is archived is in no list and takes no new versions. Archiving needs the role admin."""
    found = environment_to_change(request.user, ws, name, Right.EDIT)
    _change(request, found)
    latest = found.latest()
    return answers.environment(found, latest.name if latest else None)


@router.patch(
    VERSION, response={200: VersionOut, **CHANGE_ERRORS}, url_name="version", openapi_extra=json_body(Details)
)
def change_version(request, ws: str, name: str, version: str):
    """Change description and tags, archive it or restore it. An archived version is never the newest one.

    Archiving needs the role admin."""
    found = version_to_change(request.user, ws, name, version, Right.EDIT)
    _change(request, found)
    return answers.version(found)


def _change(request, subject):
    asked = read_choice(request, Details)
    if asked.archived is not None:
        require(request.user, Right.MANAGE, workspace_of(subject))
    change(subject, description=asked.description, tags=asked.tags, archived=asked.archived, by=request.user)


@router.get(ENVIRONMENT + "/deletion", response={200: DeletionOut, **ERRORS}, url_name="environment-deletion")
def environment_deletion(request, ws: str, name: str):
    """What deleting it would take along, and what refuses it. Nothing is done."""
    return _told(plan_deletion(environment_to_change(request.user, ws, name, Right.MANAGE)))


@router.get(VERSION + "/deletion", response={200: DeletionOut, **ERRORS}, url_name="version-deletion")
def version_deletion(request, ws: str, name: str, version: str):
    """What deleting it would take along, and what refuses it. Nothing is done."""
    return _told(plan_deletion(version_to_change(request.user, ws, name, version, Right.MANAGE)))


def _told(plan):
    return {
        "versions": [version.name for version in plan.versions],
        "builds": plan.builds,
        "log_lines": plan.lines,
        "images": [image.name for image in plan.images],
        "refused": plan.refusals,
    }


@router.delete(ENVIRONMENT, response=DELETE_ANSWERS, url_name="environment")
def delete_environment(request, ws: str, name: str):
    """Delete it with all its versions, for good. 409: something needs one of them, and the answer says what."""
    delete(environment_to_change(request.user, ws, name, Right.MANAGE), by=request.user)
    return Status(204, None)


@router.delete(VERSION, response=DELETE_ANSWERS, url_name="version")
def delete_version(request, ws: str, name: str, version: str):
    """Delete it for good; its name is never given again. 409: something needs it, and the answer says what."""
    delete(version_to_change(request.user, ws, name, version, Right.MANAGE), by=request.user)
    return Status(204, None)


@router.get(VERSION + "/export", response=ERRORS, url_name="version-export", openapi_extra=ZIP)
def export(request, ws: str, name: str, version: str):
    """A zip that the version can be published from again, with its context, its lock in every format and a README."""
    return _zip(version_zip(version_for(request.user, ws, name, version)))


@router.get(VERSION + "/context", response=ERRORS, url_name="version-context", openapi_extra=ZIP)
def context(request, ws: str, name: str, version: str):
    """A zip of the files it is built from."""
    content = context_zip(version_for(request.user, ws, name, version))
    if content is None:
        raise HttpError(404, NOT_LOCKED)
    return _zip(content)


def _zip(content):
    return HttpResponse(content, content_type="application/zip")


@router.get(ENVIRONMENT + "/activity", response={200: EventList, **READ_ERRORS}, url_name="environment-activity")
def environment_activity(request, ws: str, name: str, limit: int = Limit, offset: int = Offset):
    """What people did to it and to its versions, the newest first."""
    return _events(activity_of_environment(environment_for(request.user, ws, name)), limit, offset)


@router.get(VERSION + "/activity", response={200: EventList, **READ_ERRORS}, url_name="version-activity")
def version_activity(request, ws: str, name: str, version: str, limit: int = Limit, offset: int = Offset):
    """What people did to it, to its builds and to its environment, the newest first."""
    return _events(activity_of_version(version_for(request.user, ws, name, version)), limit, offset)


def _events(activity, limit, offset):
    events, _ = activity
    return {"items": list(events[offset : offset + limit]), "count": events.count()}
