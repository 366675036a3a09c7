"""The part of Azure's blob storage that its SDK uploads build contexts and code with, and reads them back by.

https://learn.microsoft.com/rest/api/storageservices/ has the protocol. A workspace is a container of its slug.
"""

import base64
import re
from xml.sax.saxutils import escape

from django.http import FileResponse, Http404, HttpResponse, StreamingHttpResponse
from django.utils.http import http_date

from environments.azure.arm import Refused
from environments.azure.contexts import parts_of
from environments.models import Blob
from environments.permissions import workspace_for, workspace_to_edit
from environments.services.blobs import (
    COMPLETED,
    STATUS,
    BlobRefused,
    describe_blob,
    place_of,
    put_blob,
    put_blocks,
    stage_block,
)

API = "2021-08-06"
META = "x-ms-meta-"
MOST_METADATA = 8 * 1024
MOST_LIST = 4 * 1024 * 1024  # bytes of a list of blocks
MOST_LISTED = 5_000
MOST_BLOCK_ID = 100
CHUNK = 1024 * 1024
BINARY = "application/octet-stream"
_BLOCK = re.compile(rb"<(?:Latest|Uncommitted|Committed)>([^<>]{1,100})</(?:Latest|Uncommitted|Committed)>")
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_RANGE = re.compile(r"bytes=(\d{1,15})-(\d{0,15})")


def tell_as_xml(refused):
    """An error in the storage's own form; of a HEAD only the header is read."""
    code = {404: "BlobNotFound", 405: "UnsupportedHttpVerb"}.get(refused.status, refused.code)
    body = f'<?xml version="1.0" encoding="utf-8"?><Error><Code>{code}</Code><Message>{escape(refused.message)}'
    headers = {"x-ms-error-code": code, "x-ms-version": API, **refused.headers}
    return HttpResponse(
        f"{body}</Message></Error>", status=refused.status, content_type="application/xml", headers=headers
    )


def read(request, rest):
    """GET and HEAD: a blob, a range of it, or the list of a container."""
    slug, path = _place(rest)
    workspace = workspace_for(request.user, slug)
    if request.GET.get("restype") == "container":
        return _list(request, workspace, path) if request.GET.get("comp") == "list" else _answer(200)
    blob = Blob.objects.filter(workspace=workspace, path=path).first()
    if blob is None:
        raise Http404
    return _answer(200, blob, content=False) if request.method == "HEAD" else _content(request, blob)


def write(request, rest):
    """PUT: a blob, a block of one, the list that puts blocks together, or metadata."""
    slug, path = _place(rest)
    workspace = workspace_to_edit(request.user, slug)
    verb = _PUTS.get(request.GET.get("comp", ""))
    if verb is None:
        raise Refused(400, "This operation of the storage is not offered here.", code="UnsupportedQueryParameter")
    try:
        return verb(request, workspace, path)
    except BlobRefused as error:
        raise Refused(error.status, str(error), code=error.code) from None


def _put(request, workspace, path):
    if request.headers.get("x-ms-blob-type", "BlockBlob") != "BlockBlob":
        raise Refused(400, "Only block blobs are kept here.", code="InvalidHeaderValue")
    only_new = request.headers.get("If-None-Match") == "*"
    md5 = _md5(request, "Content-MD5")
    return _answer(201, put_blob(workspace, path, _Body(request), md5=md5, only_new=only_new), md5=md5)


def _put_block(request, workspace, path):
    block = request.GET.get("blockid", "")
    if not 0 < len(block) <= MOST_BLOCK_ID:
        raise Refused(400, "“blockid” is missing or too long.", code="InvalidQueryParameterValue")
    md5 = _md5(request, "Content-MD5")
    stage_block(workspace, path, block, _Body(request), md5=md5)
    return _answer(201, md5=md5)


def _put_list(request, workspace, path):
    """The list is read by a pattern and not as XML: there is nothing else in it, and nothing in it can expand."""
    data = _Body(request).read(MOST_LIST + 1)
    if len(data) > MOST_LIST:
        raise Refused(413, "The list of blocks is too long.", code="RequestBodyTooLarge")
    if not data.rstrip().endswith(b"</BlockList>"):
        raise Refused(400, "The list of blocks has no end.", code="InvalidXmlDocument")
    blocks = [block.decode("utf-8", "replace").strip() for block in _BLOCK.findall(data)]
    return _answer(201, put_blocks(workspace, path, blocks, md5=_md5(request, "x-ms-blob-content-md5")))


def _put_metadata(request, workspace, path):
    """Metadata of a blob, which clients write at one file of a folder when all of it is there.

    They say so by a header with an underscore in its name, which web servers drop and WSGI cannot tell from a hyphen;
    so the request itself counts as saying it. Names of metadata are identifiers: a hyphen was an underscore.
    """
    blob = Blob.objects.filter(workspace=workspace, path=path).first()
    if blob is None:
        raise Http404
    names = [name for name in request.headers if name.lower().startswith(META)]
    sent = {name.lower().removeprefix(META).replace("-", "_"): request.headers[name] for name in names}
    if sum(len(name) + len(value) for name, value in sent.items()) > MOST_METADATA:
        raise Refused(400, "The metadata are too long.", code="MetadataTooLarge")
    if not all(_IDENTIFIER.fullmatch(name) and value.isprintable() for name, value in sent.items()):
        raise Refused(400, "The metadata are no identifiers with texts.", code="InvalidMetadata")
    describe_blob(blob, {STATUS: COMPLETED} | sent)
    return _answer(200, blob)


