"""Tokens for programs. Only a hash is kept; the secret is shown once."""

import hashlib
from itertools import combinations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone


def token_hash(secret):
    """Tokens are long and random, so one SHA-256 is enough and a lookup needs no scan."""
    return hashlib.sha256(secret.encode()).hexdigest()


class Scope(models.TextChoices):
    READ = "read"  # look at everything its owner may see
    WRITE = "write"  # make and change environments
    BUILD = "build"  # ask for builds, retry and cancel them


def joined(scopes):
    """Scopes as the column holds them: in the order above, with a space between."""
    return " ".join(scope for scope in Scope.values if scope in scopes)


EVERY_SCOPE = joined(Scope.values)
SCOPES = [joined(some) for count in range(1, len(Scope) + 1) for some in combinations(Scope.values, count)]


def token_of(user):
    """The ApiToken that user came with, None for who signed in. See services.tokens.owner_of."""
    return getattr(user, "token", None)


def has_scope(user, *scopes):
    """Whether what user came with has one of the scopes; who signed in has them all."""
    token = token_of(user)
    return token is None or not token.scope_set.isdisjoint(scopes)


class ApiTokenQuerySet(models.QuerySet):
    def usable(self):
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None, user__is_active=True)


class ApiToken(models.Model):
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="api_tokens")
    name = models.CharField(max_length=100)
    hash = models.CharField(max_length=64, unique=True)
    scopes = models.CharField(max_length=40, default=EVERY_SCOPE)
    workspace = models.ForeignKey("Workspace", models.CASCADE, null=True, related_name="api_tokens")  # null: all
    expires_at = models.DateTimeField(null=True, blank=True)
    last_used_at = models.DateTimeField(null=True, blank=True)
    revoked_at = models.DateTimeField(null=True, blank=True)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = ApiTokenQuerySet.as_manager()

    class Meta:
        constraints = [models.CheckConstraint(condition=Q(scopes__in=SCOPES), name="token_scopes_are_known")]

    def __str__(self):
        return f"{self.name} of {self.user}"

    @property
    def scope_set(self):
        return set(self.scopes.split())

    @property
    def scope_words(self):
        return ", ".join(self.scopes.split())

    @property
    def label(self):
        """What audit rows call it: two tokens may have one name, so the number says which."""
        return f"{self.name} #{self.pk}" if self.pk else self.name

    @property
    def state(self):
        """A key of display.words.STATUSES."""
        if self.revoked_at:
            return "revoked"
        return "expired" if self.expires_at and self.expires_at <= timezone.now() else "usable"
