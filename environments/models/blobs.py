"""What Azure's clients upload: blobs by path, their content kept once per workspace by its hash (services/blobs.py)."""

from django.db import models

from environments.models.workspaces import Workspace

MOST_PATH = 1_024  # bytes; an index of PostgreSQL takes no more than 2,704 of them
FOLDER = "blobs"  # of the contents, below MEDIA_ROOT
BLOCKS = "blocks"  # in it: of what is not put together yet, a folder a blob
CODE = "code-"  # begins the uploads of jobs' code


class Blob(models.Model):
    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="blobs")
    upload = models.CharField(max_length=MOST_PATH)  # the first two parts of its path: what was uploaded together
    path = models.CharField(max_length=MOST_PATH)
    sha256 = models.CharField(max_length=64)
    size = models.PositiveBigIntegerField()
    blocks = models.CharField(max_length=64, blank=True)  # a hash of the list it was put together by
    metadata = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)
    changed_at = models.DateTimeField(auto_now=True)

    class Meta:
        ordering = ["path"]
        indexes = [models.Index(fields=["workspace", "upload"], name="blobs_of_an_upload")]
        constraints = [models.UniqueConstraint(fields=["workspace", "path"], name="blob_path_is_unique")]

    def __str__(self):
        return f"{self.workspace}/{self.path}"
