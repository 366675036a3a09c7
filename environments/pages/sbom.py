"""The bill of materials of an image as a file."""

from django.http import Http404, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from environments.permissions import build_for, version_for
from environments.services.sbom import CONTENT_TYPE, sbom_text


@require_safe
def of_version(request, ws, env, version):
    """What is in the image the version stands for."""
    return _file(version_for(request.user, ws, env, version).current_build, f"{env}-{version}")


@require_safe
def of_build(request, ws, build_id):
    """What is in the image of one build."""
    build = build_for(request.user, build_id, slug=ws)
    return _file(build, f"{build.version.environment.name}-build-{build.number}")


def _file(build, name):
    if build is None or build.image is None:
        raise Http404
    headers = {"Content-Disposition": content_disposition_header(True, f"{name}.cdx.json")}
    return HttpResponse(sbom_text(build.image, build.lock), content_type=CONTENT_TYPE, headers=headers)
