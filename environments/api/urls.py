"""The addresses under /api/v1/, and how every error is told: as {"detail": sentence} or {"problems": [...]}."""

import logging
from functools import wraps

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, JsonResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.urls import path
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError
from ninja.responses import Response

from environments.api import answers, builds, check, comparing, lifecycle, locks, sbom, search
from environments.api.auth import MAY_WRITE
from environments.definitions.model import DefinitionError
from environments.display.refusals import BUSY, NOTHING_HERE, OURS, UNREADABLE
from environments.services.deletion import NotDeletable
from environments.services.versions import EnvironmentArchived, VersionExists

logger = logging.getLogger(__name__)
DESCRIPTION = "Environments, their versions and builds. Send `Authorization: Bearer TOKEN`."
STRANGER = "Send a token as “Authorization: Bearer TOKEN”."

app_name = "api"
api = NinjaAPI(
    title="Environment Studio",
    version="1",
    description=DESCRIPTION,
    urls_namespace=app_name,
    auth=MAY_WRITE,
    openapi_url=None,
    docs_url=None,  # ninja's pages fetch their scripts from elsewhere
)
for router in (
    lifecycle.router,
    comparing.router,
    locks.router,
    sbom.router,
    builds.router,
    check.router,
    search.router,
):
    api.add_router("", router)


@api.get("/openapi.json", include_in_schema=False, url_name="openapi")
def openapi(request):
    return Response(api.get_openapi_schema())


def _told(status, sentence, **headers):
    return JsonResponse({"detail": sentence}, status=status, headers=headers)


@api.exception_handler(AuthenticationError)
def _stranger(request, error):
    sentence = STRANGER if error.message == AuthenticationError().message else error.message
    return _told(401, sentence, **{"WWW-Authenticate": "Bearer"})


@api.exception_handler(HttpError)
def _refused(request, error):
    return _told(error.status_code, error.message)


@api.exception_handler(PermissionDenied)
def _forbidden(request, error):
    return _told(403, str(error))


@api.exception_handler(Http404)
def _missing(request, error):
    return _told(404, NOTHING_HERE)


@api.exception_handler(VersionExists)
@api.exception_handler(EnvironmentArchived)
@api.exception_handler(NotDeletable)
def _taken(request, error):
    return _told(409, str(error))


@api.exception_handler(ValidationError)
def _invalid(request, error):
    named = "; ".join(f"“{found['loc'][-1]}”: {found['msg']}" for found in error.errors)
    return _told(422, f"The request does not fit: {named}.")


@api.exception_handler(DefinitionError)
def _no_definition(request, error):
    return JsonResponse({"problems": [answers.problem(found) for found in error.problems]}, status=422)


@api.exception_handler(OperationalError)
def _busy(request, error):
    logger.warning("the database did not answer a request", exc_info=error)
    return _told(503, BUSY, **{"Retry-After": "2"})


@api.exception_handler(Exception)
def _broken(request, error):
    if isinstance(error, (BadRequest, SuspiciousOperation, UnreadablePostError, MultiPartParserError)):
        return _told(400, UNREADABLE)
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return _told(500, OURS)


def _nothing(request, rest=""):
    raise Http404


def _spoken_in_json(view):
    """Nobody is redirected to a sign-in page here, and what the router itself refuses has our one shape too."""

    @wraps(view)
    def spoken(request, *args, **kwargs):
        if "\0" in request.path:  # no name holds one, and PostgreSQL refuses to be asked
            return _told(404, NOTHING_HERE)
        try:
            response = view(request, *args, **kwargs)
        except Http404:
            return _told(404, NOTHING_HERE)
        if response.status_code == 405:
            return _told(405, f"{request.method} is not possible here.", Allow=response["Allow"])
        return response

    spoken.login_required = False
    return spoken


urlpatterns = [*api.urls[0], path("<path:rest>", _nothing, name="nothing")]
for pattern in urlpatterns:
    pattern.callback = _spoken_in_json(pattern.callback)
