"""API tokens: handing them out, taking them back, and noting that they are used."""

import secrets
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from environments.models import ApiToken
from environments.models.tokens import Scope, token_hash
from environments.services.audit import record
from environments.services.setup import ADMIN

PREFIX = "studio_"  # so that scanners for leaked secrets can tell one
USE_NOTED_EVERY = timedelta(minutes=1)


@transaction.atomic
def issue_token(user, name, scope=Scope.WRITE, days=None):
    """Return (token, secret): the only time the secret is seen. Without days (int) it never expires."""
    secret = PREFIX + secrets.token_urlsafe(32)
    expires_at = timezone.now() + timedelta(days=days) if days else None
    token = ApiToken.objects.create(
        user=user, name=name, hash=token_hash(secret), scope=Scope(scope), expires_at=expires_at
    )
    record(user, "token.issue", token, scope=token.scope, days=days)
    return token, secret


@transaction.atomic
def revoke_token(token, *, by):
    """Make the token useless from now on. Harmless if it is already."""
    if ApiToken.objects.filter(pk=token.pk, revoked_at=None).update(revoked_at=timezone.now()):
        record(by, "token.revoke", token)


def usable_token(secret):
    """Return the ApiToken with its user, or None if the secret is unknown, expired or revoked. Notes the use."""
    return _usable(token_hash(secret))


def owner_of(secret):
    """Return (user, scope) of a token or of the administrator's token of the settings, or None if it is neither."""
    return owner_of_hash(token_hash(secret))


def owner_of_hash(hashed):
    """The same by the token's hash."""
    if settings.STUDIO_ADMIN_TOKEN and constant_time_compare(hashed, token_hash(settings.STUDIO_ADMIN_TOKEN)):
        admin = get_user_model().objects.filter(username=ADMIN, is_active=True).first()
        if admin:
            return admin, Scope.WRITE
    token = _usable(hashed)
    return (token.user, token.scope) if token else None


def _usable(hashed):
    token = ApiToken.objects.usable().select_related("user").filter(hash=hashed).first()
    if token:
        now = timezone.now()
        long_ago = Q(last_used_at=None) | Q(last_used_at__lt=now - USE_NOTED_EVERY)
        ApiToken.objects.filter(long_ago, pk=token.pk).update(last_used_at=now)
    return token
