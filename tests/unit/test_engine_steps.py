from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.engine.protocol import Output, Step
from environments.engine.steps import Steps, kind_of
from environments.engine.trace import Log, Vertex


def vertex(name: str = "[1/1] RUN true", **changes: object) -> Vertex:
    values = {"key": "k", "name": name, "cached": False, "started": 1.0, "completed": None, "error": ""} | changes
    return Vertex(**values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("[internal] load metadata for docker.io/library/python:3.11-slim", "internal"),
        ("copy /context /", "internal"),
        ("[1/4] FROM docker.io/library/python:3.11-slim", "pull"),
        ("FROM docker.io/library/tools:1", "pull"),
        ("[2/4] WORKDIR /app", "internal"),
        ("[build 3/4] COPY --from=a x /x", "copy"),
        ("[stage-1 3/4] ADD x /x", "copy"),
        ("[4/4] RUN --mount=type=cache,target=/c echo FROM", "run"),
        ("exporting to image", "export"),
        ("", "internal"),
    ],
)
def test_the_kind_of_a_step_is_told_by_its_name(name: str, kind: str) -> None:
    assert kind_of(name) == kind


def test_a_step_is_told_again_only_when_something_of_it_is_new() -> None:
    steps = Steps()
    told = [list(steps.take(event)) for event in (vertex(), vertex(), vertex(completed=2.0))]
    assert [len(events) for events in told] == [1, 0, 1]
    assert told[2] == [Step("k", "[1/1] RUN true", "run", started=1.0, completed=2.0)]


def test_the_name_of_a_step_is_one_printable_line() -> None:
    (step,) = Steps().take(vertex("[2/2]  RUN echo a &&\n\t echo \x1b[31mb\x00" + "x" * 1000))
    assert isinstance(step, Step)
    assert step.name.startswith("[2/2] RUN echo a && echo [31mb x")
    assert len(step.name) == 500


@given(st.text(), st.lists(st.integers(0, 200)))
def test_text_cut_anywhere_is_put_together_again(text: str, cuts: list[int]) -> None:
    data = text.encode("utf-8", "replace")
    edges = [0, *sorted(min(cut, len(data)) for cut in cuts), len(data)]
    steps = Steps()
    events = [event for start, end in pairwise(edges) for event in steps.take(Log("k", "stdout", data[start:end], 1.0))]
    whole = "".join(event.text for event in [*events, *steps.rest(2.0)] if isinstance(event, Output))
    assert whole == data.decode().replace("\x00", "\ufffd")


def test_two_streams_cut_in_a_character_do_not_mix() -> None:
    steps = Steps()
    pieces = [("stdout", b"\xc3"), ("stderr", b"\xe2\x82"), ("stdout", b"\xa9"), ("stderr", b"\xac")]
    events = [event for stream, data in pieces for event in steps.take(Log("k", stream, data, 1.0))]
    assert events == [Output("k", "stdout", "é", 1.0), Output("k", "stderr", "€", 1.0)]


def test_no_text_holds_a_nul_because_postgresql_refuses_it() -> None:
    assert list(Steps().take(Log("k", "stdout", b"a\x00b", 1.0))) == [Output("k", "stdout", "a\ufffdb", 1.0)]


def test_a_character_that_is_never_completed_is_shown_as_damaged() -> None:
    steps = Steps()
    assert list(steps.take(Log("k", "stdout", b"\xc3", 1.0))) == []
    assert list(steps.rest(2.0)) == [Output("k", "stdout", "\ufffd", 2.0)]