_PUTS = {"": _put, "block": _put_block, "blocklist": _put_list, "metadata": _put_metadata}


def _content(request, blob):
    place, size = place_of(blob), blob.size
    asked = _RANGE.fullmatch(request.headers.get("x-ms-range") or request.headers.get("Range") or "")
    if asked is None:
        return _described(FileResponse(place.open("rb"), content_type=BINARY), blob)
    first, last = int(asked[1]), min(int(asked[2] or size), size - 1)
    if first >= size or last < first:
        raise Refused(416, "The range is not in the blob.", code="InvalidRange", **{"Content-Range": f"bytes */{size}"})
    response = StreamingHttpResponse(_part(place, first, last - first + 1), status=206, content_type=BINARY)
    response["Content-Range"] = f"bytes {first}-{last}/{size}"
    response["Content-Length"] = str(last - first + 1)
    return _described(response, blob)


def _part(place, first, length):
    with place.open("rb") as file:
        file.seek(first)
        while length and (piece := file.read(min(CHUNK, length))):
            length -= len(piece)
            yield piece


def _list(request, workspace, folder):
    """A page of the blobs below a prefix, by path. `folder` is not empty where a client took it for the container."""
    start = f"{folder}/" if folder else ""
    prefix, marker = request.GET.get("prefix", ""), request.GET.get("marker", "")
    blobs = Blob.objects.filter(workspace=workspace, path__startswith=start + prefix).order_by("path")
    shown = list(blobs.filter(path__gt=start + marker)[: MOST_LISTED + 1] if marker else blobs[: MOST_LISTED + 1])
    following = shown[MOST_LISTED - 1].path.removeprefix(start) if len(shown) > MOST_LISTED else ""
    ours = (blob for blob in shown[:MOST_LISTED] if blob.path.startswith(start + prefix))  # SQLite takes `a` for `A`
    entries = "".join(_entry(blob, start) for blob in ours)
    body = (
        f'<?xml version="1.0" encoding="utf-8"?><EnumerationResults ContainerName="{escape(workspace.slug)}">'
        f"<Prefix>{escape(prefix)}</Prefix><Blobs>{entries}</Blobs><NextMarker>{escape(following)}</NextMarker>"
        "</EnumerationResults>"
    )
    return HttpResponse(body, content_type="application/xml", headers={"x-ms-version": API})


def _entry(blob, start):
    told = {
        "Creation-Time": http_date(blob.created_at.timestamp()),
        "Last-Modified": http_date(blob.changed_at.timestamp()),
        "Etag": _etag(blob).strip('"'),
        "Content-Length": blob.size,
        "Content-Type": BINARY,
        "BlobType": "BlockBlob",
    }
    properties = "".join(f"<{name}>{value}</{name}>" for name, value in told.items())
    return f"<Blob><Name>{escape(blob.path.removeprefix(start))}</Name><Properties>{properties}</Properties></Blob>"


def _answer(status, blob=None, *, content=True, md5=b""):
    """An answer without a body. `content` is False for a HEAD, which tells of the length without sending it."""
    response = HttpResponse(status=status, content_type=BINARY, headers={"x-ms-version": API})
    if status == 201:
        response["x-ms-request-server-encrypted"] = "false"
    if md5:
        response["Content-MD5"] = base64.b64encode(md5).decode()
    if blob is None:
        return response
    if not content:
        response["Content-Length"] = str(blob.size)
    return _described(response, blob)


def _described(response, blob):
    response["x-ms-version"] = API
    response["ETag"] = _etag(blob)
    response["Last-Modified"] = http_date(blob.changed_at.timestamp())
    response["x-ms-creation-time"] = http_date(blob.created_at.timestamp())
    response["x-ms-blob-type"] = "BlockBlob"
    response["Accept-Ranges"] = "bytes"
    for name, value in blob.metadata.items():
        response[f"{META}{name}"] = value
    return response


def _etag(blob):
    return f'"0x{blob.sha256[:15].upper()}"'


class _Body:
    """What streams in, and all of it: where a connection breaks, the stream just ends, and half would look whole."""

    def __init__(self, request):
        written = request.META.get("CONTENT_LENGTH") or ""
        if not written.isdecimal():
            raise Refused(411, "Content-Length is missing.", code="MissingContentLengthHeader")
        self.stream, self.left = request, int(written)

    def read(self, size):
        piece = self.stream.read(size)
        self.left -= len(piece)
        if not piece and self.left > 0:
            raise Refused(400, f"{self.left} bytes less than Content-Length says came.", code="IncompleteBody")
        return piece


def _md5(request, name):
    """The 16 bytes of a checksum that was sent, b"" if there is none. Raises Refused."""
    written = request.headers.get(name, "")
    try:
        value = base64.b64decode(written, validate=True)
    except ValueError:
        value = b"?"
    if written and len(value) != 16:
        raise Refused(400, f"{name} is not the Base64 of an MD5.", code="InvalidMd5")
    return value if written else b""


def _place(rest):
    if parts := parts_of(rest):
        return parts
    raise Http404
