"""Blobs that Azure's clients upload: their bytes stream to disk, are hashed on the way, and are kept once by that hash.

Nothing is ever whole in memory. A content is written beside its place and moved there, so that what stands in a place
is always whole; blocks wait in a folder of their blob until a list puts them together.
"""

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import IO

from django.conf import settings
from django.db import transaction
from django.db.models import Sum

from environments.contexts import ContextFiles, FileOnDisk, FilesOnDisk
from environments.models import Blob
from environments.models.blobs import BLOCKS, FOLDER, MOST_PATH
from environments.uploads import MAX_FILES, checked_paths, refuse

CHUNK = 1024 * 1024
MOST_BLOCKS = 50_000  # of one blob, as with Azure
STATUS, COMPLETED = "upload_status", "completed"  # metadata that clients write at one file once all are there
MB = 1024**2


class BlobRefused(Exception):
    """A blob that is not taken. `code` is Azure's word for the reason, `status` an HTTP status."""

    def __init__(self, status, code, message):
        super().__init__(message)
        self.status, self.code = status, code


def put_blob(workspace, path, stream, *, md5=b"", only_new=False):
    """Store what the stream holds as the blob at this path. Raises BlobRefused; `md5` is checked if it is given."""
    _check_path(path)
    blobs = Blob.objects.filter(workspace=workspace, path=path)
    if only_new and blobs.exists():
        raise _exists()
    sha256, size = _keep(workspace, _pieces(stream), md5, _room(workspace, path))
    return _save(workspace, path, sha256, size, only_new=only_new)


def stage_block(workspace, path, block, stream, *, md5=b""):
    """Keep one block of a blob, under its id, until put_blocks() is called. Raises BlobRefused."""
    _check_path(path)
    place = _block_folder(workspace, path) / _hashed(block)
    beside, _, _ = _written(_pieces(stream), md5, settings.BUILD_CONTEXT - _staged_beside(place))
    _move(beside, place)


def put_blocks(workspace, path, blocks, *, md5=b""):
    """Put the blob together from staged blocks in this order. The same list once more changes nothing."""
    _check_path(path)
    folder, listed = _block_folder(workspace, path), _hashed("\n".join(blocks))
    if len(blocks) > MOST_BLOCKS:
        raise _no_list()
    places = [folder / _hashed(block) for block in blocks]
    try:
        sha256, size = _keep(workspace, _pieces_of(places), md5, _room(workspace, path))
    except FileNotFoundError:  # never staged, or put together already, maybe by someone else this very moment
        if done := Blob.objects.filter(workspace=workspace, path=path, blocks=listed).first():
            return done
        raise _no_list() from None
    blob = _save(workspace, path, sha256, size, blocks=listed)
    shutil.rmtree(folder, ignore_errors=True)
    return blob


def describe_blob(blob, metadata):
    """Write other metadata at a blob: texts by name."""
    blob.metadata = metadata
    blob.save(update_fields=["metadata", "changed_at"])


def place_of(blob):
    """Where its content lies."""
    return _place(blob.workspace_id, blob.sha256)


def uploaded_context(workspace, folder):
    """The files of an uploaded folder, read when asked for; None if nothing was uploaded there, or not all of it.

    What begins with `#!` is executable: the way here loses what the file system says. Raises DefinitionError for a
    context that is too large, or holds a path that is none.
    """
    folder = folder.rstrip("/") + "/"
    found = Blob.objects.filter(workspace=workspace, upload=_upload(folder), path__startswith=folder)
    rows = [row for row in found[: MAX_FILES + 1] if row.path.startswith(folder)]  # SQLite takes `a/` for `A/`
    if not any(row.metadata.get(STATUS) == COMPLETED for row in rows):
        return None
    if len(rows) > MAX_FILES:
        message = f"The folder holds more than {MAX_FILES:,} files."
        raise refuse("zip-too-many", message, "Leave out what no build needs.")
    names = checked_paths(row.path.removeprefix(folder) for row in rows)
    known = {names[row.path.removeprefix(folder)]: FileOnDisk(place_of(row), row.size, row.sha256) for row in rows}
    return ContextFiles(FilesOnDisk(known), frozenset(path for path, file in known.items() if _is_script(file.place)))


