"""Environments and their versions: published, listed, looked at."""

from django.db.models import F
from ninja import Router, Status

from environments.api import answers
from environments.api.bodies import read_definition
from environments.api.extras import BODY_ERRORS, DEFINITION_BODY, ERRORS, PROBLEMS, Limit, Offset
from environments.api.schemas import (
    EnvironmentDetail,
    EnvironmentList,
    Error,
    PackageList,
    Published,
    VersionOut,
)
from environments.models.builds import Reason
from environments.permissions import Right, environment_for, require, version_for, workspace_for, workspace_to_edit
from environments.services.builds import request_build
from environments.services.drafts import draft
from environments.services.versions import publish_version

router = Router(tags=["environments"])
ENVIRONMENTS = "/workspaces/{ws}/environments"
ENVIRONMENT = ENVIRONMENTS + "/{name}"
VERSION = ENVIRONMENT + "/versions/{version}"
READ_ERRORS = {422: PROBLEMS, **ERRORS}


@router.post(
    ENVIRONMENTS,
    response={200: Published, 201: Published, 409: Error, **BODY_ERRORS, **ERRORS},
    url_name="environments",
    openapi_extra=DEFINITION_BODY,
)
def publish(request, ws: str, build: bool = False):
    """Save a definition as a version of the environment it names, and ask for its build with `build=1`.

    201: a new version; 200: it equals the newest one, or the one it names; 409: the version it names has another
    definition.
    """
    workspace = workspace_to_edit(request.user, ws)
    if build:
        require(request.user, Right.BUILD, workspace)
    sent = read_definition(request, must_be_named=True)
    document = sent.document
    drafted = draft(
        workspace,
        sent.definition,
        text=sent.text,
        files=sent.context,
        name=document.version,
        description=document.description,
        tags=dict(document.tags),
    )
    version, created = publish_version(workspace, document.name, drafted, author=request.user)
    reason = Reason.CREATE if created else Reason.REQUEST
    requested = request_build(version, by=request.user, reason=reason) if build else None
    answer = {
        "name": version.environment.name,
        "version": version.name,
        "url": answers.address(version),
        "build": answers.build_link(requested),
    }
    return Status(201 if created else 200, answer)


@router.get(ENVIRONMENTS, response={200: EnvironmentList, **READ_ERRORS}, url_name="environments")
def index(request, ws: str, limit: int = Limit, offset: int = Offset):
    """The environments of a workspace by name, without archived ones."""
    environments = workspace_for(request.user, ws).environments.listed()
    shown = environments.select_related("workspace").annotate(latest_name=F("newest__name"))
    items = [answers.environment(row, row.latest_name) for row in shown[offset : offset + limit]]
    return {"items": items, "count": environments.to_count().count()}


@router.get(ENVIRONMENT, response={200: EnvironmentDetail, **READ_ERRORS}, url_name="environment")
def one(request, ws: str, name: str, limit: int = Limit, offset: int = Offset):
    """An environment and its versions."""
    environment = environment_for(request.user, ws, name)
    latest = environment.latest()
    versions = environment.versions.for_pages().newest_first()[offset : offset + limit]
    return answers.environment(environment, latest.name if latest else None) | {
        "versions": [answers.version_item(version) for version in versions],
        "version_count": environment.versions.count(),
    }


@router.get(VERSION, response={200: VersionOut, **ERRORS}, url_name="version")
def version(request, ws: str, name: str, version: str):
    """A version: what it asks for and the image it stands for."""
    return answers.version(version_for(request.user, ws, name, version))


@router.get(VERSION + "/packages", response={200: PackageList, **READ_ERRORS}, url_name="version-packages")
def packages(request, ws: str, name: str, version: str, limit: int = Limit, offset: int = Offset):
    """Every package found in the version's image."""
    image = version_for(request.user, ws, name, version).image_built
    if image is None:
        return {"image": None, "items": [], "count": 0}
    found = image.packages.all()
    return {"image": image.name, "items": list(found[offset : offset + limit]), "count": found.count()}
