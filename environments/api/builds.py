"""Builds: asked for, followed line by line, stopped."""

from uuid import UUID

from django.utils import timezone
from ninja import Query, Router, Status

from environments.api import answers
from environments.api.bodies import read_choice
from environments.api.build_schemas import BuildAsked, BuildOut, LogOut
from environments.api.extras import ERRORS, PROBLEMS, json_body
from environments.api.schemas import BuildLink
from environments.models.builds import Reason
from environments.permissions import Right, build_for, version_for
from environments.services.builds import cancel_build, request_build, retry_build
from environments.services.logs import LINES_AT_ONCE, read_log

LAST_LINE = 2**31 - 1

router = Router(tags=["builds"])
REASONS = {None: Reason.REQUEST, "again": Reason.RESOLVE, "same": Reason.REBUILD}


@router.post(
    "/workspaces/{ws}/environments/{name}/versions/{version}/builds",
    response={200: BuildLink, 201: BuildLink, 400: PROBLEMS, 413: PROBLEMS, 422: PROBLEMS, **ERRORS},
    url_name="version-builds",
    openapi_extra=json_body(BuildAsked),
)
def request(request, ws: str, name: str, version: str):
    """Ask for a build. 201: a new one, which has ended already if an equal definition was built; 200: the one under
    way. The body may be left out."""
    row = version_for(request.user, ws, name, version, Right.BUILD)
    asked = read_choice(request, BuildAsked)
    now = timezone.now()
    build = request_build(row, by=request.user, reason=REASONS[asked.resolve])
    return Status(201 if build.created_at >= now else 200, answers.build_link(build))


@router.get("/builds/{uuid:build_id}", response={200: BuildOut, **ERRORS}, url_name="build")
def one(request, build_id: UUID):
    """How a build stands."""
    return answers.build(build_for(request.user, build_id))


@router.get("/builds/{uuid:build_id}/log", response={200: LogOut, 422: PROBLEMS, **ERRORS}, url_name="build-log")
def log(request, build_id: UUID, after: int = Query(0, ge=0, le=LAST_LINE)):
    """What it printed after a line. Ask again with `after` set to `next` until `ended` is true."""
    return read_log(build_for(request.user, build_id), after, LINES_AT_ONCE)


@router.post(
    "/builds/{uuid:build_id}/retry", response={200: BuildLink, 201: BuildLink, **ERRORS}, url_name="build-retry"
)
def retry(request, build_id: UUID):
    """Build the same version again. 201: a new build; 200: the one that came after this one already."""
    now = timezone.now()
    build = retry_build(build_for(request.user, build_id, Right.BUILD), by=request.user)
    return Status(201 if build.created_at >= now else 200, answers.build_link(build))


@router.post("/builds/{uuid:build_id}/cancel", response={200: BuildLink, **ERRORS}, url_name="build-cancel")
def cancel(request, build_id: UUID):
    """Stop it. A build that waits ends at once, a running one within seconds; one that has ended stays as it is."""
    return answers.build_link(cancel_build(build_for(request.user, build_id, Right.BUILD), by=request.user))
