"""What builds leave: locks, images and every package found in them."""

from django.db import models

from environments.models.workspaces import Workspace

BASE_IMAGE = "the base image"  # ends the source of a package that came with it


class Lock(models.Model):
    """Exact packages for one target. Channel and index names are canonical: it is the same on every site."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, related_name="locks")
    sha256 = models.CharField(max_length=64)
    # {"pip": hashed requirements, "conda": records, one a line, "layers": see locking/layers.py}, the parts there are
    texts = models.JSONField()
    target = models.JSONField()  # {"python", "platform", "glibc", "virtual_packages"}
    channels = models.JSONField(default=list)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "sha256"], name="lock_is_stored_once_per_workspace")
        ]

    def __str__(self):
        return self.sha256[:12]


class Image(models.Model):
    """An image as it was when its packages were read. Equal `image_key`, equal image."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, related_name="images")
    image_key = models.CharField(max_length=64)
    name = models.CharField(max_length=512)  # a full name the engine that built it can run
    image_id = models.CharField(max_length=80)  # as the engine says
    repo_digest = models.CharField(max_length=600, null=True)  # noqa: DJ001 - null until pushed or pulled
    size = models.PositiveBigIntegerField()  # bytes
    layers = models.JSONField(default=list)  # [{"digest", "size", "made_by"}]
    facts = models.JSONField(default=dict)  # {"python", "glibc", "system", "system_id", "user", "base", ...}
    engine = models.CharField(max_length=100, blank=True)  # the worker's engine it lies in
    made_with = models.CharField(max_length=60, blank=True)  # Workspace.builds_like, then
    stand_in = models.BooleanField(default=False)  # made on, or is, a stand-in of the real base image
    created_at = models.DateTimeField(auto_now_add=True)
    removed_at = models.DateTimeField(null=True)  # from the engine, by retention; what was in it stays known

    class Meta:
        constraints = [models.UniqueConstraint(fields=["workspace", "image_key"], name="image_key_is_unique")]

    def __str__(self):
        return self.name


class ImagePackage(models.Model):
    """One package found in an image. `asked` says whether the definition named it or something pulled it in."""

    image = models.ForeignKey(Image, models.CASCADE, related_name="packages")
    manager = models.CharField(max_length=10)
    name = models.CharField(max_length=200)
    version = models.CharField(max_length=200)
    source = models.CharField(max_length=300, blank=True)  # channel or address, and whether the base image had it
    asked = models.BooleanField(default=False)
    required_by = models.JSONField(default=list)  # names of packages of the image that need it

    class Meta:
        ordering = ["manager", "name", "version"]
        indexes = [models.Index(fields=["name", "version", "image"], name="who_has_this_package")]
        constraints = [
            models.UniqueConstraint(fields=["image", "manager", "name", "version"], name="package_is_listed_once")
        ]

    def __str__(self):
        return f"{self.name} {self.version}"
