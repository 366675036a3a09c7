"""What Azure's clients uploaded: a version keeps its context by itself, so the upload goes after a while.

A client that comes back finds nothing there and uploads once more. The code of jobs stays.
"""

from contextlib import suppress
from pathlib import Path

from django.conf import settings
from django.db.models import Max

from environments.models import Blob
from environments.models.blobs import BLOCKS, CODE, FOLDER
from environments.retention.leftovers import guarded


def remove_uploads():
    """Remove uploads that nobody has touched for a day, then contents and parts that belong to no blob. Return how
    many uploads went."""
    uploads = Blob.objects.exclude(upload__startswith=CODE).values("workspace", "upload").order_by()
    old = list(uploads.annotate(last=Max("changed_at")).filter(last__lt=guarded()))
    for upload in old:
        Blob.objects.filter(workspace=upload["workspace"], upload=upload["upload"]).delete()
    _remove_files(Path(settings.MEDIA_ROOT) / FOLDER)
    return len(old)


def _remove_files(root):
    """A content that is put again is written anew, so an old file without a record is nobody's."""
    known = set(Blob.objects.values_list("workspace_id", "sha256"))
    before = guarded().timestamp()
    for file in list(root.rglob("*")):
        if file.is_file() and file.stat().st_mtime < before and _content_of(root, file) not in known:
            file.unlink(missing_ok=True)
    for folder in (root / BLOCKS).glob("*/*"):
        with suppress(OSError):  # it holds blocks of a young upload
            folder.rmdir()


def _content_of(root, file):
    """(workspace id, SHA-256) of a content's file; None of what was never put together."""
    workspace, *_, name = file.relative_to(root).parts
    return (int(workspace), name) if workspace.isdigit() else None
