"""What builds leave: locks, images and every package found in them."""

from collections import defaultdict
from typing import NamedTuple

from django.db import connection, models
from packaging.utils import canonicalize_name

from environments.models.workspaces import Workspace

MANAGERS = ("conda", "dpkg", "pip")  # whose records are read, see engine/packages.py
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

    @property
    def origin(self):
        """The channel or address it comes from, "" where none is known."""
        return origin_of(self.source)


class PackageName(models.Model):
    """A name that packages of a workspace's images have, so that no search reads or tells names of other workspaces."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="package_names")
    name = models.CharField(max_length=200)
    plain = models.CharField(max_length=400)  # in small letters, with `-` for every run of `-`, `_` and `.`

    class Meta:
        indexes = [models.Index(fields=["plain", "workspace"], name="package_name_in_any_spelling")]
        constraints = [
            models.UniqueConstraint(fields=["workspace", "name"], name="package_name_is_known_once_per_workspace")
        ]

    def __str__(self):
        return self.name


def record_packages(image, packages):
    """Write down the ImagePackages of an image and, for searches, their names. Raises ValueError for other MANAGERS."""
    packages = list(packages)
    if unknown := {package.manager for package in packages} - set(MANAGERS):
        raise ValueError(f"no search would find packages of {sorted(unknown)}")
    ImagePackage.objects.bulk_create(packages, batch_size=500, ignore_conflicts=True)
    name_packages(image.workspace_id, {package.name for package in packages})


def name_packages(workspace, names):
    """Note the names of packages that images of a workspace (its id) hold. Sorted, so that no two writers deadlock."""
    rows = [PackageName(workspace_id=workspace, name=name, plain=canonicalize_name(name)) for name in sorted(names)]
    PackageName.objects.bulk_create(rows, batch_size=500, ignore_conflicts=True)


def origin_of(source):
    """An ImagePackage.source without whether the base image had it."""
    return source.removesuffix(BASE_IMAGE).removesuffix(", ")


class FoundPackage(NamedTuple):
    """What a comparison reads of an ImagePackage."""

    manager: str
    name: str
    version: str
    source: str
    asked: bool


# Every pair comes twice, each time with another of its images as `mine`. Both steps are answered by the index of
# package_is_listed_once: what this takes depends on the images compared, not on how many there are.
_DIFFERING = """
WITH pair (old_id, new_id, mine, other) AS (VALUES {pairs}),
differing AS (
    SELECT DISTINCT pair.old_id, pair.new_id, p.manager, p.name
    FROM pair JOIN environments_imagepackage p ON p.image_id = pair.mine
    WHERE NOT EXISTS (
        SELECT 1 FROM environments_imagepackage o WHERE o.image_id = pair.other
        AND o.manager = p.manager AND o.name = p.name AND o.version = p.version AND o.source = p.source
    )
)
SELECT d.old_id, p.image_id, d.new_id, p.manager, p.name, p.version, p.source, p.asked
FROM differing d JOIN environments_imagepackage p
ON p.image_id IN (d.old_id, d.new_id) AND p.manager = d.manager AND p.name = d.name
"""


def packages_that_differ(pairs):
    """{(old, new): ([FoundPackage, ...], [FoundPackage, ...])} of pairs of image ids, in one query.

    The two lists hold every package of a name that is not in both images in the same versions, from the same sources.
    """
    sides = [(old, new, *ends) for old, new in sorted(pairs) for ends in ((old, new), (new, old))]
    found = defaultdict(lambda: ([], []))
    if not sides:
        return found
    with connection.cursor() as cursor:
        values = ", ".join(["(%s, %s, %s, %s)"] * len(sides))
        cursor.execute(_DIFFERING.format(pairs=values), [number for side in sides for number in side])
        for old, mine, new, *package in cursor.fetchall():
            found[old, new][mine == new].append(FoundPackage(*package))
    return found
