"""Pulling an image so that it can be stopped at any moment, while the registry is silent too."""

from collections.abc import Callable
from contextlib import suppress
from threading import Thread
from typing import Any

from docker import APIClient, auth
from docker.errors import APIError
from docker.types.daemon import CancellableStream
from docker.utils import parse_repository_tag

from environments.engine.client import post, said

LOOK_SECONDS = 0.5


def pull(client: APIClient, full: str, still_wanted: Callable[[], None]) -> str:
    """Pull an image and return what went wrong in the engine's words, "" if nothing did.

    `still_wanted` is called twice a second; what it raises ends the pull.
    """
    pulling = _Pull(client, full)
    pulling.start()
    try:
        while pulling.is_alive():
            pulling.join(LOOK_SECONDS)
            still_wanted()
    except BaseException:
        pulling.hang_up()
        raise
    if pulling.error:
        raise pulling.error
    return pulling.trouble


class _Pull(Thread):
    """The engine stops pulling once nobody reads. Before its first word (a registry that does not even say which layers
    an image has) it cannot be hung up on: then this thread waits, at most as long as the client is patient."""

    def __init__(self, client: APIClient, full: str) -> None:
        super().__init__(name=f"pull of {full}", daemon=True)
        self.trouble = ""
        self.error: Exception | None = None
        self._client, self._full = client, full
        self._stream: Any = None

    def run(self) -> None:
        try:
            self._read()
        except APIError as error:
            self.trouble = said(error)
        except Exception as error:
            self.error = error

    def hang_up(self) -> None:
        with suppress(OSError, AttributeError):  # it has ended meanwhile
            if self._stream:
                self._stream.close()

    def _read(self) -> None:
        sdk: Any = self._client
        repository, tag = parse_repository_tag(self._full)
        header = auth.get_config_header(sdk, auth.resolve_repository_name(repository)[0])
        response = post(
            self._client,
            "/images/create",
            params={"fromImage": repository, "tag": tag or "latest"},
            headers={"X-Registry-Auth": header} if header else {},
            stream=True,
        )
        self._stream = CancellableStream(sdk._stream_helper(response, decode=True), response)
        for message in self._stream:
            self.trouble = self.trouble or str(message.get("error", ""))
