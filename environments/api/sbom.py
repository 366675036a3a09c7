"""The bill of materials of an image, as CycloneDX JSON."""

from uuid import UUID

from django.http import HttpResponse
from ninja import Router
from ninja.errors import HttpError

from environments.api.extras import ERRORS
from environments.permissions import build_for, version_for
from environments.services.sbom import CONTENT_TYPE, sbom_text

NO_IMAGE = "There is no image to tell the packages of: the first successful build makes it."
CYCLONEDX = {"responses": {200: {"description": "CycloneDX 1.6", "content": {CONTENT_TYPE: {"schema": {}}}}}}

router = Router(tags=["environments"])


@router.get(
    "/workspaces/{ws}/environments/{name}/versions/{version}/sbom",
    response=ERRORS,
    url_name="version-sbom",
    openapi_extra=CYCLONEDX,
)
def of_version(request, ws: str, name: str, version: str):
    """Every package in the version's image and what each needs, as CycloneDX 1.6 JSON."""
    return _document(version_for(request.user, ws, name, version).current_build)


@router.get("/builds/{uuid:build_id}/sbom", response=ERRORS, url_name="build-sbom", openapi_extra=CYCLONEDX)
def of_build(request, build_id: UUID):
    """Every package in the build's image and what each needs, as CycloneDX 1.6 JSON."""
    return _document(build_for(request.user, build_id))


def _document(build):
    if build is None or build.image is None:
        raise HttpError(404, NO_IMAGE)
    return HttpResponse(sbom_text(build.image, build.lock), content_type=CONTENT_TYPE)
