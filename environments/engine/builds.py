"""One image build through BuildKit: POST /build with version=2, read as a stream. See the Engine API, ImageBuild."""

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from docker import APIClient
from requests import Response

from environments.engine.client import post
from environments.engine.limits import LimitsWatch
from environments.engine.protocol import (
    BuildFailed,
    BuildRequest,
    Built,
    EngineError,
    EngineUnavailable,
    Event,
    Output,
    always,
)
from environments.engine.steps import Steps
from environments.engine.stock import is_building
from environments.engine.trace import read_trace
from environments.engine.wording import Circumstances, build_error

BUILDKIT = "2"
TRACE = "moby.buildkit.trace"
PIECE_BYTES = 65_536
KEPT = 2_000  # characters of what a step printed last
BROKEN_STREAM = "The connection to the container engine broke off in the middle of the build."

# dockerd 20.10, where a step prints more than 1 MB between two looks of its own, sends empty messages for ever
# (BuildKit's control.go split long logs in a loop that did not end; later engines do not). Of such a build it tells
# one thing more: the image, if there comes one. That none comes shows in the cache, none of which is in use any more.
EMPTY = b'{"id":"moby.buildkit.trace","aux":""}'
MOST_EMPTY = 1_000  # in a row; about one in two messages is empty while a step prints little by little
LOST: dict[str, Any] = {}
LOST_PAUSE_SECONDS = 0.25
LOST_ASKED_EVERY = 30  # seconds; of the image the engine tells sooner once it is there
LOST_TRACK = "… printed faster than this engine can tell: it shows no more of this build"
LOST_BUILD = (
    "A step printed faster than this engine can tell, and no image came of the build, so a step of it failed. "
    "Let steps print less, for example into a file, to see which."
)


def run_build(
    client: APIClient,
    request: BuildRequest,
    watch: LimitsWatch | None = None,
    still_wanted: Callable[[], None] = always,
) -> Iterator[Event]:
    """Yield the events of one build. Closing the generator closes the stream, which stops the build as well.

    `watch` knows which limit ended a step. `still_wanted` is called while the engine says nothing more.
    """
    with _start(client, request) as response:
        yield from _Story(request, watch, still_wanted, partial(is_building, client)).events(response)


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
        "networkmode": "default" if request.network else "none",
        "rm": "1",
        "forcerm": "1",
    }


@dataclass(slots=True)
class _Story:
    """What one build has told so far."""

    request: BuildRequest
    watch: LimitsWatch | None
    still_wanted: Callable[[], None]
    is_building: Callable[[], bool]
    steps: Steps = field(default_factory=Steps)
    printed: dict[str, str] = field(default_factory=dict)  # by each step, its end only
    image_id: str = ""
    is_lost: bool = False  # the engine lost track of it
    goes_on: bool = True  # when it was asked last
    ask_at: float = 0.0

    def events(self, response: Response) -> Iterator[Event]:
        for message in _messages(response):
            if message is LOST:
                yield from self._lost_track()
                if self._is_over():
                    break
            elif "error" in message:
                yield from self.steps.rest(time.time())
                raise self._error(str(message["error"]))
            elif message.get("id") == TRACE:
                yield from self._trace(message.get("aux"))
            elif message.get("id") == "moby.image.id":
                self.image_id = str(message["aux"]["ID"])
        yield from self.steps.rest(time.time())
        if not self.image_id:
            raise EngineUnavailable(BROKEN_STREAM)
        yield Built(self.image_id)

    def _trace(self, text: object) -> Iterator[Event]:
        for told in read_trace(text):
            for event in self.steps.take(told):
                if isinstance(event, Output):
                    self.printed[event.step] = (self.printed.get(event.step, "") + event.text[-KEPT:])[-KEPT:]
                yield event

    def _error(self, text: str) -> EngineError:
        reached = self.watch.reached if self.watch else lambda step: None
        around = Circumstances(reached, self.printed, self.request.network)
        return build_error(text, list(self.steps.known.values()), around)

    def _lost_track(self) -> Iterator[Event]:
        """Say so once, in the log of the step that printed last, and go on slowly."""
        if not self.is_lost and self.printed:
            yield Output(next(reversed(self.printed)), "stderr", f"\n{LOST_TRACK}\n", time.time())
        self.is_lost = True
        self.still_wanted()
        time.sleep(LOST_PAUSE_SECONDS)

    def _is_over(self) -> bool:
        """Of a build it lost track of the engine tells only when an image has come of it, not that it failed."""
        if self.image_id:
            return True
        if time.monotonic() >= self.ask_at:
            went_on, self.goes_on = self.goes_on, self.is_building()
            if not (went_on or self.goes_on):
                raise BuildFailed(LOST_BUILD)
            self.ask_at = time.monotonic() + LOST_ASKED_EVERY
        return False


def _messages(response: Response) -> Iterator[dict[str, Any]]:
    """One JSON object a line, and LOST for many in a row that say nothing."""
    empty = 0
    for line in _lines(response):
        empty = empty + 1 if line == EMPTY else 0
        if empty == MOST_EMPTY:
            empty = 0
            yield LOST
        elif line and not empty:
            yield _read(line)


def _lines(response: Response) -> Iterator[bytes]:
    """Each line is joined once; what requests and the SDK have for this copies a long one again for every piece."""
    pieces: list[bytes] = []
    for piece in response.iter_content(PIECE_BYTES):
        first, *rest = piece.split(b"\n")
        pieces.append(first)
        for following in rest:
            yield b"".join(pieces).strip()
            pieces = [following]
    yield b"".join(pieces).strip()


def _read(line: bytes) -> dict[str, Any]:
    try:
        message = json.loads(line)
    except ValueError as error:
        raise EngineError("The container engine sent a message that cannot be read.") from error
    return message if isinstance(message, dict) else {}
