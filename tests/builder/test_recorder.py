"""Steps and log lines as they are written down."""

from contextlib import suppress

import pytest

from environments.builder import recorder as recorder_module
from environments.builder.masking import Mask
from environments.builder.pulse import Superseded
from environments.builder.recorder import Recorder
from environments.engine.protocol import EngineError, Output, Step
from environments.models import Build, LogPiece, State
from tests.cast import make_build, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def build():
    return make_build(make_version(make_workspace("vision")), State.RUNNING)


@pytest.fixture
def recorder(build):
    return Recorder(build, Mask(["s3cret-value"]))


def lines():
    return [line for piece in LogPiece.objects.all() for line in piece.text.split("\n")]


def say(recorder, text, stream="stdout", step="a"):
    recorder.event(Output(step=step, stream=stream, text=text, time=1.0))


def begin(recorder, key="a", **fields):
    recorder.event(Step(key=key, name=f"RUN {key}", kind="run", started=1.0, **fields))


def test_lines_are_numbered_within_the_build_across_steps_and_streams(recorder):
    begin(recorder)
    begin(recorder, "b")
    say(recorder, "one\ntwo\n")
    say(recorder, "three\n", stream="stderr")
    say(recorder, "four\n", step="b")
    recorder.finish()
    pieces = LogPiece.objects.values_list("first_line", "line_count", "stream", "step__key")
    assert list(pieces) == [(1, 2, "stdout", "a"), (3, 1, "stderr", "a"), (4, 1, "stdout", "b")]
    assert Build.objects.get().line_count == 4


def test_half_lines_are_joined_and_the_last_one_is_kept(recorder):
    begin(recorder)
    say(recorder, "hel")
    say(recorder, "lo\nwor")
    recorder.finish()
    assert lines() == ["hello", "wor"]


def test_a_secret_split_over_two_pieces_is_still_taken_out(recorder):
    begin(recorder)
    say(recorder, "token s3cret-")
    say(recorder, "value\n")
    recorder.finish()
    assert lines() == ["token •••"]


def test_nul_does_not_reach_the_database(recorder):
    begin(recorder)
    say(recorder, "a\0b\n")
    recorder.finish()
    assert lines() == ["a�b"]


def test_a_flood_keeps_head_and_tail_and_says_how_much_is_missing(recorder, monkeypatch):
    monkeypatch.setattr(recorder_module, "STEP_CHARACTERS", 50)
    begin(recorder)
    say(recorder, "".join(f"line {number}\n" for number in range(1000)))
    recorder.finish()
    kept = lines()
    assert kept[0] == "line 0"
    assert kept[-1] == "line 999"
    assert any("lines left out" in line for line in kept)
    assert len(kept) < 250


def test_a_very_long_line_is_cut_with_a_mark(recorder):
    begin(recorder)
    say(recorder, "x" * 1_000_000 + "\n")
    recorder.finish()
    assert len(lines()[0]) < 8_100
    assert "more characters" in lines()[0]


def test_a_secret_at_the_cut_of_a_long_line_is_taken_out_as_well(recorder):
    begin(recorder)
    say(recorder, "x" * (recorder_module.LINE_CHARACTERS - 5) + "s3cret-value\n")
    recorder.finish()
    assert "s3cre" not in lines()[0]


def test_the_last_lines_of_a_flood_are_short(recorder, monkeypatch):
    monkeypatch.setattr(recorder_module, "STEP_CHARACTERS", 50)
    begin(recorder)
    say(recorder, "".join("y" * 5000 + "\n" for _ in range(10)))
    recorder.finish()
    assert sum(map(len, lines())) < 10 * 500


def test_a_step_is_one_row_however_often_it_is_told(build, recorder):
    begin(recorder)
    begin(recorder, completed=3.5)
    step = build.steps.get()
    assert (step.state, step.seconds) == (State.SUCCEEDED, 2.5)


def test_our_own_steps_keep_their_time_and_their_error(build, recorder):
    with suppress(EngineError), recorder.step("base", "Find the base image") as log:
        log("looking")
        raise EngineError("no such image")
    recorder.finish()
    assert build.steps.get().error == "no such image"
    assert recorder.timings["base"] >= 0
    assert lines() == ["looking"]


def test_a_late_worker_writes_no_more_lines(build, recorder):
    begin(recorder)
    Build.objects.update(attempt=2)
    say(recorder, "late\n")
    with pytest.raises(Superseded):
        recorder.finish()
    assert lines() == []


def test_a_second_attempt_goes_on_numbering(build, recorder):
    begin(recorder)
    say(recorder, "first attempt\n")
    recorder.finish()
    Build.objects.update(attempt=2)
    build.refresh_from_db()
    second = Recorder(build, Mask())
    begin(second)
    say(second, "second attempt\n")
    second.finish()
    assert list(LogPiece.objects.values_list("first_line", flat=True)) == [1, 2]
