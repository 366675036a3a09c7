"""API tokens: handing them out, taking them back, and noting that they are used."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from environments.models import ApiToken
from environments.models.tokens import Scope, joined, token_hash, token_of
from environments.services.audit import record
from environments.services.setup import ADMIN

PREFIX = "studio_"  # so that scanners for leaked secrets can tell one
USE_NOTED_EVERY = timedelta(minutes=1)
FIXED = "STUDIO_ADMIN_TOKEN"


@transaction.atomic
def issue_token(user, name, scopes=tuple(Scope), days=None, workspace=None):
    """Return (token, secret): the only time the secret is seen. Without days (int) it never expires, without a
    workspace it is good for all of the user's.

    Raises PermissionDenied for who came with a token himself: so no token makes a stronger or a longer one.
    """
    if token_of(user):
        raise PermissionDenied("A token makes no tokens. Sign in to make one.")
    secret = PREFIX + secrets.token_urlsafe(32)
    expires_at = timezone.now() + timedelta(days=days) if days else None
    token = ApiToken.objects.create(
        user=user,
        name=name,
        hash=token_hash(secret),
        scopes=joined(scopes),
        workspace=workspace,
        expires_at=expires_at,
    )
    record(user, "token.issue", token, workspace, number=token.pk, scopes=token.scopes, days=days)
    return token, secret


@transaction.atomic
def revoke_token(token, *, by):
    """Make the token useless from now on. Harmless if it is already."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        record(by, "token.revoke", token, token.workspace, number=token.pk)


def owner_of(secret):
    """Return the user of a token, or of the administrator's token of the settings; None if it is neither, has expired
    or was revoked. What the token may do goes with the user, as `user.token`. Notes the use."""
    return owner_of_hash(token_hash(secret))


def owner_of_hash(hashed):
    """The same by the token's hash."""
    if settings.STUDIO_ADMIN_TOKEN and constant_time_compare(hashed, token_hash(settings.STUDIO_ADMIN_TOKEN)):
        admin = get_user_model().objects.filter(username=ADMIN, is_active=True).first()
        if admin:
            admin.token = ApiToken(name=FIXED)
            return admin
    token = _usable(hashed)
    if token is None:
        return None
    token.user.token = token
    return token.user


def _usable(hashed):
    token = ApiToken.objects.usable().select_related("user").filter(hash=hashed).first()
    if token:
        now = timezone.now()
        long_ago = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
        ApiToken.objects.filter(long_ago, pk=token.pk).update(last_used_at=now)
    return token
