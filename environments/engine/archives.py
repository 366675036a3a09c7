"""Reading files out of an image without starting anything of it: through a container that never runs."""

import base64
import io
import json
import tarfile
from collections.abc import Generator, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, contextmanager
from typing import Any

from docker import APIClient
from docker.errors import NotFound
from requests import Response

from environments.engine.client import download

PIECE_BYTES = 1 << 20
Member = tuple[tarfile.TarInfo, tarfile.TarFile]
LABELS = {"studio.look": "1"}


@contextmanager
def held(client: APIClient, image_id: str) -> Iterator[str]:
    """Yield the id of a container of the image that is never started, and remove it."""
    container = client.create_container(image_id, command=["-"], labels=LABELS, network_disabled=True)["Id"]
    try:
        yield container
    finally:
        client.remove_container(container, force=True, v=True)


def stat(client: APIClient, container: str, path: str) -> Mapping[str, Any] | None:
    """Name, size, mode, mtime and linkTarget of a path (Engine API, ContainerArchiveInfo), None if it is not there.

    Costs a twentieth of reading the file, for which the engine starts a program.
    """
    sdk: Any = client
    try:
        response = sdk.head(sdk._url(f"/containers/{container}/archive"), params={"path": path}, timeout=client.timeout)
        sdk._raise_for_status(response)
    except NotFound:
        return None
    return _stat(response)


def read_one(client: APIClient, container: str, path: str, max_bytes: int) -> bytes:
    """The bytes of one regular file. Raises FileNotFoundError, ValueError if it is larger than `max_bytes`."""
    with closing(_members(client, container, path)) as members:
        member, archive = next(members, (None, None))
        if member is None or archive is None or not member.isfile():
            raise FileNotFoundError(path)
        if member.size > max_bytes:
            raise ValueError(f"{path} holds {member.size} bytes, more than {max_bytes}.")
        return _content(archive, member)


def read_many(client: APIClient, container: str, path: str, max_bytes: int) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of each regular file below `path` (or of `path`); larger files are left out."""
    for member, archive in _members(client, container, path):
        if member.isfile() and member.size <= max_bytes:
            yield member.name, _content(archive, member)


def read_all(
    client: APIClient, container: str, endings: tuple[str, ...], max_bytes: int
) -> Iterator[tuple[str, bytes]]:
    """(path, bytes) of each regular file of the whole image whose path has one of the endings: seconds for 1 GB."""
    with download(client, f"/containers/{container}/export") as response, _tar(response) as archive:
        for member in archive:
            if member.isfile() and member.name.endswith(endings) and member.size <= max_bytes:
                yield member.name, _content(archive, member)


def _members(client: APIClient, container: str, path: str) -> Generator[Member, None, None]:
    """Of `path`, or of what it links to: the engine follows links as far as they go, inside the image."""
    try:
        with _archive(client, container, path) as response:
            target = _stat(response).get("linkTarget")
            if not target:
                yield from _read(response)
        if target:
            with _archive(client, container, target) as response:
                yield from _read(response)
    except NotFound:
        return


def _archive(client: APIClient, container: str, path: str) -> AbstractContextManager[Response]:
    return download(client, f"/containers/{container}/archive", params={"path": path})


def _stat(response: Response) -> dict[str, Any]:
    """Of the header that the Engine API's ContainerArchive describes: base64 of JSON."""
    header: dict[str, Any] = json.loads(base64.b64decode(response.headers["X-Docker-Container-Path-Stat"]))
    return header


def _read(response: Response) -> Iterator[Member]:
    with _tar(response) as archive:
        for member in archive:
            yield member, archive


def _content(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    file = archive.extractfile(member)
    return file.read() if file else b""


def _tar(response: Response) -> tarfile.TarFile:
    pieces = response.iter_content(PIECE_BYTES)
    return tarfile.open(fileobj=io.BufferedReader(_Pieces(pieces), PIECE_BYTES), mode="r|")


class _Pieces(io.RawIOBase):
    """An iterator of bytes as a file to read from."""

    def __init__(self, pieces: Iterable[bytes]) -> None:
        self._pieces = iter(pieces)
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]  # typeshed's Buffer has no length
        while not self._left:
            piece = next(self._pieces, None)
            if piece is None:
                return 0
            self._left = memoryview(piece)
        size = min(len(buffer), len(self._left))
        buffer[:size], self._left = self._left[:size], self._left[size:]
        return size
