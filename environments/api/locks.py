"""The lock of a version: as values, or in the format of a tool that installs from it."""

from typing import Literal

from django.http import HttpResponse
from ninja import Query, Router
from ninja.errors import HttpError

from environments.api.extras import ERRORS, PROBLEMS
from environments.api.schemas import LockOut
from environments.locking.exports import FORMATS, Locked, format_of, formats_of
from environments.locking.packages import locked_packages
from environments.permissions import version_for

NO_LOCK = (
    "This version has no lock: the first successful build of conda or pip packages makes it. Ask for a build, and ask "
    "again once it succeeded."
)
OTHER_FORMATS = "This lock cannot be had as “{asked}”. It can be had as: {there}."
NO_FORMATS = "This lock cannot be had as “{asked}”: it holds no packages."

router = Router(tags=["environments"])
TEXT = {"schema": {"type": "string"}}
AS_TEXT = {"responses": {200: {"content": {known.content_type.partition(";")[0]: TEXT for known in FORMATS}}}}


@router.get(
    "/workspaces/{ws}/environments/{name}/versions/{version}/lock",
    response={200: LockOut, 422: PROBLEMS, **ERRORS},
    url_name="version-lock",
    openapi_extra=AS_TEXT,
)
def lock(
    request,
    ws: str,
    name: str,
    version: str,
    format: Literal["explicit", "pixi", "requirements", "environment"] | None = Query(
        None, description="Answer with a text for conda (explicit), pixi, pip (requirements) or conda (environment)."
    ),
):
    """What the version's image was built from, to the file: all of it as JSON, or as `format` says."""
    build = version_for(request.user, ws, name, version).current_build
    found = build.lock if build else None
    if found is None:
        raise HttpError(404, NO_LOCK)
    return _text(found, format) if format else _values(found)


def _text(lock, key):
    known = format_of(lock.texts, key)
    if known is None:
        there = ", ".join(other.key for other in formats_of(lock.texts))
        raise HttpError(404, (OTHER_FORMATS if there else NO_FORMATS).format(asked=key, there=there))
    written = known.write(Locked(lock.texts, lock.target, lock.channels))
    return HttpResponse(written, content_type=known.content_type)


def _values(lock):
    names = ("manager", "name", "version", "build", "source", "size", "hashes")
    return {
        "digest": lock.sha256,
        "target": lock.target,
        "channels": lock.channels,
        "formats": [known.key for known in formats_of(lock.texts)],
        "packages": [
            {field: getattr(package, field) or None for field in names} | {"hashes": package.hashes}
            for package in locked_packages(lock.texts)
        ],
    }
