"""Steps and log lines as they are written down."""

from contextlib import suppress

import pytest

from environments.builder import bounds
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


@pytest.fixture
def tight(settings, monkeypatch):
    """A step may print 3,000 bytes, the last 1,000 of them are its tail; a build 9,000."""
    settings.LOG_STEP_BYTES, settings.LOG_BUILD_BYTES = 3_000, 9_000
    monkeypatch.setattr(bounds, "TAIL_BYTES", 1_000)
    monkeypatch.setattr(bounds, "LATE_TAIL_BYTES", 100)


def flood(recorder, step="a", lines=1_000):
    begin(recorder, step)
    say(recorder, "".join(f"line {number}\n" for number in range(lines)), step=step)
    begin(recorder, step, completed=2.0)
    recorder.finish()


def test_where_the_head_ends_the_log_says_what_becomes_of_the_rest(recorder, tight):
    begin(recorder)
    say(recorder, "".join(f"line {number}\n" for number in range(1_000)))
    recorder.flush()
    assert lines()[-1] == "… From here on at most the last 1 kB of this step is kept, and shown when it ends."


def test_a_flood_keeps_head_and_tail_and_says_how_much_is_missing(recorder, tight):
    flood(recorder)
    kept = lines()
    assert kept[0] == "line 0"
    assert kept[-1] == "line 999"
    assert "… 25 kB omitted (limit 3 kB per step), full head and tail kept" in kept
    assert [piece.stream for piece in LogPiece.objects.all()] == ["stdout", "studio", "stdout"]
    tail = kept[kept.index("… 25 kB omitted (limit 3 kB per step), full head and tail kept") + 1 :]
    assert tail == [f"line {number}" for number in range(1_000 - len(tail), 1_000)]


def test_a_step_that_ends_within_its_limit_misses_nothing(recorder, tight):
    flood(recorder, lines=105)
    assert [line for line in lines() if line.startswith("line")] == [f"line {number}" for number in range(105)]
    assert "omitted" not in "".join(lines())


def test_many_floods_stay_within_what_a_build_may_print(tight, recorder):
    for number in range(50):
        flood(recorder, f"step-{number}")
    assert sum(map(bounds.cost, lines())) < 9_000 + 3_000 + 50 * 400
    assert any("limit 9 kB per build" in line for line in lines())


def test_empty_lines_are_not_free(recorder, tight):
    begin(recorder)
    say(recorder, "\n" * 100_000)
    recorder.finish()
    assert len(lines()) < 200


def test_what_the_engine_left_out_is_said_by_us(recorder):
    begin(recorder)
    say(recorder, "one\n[output clipped, log limit 200KiB/s reached]\n")
    recorder.finish()
    assert lines() == ["one", "… The engine cut this log: output clipped, log limit 200KiB/s reached."]
    assert [piece.stream for piece in LogPiece.objects.all()] == ["stdout", "studio"]


def test_of_a_progress_bar_the_last_state_is_kept(recorder):
    begin(recorder)
    for percent in range(100):
        say(recorder, f"{percent} %\r")
    say(recorder, "\x1b[2Kdone\r\nnext\r\n")
    recorder.finish()
    assert lines() == ["done", "next"]


def test_a_progress_bar_without_end_needs_no_room(recorder):
    begin(recorder)
    for number in range(200):
        say(recorder, "".join(f"{number}.{part} %\r" for part in range(1_000)))
    [stream] = recorder._steps["a"].streams.values()
    assert len(stream.partial) < 20
    recorder.finish()
    assert lines() == ["199.999 %"]


def test_a_line_that_does_not_end_is_one_line_and_needs_no_room(recorder):
    begin(recorder)
    for _ in range(100):
        say(recorder, "x" * 10_000)
    [stream] = recorder._steps["a"].streams.values()
    assert len(stream.partial) == 2 * recorder_module.LINE_CHARACTERS
    say(recorder, "\nnext\n")
    recorder.finish()
    assert lines() == ["x" * 8_000 + " … 992,000 more characters", "next"]


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


def test_a_step_is_one_row_however_often_it_is_told(build, recorder):
    begin(recorder)
    recorder.flush()
    begin(recorder, completed=3.5)
    recorder.flush()
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
