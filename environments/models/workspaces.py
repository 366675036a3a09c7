"""Workspaces keep teams apart; a member has one role in each."""

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Q

from environments.definitions.model import Kind
from environments.models.tokens import token_of

CURATED = "curated"
SHARED = "shared"
PUBLIC = (CURATED, SHARED)  # what everyone may look into
DEFAULT = "default"
SLUG_PATTERN = r"^[a-z0-9](-?[a-z0-9]){0,62}$"
RESERVED_SLUGS = {
    *("accounts", "admin", "api", "builds", "compare", "create", "edit", "env", "healthz", "login", "logout"),
    *("members", "new", "profile", "readyz", "search", "settings", "static", "styleguide", "theme", "tokens"),
    *("versions", "w", "workspaces"),
}


class Role(models.TextChoices):
    VIEWER = "viewer"
    EDITOR = "editor"
    ADMIN = "admin"


def refuse_reserved_slug(slug):
    if slug in RESERVED_SLUGS:
        raise ValidationError(f"“{slug}” is a word of the studio's own addresses. Choose another.")


class WorkspaceQuerySet(models.QuerySet):
    def visible_to(self, user):
        """The workspaces user may look into: their own and the public ones; every one for a site admin. Of these only
        the one that the user's token is for, where it is for one."""
        token = token_of(user)
        rows = self.filter(pk=token.workspace_id) if token and token.workspace_id else self
        if user.is_superuser:
            return rows
        return rows.filter(Q(pk__in=Member.objects.filter(user=user).values("workspace")) | Q(slug__in=PUBLIC))

    def whose_images_serve(self, workspace):
        """Where images of a workspace's versions lie: there, or in the curated one."""
        return self.filter(Q(pk=workspace.pk) | Q(slug=CURATED))


class Workspace(models.Model):
    slug = models.CharField(max_length=63, unique=True, validators=[RegexValidator(SLUG_PATTERN), refuse_reserved_slug])
    title = models.CharField(max_length=100)
    network = models.BooleanField(default=True, help_text="Steps of its Dockerfiles may reach the network.")
    compile_bytecode = models.BooleanField(
        default=False, help_text="Its images hold compiled Python: slower to build and larger, quicker to start."
    )
    build_at_once = models.BooleanField(
        default=True, help_text="What Azure's clients save is built at once; otherwise only contexts are."
    )
    last_build_number = models.PositiveIntegerField(default=0, editable=False)
    created_at = models.DateTimeField(auto_now_add=True)

    objects = WorkspaceQuerySet.as_manager()

    class Meta:
        ordering = ["slug"]
        constraints = [
            models.CheckConstraint(condition=Q(slug__regex=SLUG_PATTERN), name="workspace_slug_is_well_formed"),
            models.CheckConstraint(condition=~Q(slug__in=sorted(RESERVED_SLUGS)), name="workspace_slug_is_free"),
        ]

    def __str__(self):
        return self.slug

    @property
    def is_curated(self):
        return self.slug == CURATED

    @property
    def is_public(self):
        return self.slug in PUBLIC

    def builds_like(self, kind):
        """What of its settings shows in images of definitions of this kind, in words; "" where none was changed."""
        compiled = self.compile_bytecode and kind in (Kind.CONDA, Kind.PIP)
        offline = not self.network and kind != Kind.IMAGE
        return ", ".join([*["compiled"] * compiled, *["without network"] * offline])


class Member(models.Model):
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=10, choices=Role)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "user"], name="one_role_per_user_and_workspace"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="member_role_is_known"),
        ]

    def __str__(self):
        return f"{self.user} is {self.role} of {self.workspace}"
