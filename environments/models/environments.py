"""Environments, their immutable versions, the contexts they are built from, and what is left of deleted ones."""

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery
from django.urls import reverse

from environments.definitions.model import Kind
from environments.models.workspaces import Workspace

NAME_PATTERN = r"^[A-Za-z0-9][A-Za-z0-9._-]{0,254}$"


class EnvironmentQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(workspace__in=Workspace.objects.visible_to(user))

    def listed(self):
        """What lists show: neither archived nor anonymous (registered by a submitted job)."""
        return self.filter(archived_at=None, anonymous=False)

    def to_count(self):
        """Those with a name of their own, in words that let SQLite seek in an index: `NOT anonymous` does not."""
        return self.filter(anonymous__in=[False])


class Environment(models.Model):
    workspace = models.ForeignKey(Workspace, models.PROTECT, related_name="environments")
    name = models.CharField(max_length=255)
    description = models.TextField(blank=True)
    tags = models.JSONField(default=dict, blank=True)
    anonymous = models.BooleanField(default=False)
    archived_at = models.DateTimeField(null=True, blank=True)
    last_number = models.PositiveIntegerField(default=0, editable=False)  # of automatic version names
    last_sequence = models.PositiveIntegerField(default=0, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)

    # What lists show, filter and count, written by listing.keep() only: of the newest version that is not archived ...
    newest = models.ForeignKey("Version", models.SET_NULL, null=True, editable=False, related_name="+")
    newest_build = models.ForeignKey("Build", models.SET_NULL, null=True, editable=False, related_name="+")
    kind = models.CharField(max_length=10, blank=True, editable=False)
    status = models.CharField(max_length=10, default="unbuilt", editable=False)  # a key of display.words.STATUSES
    track = models.JSONField(default=list, editable=False)  # the status of its last versions, the newest last
    # ... and of the newest one of those that has an image
    ready = models.ForeignKey("Version", models.SET_NULL, null=True, editable=False, related_name="+")
    image = models.ForeignKey("Image", models.SET_NULL, null=True, editable=False, related_name="+")
    package_count = models.PositiveIntegerField(null=True, editable=False)
    python = models.CharField(max_length=20, blank=True, editable=False)  # 3.12
    accelerator = models.CharField(max_length=20, blank=True, editable=False)  # CPU, CUDA 12.8
    frameworks = models.CharField(max_length=100, blank=True, editable=False)  # as frameworks_of() says

    objects = EnvironmentQuerySet.as_manager()

    class Meta:
        ordering = ["name"]
        indexes = [
            models.Index(fields=["workspace", "updated_at"], name="environment_by_update"),
            models.Index(
                fields=[
                    *("workspace", "anonymous", "archived_at", "status", "kind"),
                    *("frameworks", "python", "accelerator", "created_by"),
                ],
                name="environment_facets",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="environment_name_is_unique_in_its_workspace"),
            models.CheckConstraint(
                condition=Q(name__regex=NAME_PATTERN) & ~Q(name__contains="..") & ~Q(name__endswith="."),
                name="environment_name_is_well_formed",
            ),
        ]

    def __str__(self):
        return f"{self.workspace}/{self.name}"

    def get_absolute_url(self):
        return reverse("environment", args=[self.workspace.slug, self.name])

    def latest(self):
        """The newest created active version, None if there is none. Not the highest number."""
        return self.versions.active().order_by("-sequence").first()

    @property
    def shown_description(self):
        """Its own, else that of its newest version."""
        return self.description or (self.newest.description if self.newest else "")

    def shown_version(self):
        """What its address leads to: the newest active version, else the newest of an archive, else None."""
        every = self.versions.newest_first()
        return every.filter(archived_at=None).first() or every.first()


