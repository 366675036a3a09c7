"""How the stream of a build is read, from bytes as the engine sends them."""

import json
import time
from collections.abc import Iterator

import pytest

from environments.engine import builds
from environments.engine.builds import EMPTY, LOST_TRACK, MOST_EMPTY, run_build
from environments.engine.protocol import BuildFailed, BuildRequest, Built, EngineUnavailable

IMAGE = json.dumps({"id": "moby.image.id", "aux": {"ID": "sha256:1"}}).encode() + b"\r\n"
SILENCE = (EMPTY + b"\r\n") * MOST_EMPTY
REQUEST = BuildRequest("1", b"", "Dockerfile")


class Stream:
    """An answer of the engine in pieces."""

    def __init__(self, *pieces: bytes) -> None:
        self.pieces = pieces

    def __enter__(self) -> "Stream":
        return self

    def __exit__(self, *exception: object) -> None:
        return None

    def iter_content(self, size: int) -> Iterator[bytes]:
        yield from self.pieces


@pytest.fixture
def answer(monkeypatch):
    """Make the engine answer with these pieces, without the pauses."""
    monkeypatch.setattr(builds, "LOST_PAUSE_SECONDS", 0)
    monkeypatch.setattr(builds, "is_building", lambda client: True)

    def set_answer(*pieces: bytes) -> None:
        monkeypatch.setattr(builds, "_start", lambda client, request: Stream(*pieces))

    return set_answer


def test_messages_may_be_cut_anywhere(answer):
    answer(IMAGE[:5], IMAGE[5:20], IMAGE[20:])
    assert list(run_build(None, REQUEST)) == [Built("sha256:1")]


def test_a_stream_that_breaks_off_is_the_engines_trouble(answer):
    answer(IMAGE[:9])
    with pytest.raises(builds.EngineError):
        list(run_build(None, REQUEST))
    answer(b"")
    with pytest.raises(EngineUnavailable):
        list(run_build(None, REQUEST))


def test_a_few_messages_that_say_nothing_are_passed_over(answer):
    answer((EMPTY + b"\r\n") * (MOST_EMPTY - 1), IMAGE, SILENCE[:100])
    with pytest.raises(builds.EngineError):  # the last one is cut
        list(run_build(None, REQUEST))


def test_an_engine_that_lost_track_still_tells_of_the_image(answer):
    asked = []
    answer(SILENCE, SILENCE, IMAGE, SILENCE, b"never read")
    assert list(run_build(None, REQUEST, still_wanted=lambda: asked.append(1))) == [Built("sha256:1")]
    assert len(asked) == 3


def test_a_build_that_the_engine_lost_track_of_can_be_stopped(answer):
    def stop() -> None:
        raise InterruptedError

    answer(SILENCE, SILENCE)
    with pytest.raises(InterruptedError):
        list(run_build(None, REQUEST, still_wanted=stop))


def test_such_a_build_goes_on_while_anything_is_built_and_then_tells_of_its_image(answer, monkeypatch):
    monkeypatch.setattr(builds, "LOST_ASKED_EVERY", 0)
    building = iter([True] * 50 + [False])
    monkeypatch.setattr(builds, "is_building", lambda client: next(building))
    answer(*[SILENCE] * 51, IMAGE, SILENCE)
    assert list(run_build(None, REQUEST)) == [Built("sha256:1")]


def test_such_a_build_has_failed_if_there_is_no_image_long_after_nothing_is_built(answer, monkeypatch):
    monkeypatch.setattr(builds, "LOST_ASKED_EVERY", 0)
    building = iter([False, True, False, False])
    monkeypatch.setattr(builds, "is_building", lambda client: next(building))
    answer(*[SILENCE] * 4)
    with pytest.raises(BuildFailed, match="printed faster than this engine can tell"):
        list(run_build(None, REQUEST))
    assert list(building) == []


def test_the_log_says_where_the_engine_lost_track(answer):
    story = builds._Story(REQUEST, None, lambda: None, lambda: True)
    story.printed["step"] = "the end"
    events = [*story._lost_track(), *story._lost_track()]
    assert [(event.step, event.text.strip()) for event in events] == [("step", LOST_TRACK)]
    assert events[0].time <= time.time()