def _is_script(place):
    with place.open("rb") as file:
        return file.read(2) == b"#!"


def _save(workspace, path, sha256, size, *, blocks="", only_new=False):
    facts = {"upload": _upload(path), "sha256": sha256, "size": size, "blocks": blocks, "metadata": {}}
    where = {"workspace": workspace, "path": path}
    with transaction.atomic():
        if only_new:
            blob, is_new = Blob.objects.get_or_create(**where, defaults=facts)
            if not is_new:
                raise _exists()
            return blob
        return Blob.objects.update_or_create(**where, defaults=facts)[0]


def _keep(workspace, pieces, md5, room):
    """Write pieces into the place of their hash; (SHA-256, bytes). Raises BlobRefused."""
    beside, sha256, size = _written(pieces, md5, room)
    _move(beside, _place(workspace.pk, sha256))
    return sha256, size


def _move(beside, place):
    """Put a new file in its place. Its folder may go this very moment, with a blob that is put together from it."""
    for _ in range(9):
        place.parent.mkdir(parents=True, exist_ok=True)
        with suppress(FileNotFoundError):
            return beside.replace(place)
    return beside.replace(place)


def _staged_beside(place):
    """Bytes of the other blocks of a blob; a block that is sent again takes the place of the first."""
    with suppress(FileNotFoundError):
        return sum(entry.stat().st_size for entry in os.scandir(place.parent) if entry.name != place.name)
    return 0


def _written(pieces, md5, room):
    """(path, SHA-256, bytes) of a new file with these pieces. Raises BlobRefused."""
    folder = _root() / "beside"
    folder.mkdir(parents=True, exist_ok=True)
    beside = folder / uuid.uuid4().hex
    try:
        with beside.open("xb") as file:
            return beside, *_write(file, pieces, md5, room)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def _write(file: IO[bytes], pieces, md5, room):
    whole, sent, size = hashlib.sha256(), hashlib.md5(usedforsecurity=False), 0
    for piece in pieces:
        size += len(piece)
        if size > room:
            limit = f"A build context takes at most {settings.BUILD_CONTEXT // MB} MB here."
            raise BlobRefused(413, "RequestBodyTooLarge", f"{limit} Leave out what no build needs.")
        whole.update(piece)
        sent.update(piece)
        file.write(piece)
    if md5 and md5 != sent.digest():
        raise BlobRefused(400, "Md5Mismatch", "The MD5 value specified in the request did not match what was received.")
    return whole.hexdigest(), size


def _pieces(stream) -> Iterator[bytes]:
    while piece := stream.read(CHUNK):
        yield piece


def _pieces_of(places: Iterable[Path]) -> Iterator[bytes]:
    for place in places:
        with place.open("rb") as file:
            yield from _pieces(file)


def _room(workspace, path):
    """How many bytes this blob may have, beside the others that were uploaded together with it."""
    others = Blob.objects.filter(workspace=workspace, upload=_upload(path)).exclude(path=path)
    return settings.BUILD_CONTEXT - (others.aggregate(size=Sum("size"))["size"] or 0)


def _check_path(path):
    if not path or len(path.encode()) > MOST_PATH or not path.isprintable() or path.endswith("/"):
        raise BlobRefused(400, "InvalidResourceName", "The specified resource name contains invalid characters.")


def _exists():
    return BlobRefused(409, "BlobAlreadyExists", "The specified blob already exists.")


def _no_list():
    return BlobRefused(400, "InvalidBlockList", "The specified block list is invalid.")


def _upload(path):
    return "/".join(path.split("/")[:2])


def _hashed(text):
    return hashlib.sha256(text.encode()).hexdigest()


def _root():
    return Path(settings.MEDIA_ROOT) / FOLDER


def _place(workspace_id, sha256):
    return _root() / str(workspace_id) / sha256[:2] / sha256


def _block_folder(workspace, path):
    return _root() / BLOCKS / str(workspace.pk) / _hashed(path)
