"""The words, amounts and shapes behind the tags."""

import re
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.definitions.model import Definition, Kind
from environments.definitions.render import Site, render
from environments.display import figures, words

SPRITE = Path(__file__).parents[2] / "static/img/sprite.svg"


def test_our_own_install_steps_are_said_in_words() -> None:
    locks = {"conda": "c", "heavy": "h", "pip": "p", "heavy-2": "h", "pip-2": "p"}
    rendered = render(Definition(kind=Kind.PIP, image="a"), base="a", locks=locks, site=Site()).dockerfile
    runs = [" ".join(run.split()) for run in re.findall(r"RUN ((?:.*\\\n)*.*)", rendered)]
    assert [words.step_name(f"[stage-1 2/4] RUN {run}".replace("\\ ", "")) for run in runs] == [
        "Install the conda packages",
        "Install the largest packages",
        "Install the locked packages",
        "Install the large packages that came later",
        "Install the packages that came later",
    ]
    assert words.step_name("[2/2] RUN pip install x") == "[2/2] RUN pip install x"
    layers = [re.sub(r"--mount=\S+ ", "", f"RUN {run}".replace("\\ ", "")) for run in runs[1:]]
    assert [words.layer_name(made_by) for made_by in layers] == [
        "Install the largest packages",
        "Install the locked packages",
        "Install the large packages that came later",
        "Install the packages that came later",
    ]
    assert words.layer_name("RUN pip install -r /run/heavy.lock") == "RUN pip install -r /run/heavy.lock"


def test_every_word_has_an_icon_that_is_drawn():
    drawn = set(re.findall(r'id="i-(\w+)"', SPRITE.read_text()))
    used = {status.icon for table in (words.STATUSES, words.KINDS, words.CHANGES) for status in table.values()}
    assert used <= drawn


@pytest.mark.parametrize(
    ("facts", "key"),
    [
        ({"steps": 0}, "starting"),
        ({"steps": 2}, "running"),
        ({"steps": 2, "exporting": True}, "exporting"),
        ({"steps": 2, "stale": True}, "lost"),
        ({"steps": 2, "stale": True, "cancelling": True}, "cancelling"),
    ],
)
def test_a_running_build_says_what_it_really_does(facts, key):
    assert words.build_status("running", **facts) == key


def test_a_build_that_is_over_is_not_cancelling_any_more():
    assert words.build_status("cancelled", cancelling=True, stale=True) == "cancelled"


def test_every_status_a_build_or_version_can_have_is_known():
    states = ["queued", "running", "succeeded", "failed", "cancelled"]
    keys = {key for state in states for ready in (True, False) for key in words.version_statuses(state, ready=ready)}
    assert keys | {words.build_status(state) for state in states} <= set(words.STATUSES)


def test_a_failed_rebuild_does_not_take_ready_away():
    assert words.version_statuses("failed", ready=True) == ("failed", "ready")
    assert words.version_statuses("failed", ready=False) == ("failed",)
    assert words.version_statuses(None, ready=False) == ("unbuilt",)


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (999, "999 B"),
        (1000, "1 kB"),
        (376_400, "376 kB"),
        (999_700, "1.0 MB"),
        (8_100_000, "8.1 MB"),
        (879_000_000, "879 MB"),
        (6_920_000_000, "6.92 GB"),
        (5e15, "5000 TB"),
    ],
)
def test_sizes_are_decimal_and_short(count, text):
    assert words.size(count) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0.0 s"),
        (0.42, "0.4 s"),
        (9.96, "10 s"),
        (59.6, "1 m 0 s"),
        (166, "2 m 46 s"),
        (3899, "1 h 4 m"),
        (3601, "1 h"),
    ],
)
def test_durations_carry_the_unit_that_matters(seconds, text):
    assert words.duration(seconds) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (5, "just now"),
        (-5, "just now"),
        (720, "12 min ago"),
        (3600, "1 h ago"),
        (90_000, "yesterday"),
        (-90_000, "tomorrow"),
        (5 * 86400, "5 days ago"),
        (-3 * 86400, "in 3 days"),
        (21 * 86400, "3 weeks ago"),
        (100 * 86400, "3 months ago"),
        (800 * 86400, "2 years ago"),
    ],
)
def test_times_are_said_as_people_say_them(seconds, text):
    assert words.ago(seconds) == text


@pytest.mark.parametrize(
    ("before", "after", "parts"),
    [
        ("3.11.13", "3.11.14", ("3.11.", "14")),
        ("1.9", "1.10", ("1.", "10")),
        ("6.32.1", "5.29.5", ("", "5.29.5")),
        ("2.9.1", "2.9", ("2.", "9")),
        ("1.0", "1.0.post1", ("1.", "0.post1")),
        ("1.0", "1.0", ("1.0", "")),
    ],
)
def test_a_change_is_split_at_its_first_differing_component(before, after, parts):
    assert words.split_change(before, after) == parts


@given(st.text(), st.text())
def test_a_split_change_loses_nothing(before, after):
    assert "".join(words.split_change(before, after)) == after


@pytest.mark.parametrize(("name", "label"), [("5", "v5"), ("5.1", "5.1"), ("v2", "v2"), ("٥", "٥"), ("²", "²")])
def test_only_whole_numbers_are_labelled_as_numbers(name, label):
    assert words.version_label(name) == label


def test_equal_digests_have_equal_prints_and_the_tallest_is_marked():
    bars = figures.digest_print("sha256:9f2c41abffff")
    assert [bar.height for bar in bars] == [8, 12, 4, 10, 5, 4, 9, 10]
    assert [bar.tone for bar in bars] == ["", "on", "", "", "", "", "", ""]
    assert figures.digest_print("") == []


@given(st.floats(0, 1e6), st.floats(0, 1e6), st.floats(0, 1e6))
def test_a_step_is_never_too_short_to_see_nor_outside_its_build(start, lasted, total):
    bar = figures.waterfall(start, start + lasted, total)
    assert bar.width >= figures.SHORTEST_BAR
    assert bar.x >= 0
    assert bar.x + bar.width <= figures.WATERFALL_WIDTH + 0.2


@given(st.integers(1, 40))
def test_the_segments_of_a_progress_bar_fill_its_width(count):
    bars = figures.progress(["done"] * count)
    assert bars[0].x == 0
    assert abs(bars[-1].x + bars[-1].width - figures.LAYERS_WIDTH) <= 0.2


@given(st.lists(st.sampled_from(["done", "run", "bad"]), max_size=80))
def test_a_bar_without_an_end_is_never_full(tones):
    bars = figures.open_progress(tones)
    assert [bar.tone for bar in bars if bar.tone] == tones
    assert all(left.x + left.width < right.x for left, right in pairwise(bars))
    assert bars[-1].tone == ""
    assert sum(bar.width for bar in bars if bar.tone) <= figures.LAYERS_WIDTH / 2


@given(st.lists(st.integers(0, 10**11), min_size=1, max_size=40))
def test_layers_fit_the_width_and_do_not_overlap(sizes):
    bars = figures.layer_bars(sizes, [False] * len(sizes), sum(sizes), "new")
    assert all(left.x + left.width <= right.x for left, right in pairwise(bars))
    assert bars[-1].x + bars[-1].width <= figures.LAYERS_WIDTH + len(sizes)