class Context(models.Model):
    """A Docker build context, stored by what is in it; see contexts.py for what the digest covers."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, related_name="contexts")
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()  # bytes of all files together
    manifest = models.JSONField()  # [{"path", "size", "executable"}], sorted by path
    archive = models.FileField(upload_to="contexts/")  # a tar
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "sha256"], name="context_is_stored_once_per_workspace")
        ]

    def __str__(self):
        return self.sha256[:12]


class VersionQuerySet(models.QuerySet):
    def visible_to(self, user):
        return self.filter(environment__workspace__in=Workspace.objects.visible_to(user))

    def active(self):
        """Not archived, neither itself nor with its environment."""
        return self.filter(archived_at=None, environment__archived_at=None)

    def newest_first(self):
        return self.order_by("-sequence")

    def newest_of_each(self):
        """Of every environment that is not archived its newest active version."""
        newest = Version.objects.active().filter(environment=OuterRef("environment")).newest_first()
        return self.filter(pk=Subquery(newest.values("pk")[:1]))

    def for_pages(self):
        """With all that a row or heading shows, in one query."""
        return self.select_related(
            "environment__workspace", "author", "parent__environment__workspace", "current_build__image", "context"
        )


class Version(models.Model):
    """One definition, for ever. Triggers refuse a change of everything down to created_at."""

    environment = models.ForeignKey(Environment, models.CASCADE, related_name="versions")
    name = models.CharField(max_length=100)
    sequence = models.PositiveIntegerField()  # order of creation within the environment
    kind = models.CharField(max_length=10, choices=[(kind.value, kind.name.title()) for kind in Kind])
    image = models.CharField(max_length=512, blank=True)  # base image, or the image itself
    text = models.TextField(blank=True)  # as typed: conda file, requirements or Dockerfile
    context = models.ForeignKey(Context, models.PROTECT, null=True, related_name="versions")
    definition = models.TextField()  # canonical JSON, see definitions/digest.py
    definition_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    message = models.CharField(max_length=500, blank=True)
    parent = models.ForeignKey("self", models.PROTECT, null=True, related_name="children")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    description = models.TextField(blank=True)
    tags = models.JSONField(default=dict, blank=True)
    properties = models.JSONField(default=dict, blank=True)  # texts that Azure's clients keep with it
    archived_at = models.DateTimeField(null=True, blank=True)
    current_build = models.ForeignKey("Build", models.SET_NULL, null=True, related_name="+")

    objects = VersionQuerySet.as_manager()

    class Meta:
        ordering = ["-sequence"]
        indexes = [
            models.Index(fields=["definition_digest"], name="version_by_definition"),
            models.Index(fields=["author", "-created_at"], name="versions_of_a_person"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["environment", "name"], name="version_name_is_unique"),
            models.UniqueConstraint(fields=["environment", "sequence"], name="version_sequence_is_unique"),
            models.CheckConstraint(
                condition=Q(name__regex=NAME_PATTERN) & ~Q(name__contains="..") & ~Q(name__endswith="."),
                name="version_name_is_well_formed",
            ),
            models.CheckConstraint(
                condition=Q(kind=Kind.CONTEXT.value, context__isnull=False, image="")
                | (~Q(kind=Kind.CONTEXT.value) & Q(context=None) & ~Q(image="")),
                name="version_has_an_image_or_a_context",
            ),
            models.CheckConstraint(condition=~Q(parent=F("id")), name="version_is_not_its_own_parent"),
        ]

    def __str__(self):
        return f"{self.environment}:{self.name}"

    def get_absolute_url(self):
        return reverse("version", args=[self.environment.workspace.slug, self.environment.name, self.name])

    @property
    def shown_description(self):
        """Its own, else that of its environment."""
        return self.description or self.environment.description

    @property
    def all_tags(self):
        """{`key=value`: whose it is} of its own tags and those of its environment."""
        owners = ((self.environment.tags, self.environment.name), (self.tags, self.label))
        return {f"{key}={value}": owner for tags, owner in owners for key, value in tags.items()}

    @property
    def label(self):
        """`v5` where the name is a whole number, else the name itself."""
        return f"v{self.name}" if self.name.isdigit() else self.name

    @property
    def image_built(self):
        """The Image this version stands for now, None before its first successful build."""
        return self.current_build.image if self.current_build else None

    def newest_build(self):
        return self.builds.order_by("-number").first()


class Tombstone(models.Model):
    """A version that was deleted. Written by a trigger; its name is never given again."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="tombstones")
    environment_name = models.CharField(max_length=255)
    version_name = models.CharField(max_length=100)
    sequence = models.PositiveIntegerField()
    deleted_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["workspace", "environment_name", "version_name"], name="one_tombstone_per_deleted_version"
            )
        ]

    def __str__(self):
        return f"{self.workspace}/{self.environment_name}:{self.version_name}"
