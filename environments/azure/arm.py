"""How every address here is guarded and how every error is told: by bearer tokens alone, in Azure's own form.

Azure's clients ask again for minutes after a 5xx, which looks as if they hung: so whatever would fail again is a 4xx.
"""

import logging
from functools import wraps

from django.core.exceptions import BadRequest, PermissionDenied, SuspiciousOperation
from django.db import OperationalError
from django.http import Http404, JsonResponse, UnreadablePostError
from django.views.decorators.csrf import csrf_exempt

from environments.definitions.model import DefinitionError
from environments.display.refusals import BUSY, NOTHING_HERE, OURS, UNKNOWN_TOKEN, UNREADABLE
from environments.permissions import require_scope_for
from environments.services.deletion import NotDeletable
from environments.services.tokens import owner_of
from environments.services.versions import EnvironmentArchived, VersionExists

logger = logging.getLogger(__name__)
STRANGER = "Send a token of the studio as “Authorization: Bearer TOKEN”."
CONFLICTS = (VersionExists, EnvironmentArchived, NotDeletable)
UNREADABLES = (BadRequest, SuspiciousOperation, UnreadablePostError)


class Refused(Exception):
    """A request that is answered with an error: an HTTP status, Azure's code for it and a sentence for people."""

    def __init__(self, status, message, *, code="UserError", details=(), target=None, **headers):
        super().__init__(message)
        self.status, self.code, self.message = status, code, message
        self.details, self.target, self.headers = details, target, headers


class Missing(Http404):
    """What was asked for by name is not there; the sentence may name it, for the caller may see where it would be."""


def tell_as_json(refused):
    """The error body of Azure's resource manager, which the SDK turns into an exception."""
    error = {"code": refused.code, "message": refused.message, "target": refused.target}
    details = [{"code": code, "message": message} for code, message in refused.details]
    body = {"error": error | {"details": details, "additionalInfo": []}}
    return JsonResponse(body, status=refused.status, headers=refused.headers)


def guarded(*, tell=tell_as_json, caller=None, **views):
    """One view of {method: view}; each is asked only for who sends a token that may do so.

    `tell` words refusals; `caller` is another way than caller_of() to find out who asks.
    """

    @wraps(next(iter(views.values())))
    def answer(request, *args, **kwargs):
        try:
            if "\0" in request.path:  # no name holds one, and PostgreSQL refuses to be asked
                raise Http404
            if any("\0" in value for value in request.GET.values()):
                raise BadRequest
            request.user = (caller or caller_of)(request)
            view = views.get(request.method)
            if view is None:
                allowed = ", ".join(sorted(views))
                raise Refused(405, f"{request.method} is not possible here.", code="MethodNotAllowed", Allow=allowed)
            return view(request, *args, **kwargs)
        except Exception as error:
            response = tell(_refusal(request, error))
            if request.method == "HEAD":
                response.content = b""
            return response

    answer.login_required = False  # nobody is led to the sign-in page
    return csrf_exempt(answer)


def caller_of(request):
    """The user whose token came along. Raises Refused, and PermissionDenied if its scopes are not enough."""
    secret = bearer_of(request)
    user = owner_of(secret) if secret else None
    if user is None:
        message = UNKNOWN_TOKEN if secret else STRANGER
        raise Refused(401, message, code="AuthenticationFailed", **{"WWW-Authenticate": "Bearer"})
    require_scope_for(user, request.method)
    return user


def bearer_of(request):
    """The secret that came along, "" if none did."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    return secret.strip() if kind.lower() == "bearer" else ""


def _refusal(request, error):
    """What is told of an exception, as a Refused."""
    if isinstance(error, Refused):
        return error
    if isinstance(error, Http404):
        return Refused(404, str(error) if isinstance(error, Missing) else NOTHING_HERE)
    if isinstance(error, PermissionDenied):
        return Refused(403, str(error), code="AuthorizationFailed")
    if isinstance(error, CONFLICTS):
        return Refused(409, str(error), target="version")
    if isinstance(error, DefinitionError):
        return _no_definition(error)
    return _failure(request, error)


def _no_definition(error):
    sentences = [f"{found} {found.remedy}".strip() for found in error.problems]
    details = [(found.code, sentence) for found, sentence in zip(error.problems, sentences, strict=True)]
    return Refused(400, " ".join(sentences), details=details)


def _failure(request, error):
    if isinstance(error, UNREADABLES):
        return Refused(400, UNREADABLE)
    if isinstance(error, OperationalError):
        logger.warning("the database did not answer a request", exc_info=error)
        return Refused(503, BUSY, code="ServiceUnavailable", **{"Retry-After": "2"})
    logger.error("%s %s failed", request.method, request.path, exc_info=error)
    return Refused(500, OURS, code="InternalServerError")


def nothing(request, **kwargs):
    """Every address below Azure's that the studio does not have."""
    raise Http404
