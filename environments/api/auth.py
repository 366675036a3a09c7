"""Who calls: a bearer token, or the session of someone signed in, who then must send the CSRF token with writes."""

from django.middleware.csrf import CsrfViewMiddleware
from ninja.errors import AuthenticationError, HttpError
from ninja.security import HttpBearer, SessionAuth

from environments.display.refusals import UNKNOWN_TOKEN
from environments.permissions import require_scope_for
from environments.services.tokens import owner_of

NO_CSRF_TOKEN = "The CSRF token is missing or wrong. Send it as X-CSRFToken, or use an API token instead."


class BearerToken(HttpBearer):
    """`Authorization: Bearer TOKEN`. Where `writes=False`, a POST changes nothing and takes the scope to read."""

    def __init__(self, *, writes=True):
        super().__init__()
        self._writes = writes

    def authenticate(self, request, token):
        user = _owner(token)
        require_scope_for(user, request.method if self._writes else "GET")
        request.user = user
        return user


class SignedIn(SessionAuth):
    """The session cookie. A stranger's missing CSRF token is no matter: they are told to sign in instead."""

    def __init__(self):
        super().__init__(csrf=False)  # ninja's own check would render a page

    def authenticate(self, request, key):
        if not request.user.is_authenticated:
            return None
        if _CsrfCheck(_unused).process_view(request, _unused, (), {}):
            raise HttpError(403, NO_CSRF_TOKEN)
        return request.user


class _CsrfCheck(CsrfViewMiddleware):
    """Django's check, which answers with the reason for a refusal."""

    def _reject(self, request, reason):
        return reason


def _unused(request):
    """Stands where Django wants a view."""


def _owner(secret):
    """The user of a token's secret. Raises AuthenticationError."""
    if owner := owner_of(secret):
        return owner
    raise AuthenticationError(message=UNKNOWN_TOKEN)


MAY_WRITE = [BearerToken(), SignedIn()]
MAY_READ = [BearerToken(writes=False), SignedIn()]
