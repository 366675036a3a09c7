"""One image build through BuildKit: POST /build with version=2, read as a stream. See the Engine API, ImageBuild."""

import json
import time
from collections.abc import Iterator
from typing import Any

from docker import APIClient
from requests import Response

from environments.engine.client import post
from environments.engine.protocol import BuildRequest, Built, EngineError, EngineUnavailable, Event
from environments.engine.steps import Steps
from environments.engine.trace import read_trace
from environments.engine.wording import build_error

BUILDKIT = "2"
LINE_BYTES = 65_536
BROKEN_STREAM = "The connection to the container engine broke off in the middle of the build."


def run_build(client: APIClient, request: BuildRequest) -> Iterator[Event]:
    """Yield the events of one build. Closing the generator closes the stream, which stops the build as well."""
    with _start(client, request) as response:
        yield from _events(response)


def cancel_build(client: APIClient, build_id: str) -> None:
    """The engine answers the same for ids it does not know, and forgets what comes before the build starts."""
    post(client, "/build/cancel", params={"id": build_id}).close()


def _start(client: APIClient, request: BuildRequest) -> Response:
    """Not the SDK's build(), which cannot ask for BuildKit. A silent step may take hours: reading never times out."""
    return post(
        client,
        "/build",
        data=request.context,
        params=_parameters(request),
        headers={"Content-Type": "application/x-tar"},
        stream=True,
        timeout=(client.timeout, None),
    )


def _parameters(request: BuildRequest) -> dict[str, Any]:
    return {
        "version": BUILDKIT,
        "buildid": request.build_id,
        "dockerfile": request.dockerfile_path,
        "t": list(request.tags),
        "labels": json.dumps(dict(request.labels or {})),
        "buildargs": json.dumps(dict(request.build_args or {})),
        "nocache": "1" if request.no_cache else "0",
        "rm": "1",
        "forcerm": "1",
    }


def _events(response: Response) -> Iterator[Event]:
    steps, image_id = Steps(), ""
    for message in _messages(response):
        if "error" in message:
            yield from steps.rest(time.time())
            raise build_error(str(message["error"]), list(steps.known.values()))
        if message.get("id") == "moby.buildkit.trace":
            for event in read_trace(message.get("aux")):
                yield from steps.take(event)
        elif message.get("id") == "moby.image.id":
            image_id = str(message["aux"]["ID"])
    yield from steps.rest(time.time())
    if not image_id:
        raise EngineUnavailable(BROKEN_STREAM)
    yield Built(image_id)


def _messages(response: Response) -> Iterator[dict[str, Any]]:
    """One JSON object a line. Lines are joined here because the SDK's reader parses long ones over and over."""
    for line in response.iter_lines(chunk_size=LINE_BYTES):
        if not line.strip():
            continue
        try:
            message = json.loads(line)
        except ValueError as error:
            raise EngineError("The container engine sent a message that cannot be read.") from error
        if isinstance(message, dict):
            yield message
