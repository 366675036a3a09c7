"""Real failures get the hint that is right, from the line that tells; what only looks like one gets none."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.definitions.catalogue import CATALOGUE, Topic
from environments.hints import find_hints, sentence_of
from environments.hints.finding import MOST_LINES
from environments.hints.kinds import KINDS
from environments.hints.words import fields_of
from tests.hints.cases import Case, read_cases

FAILURES, OTHERS = read_cases("failures.txt"), read_cases("others.txt")


@pytest.mark.parametrize("case", FAILURES)
def test_a_failure_is_told_from_the_line_that_says_it(case: Case) -> None:
    (hint,) = find_hints(case.lines, error="\n".join(case.error), exit_code=case.exit_code)
    assert (hint.code, hint.line) == (case.code, case.telling)
    assert sentence_of(hint.code, hint.values) == case.sentence


@pytest.mark.parametrize("case", OTHERS)
def test_what_only_mentions_such_words_is_not_taken_for_the_reason(case: Case) -> None:
    found = find_hints(case.lines, error="\n".join(case.error), exit_code=case.exit_code)
    assert [(hint.code, hint.line) for hint in found] == ([(case.code, case.telling)] if case.code != "none" else [])


def test_most_kinds_were_really_seen() -> None:
    assert len({case.values[0].code for case in FAILURES}) >= 65


def test_every_kind_has_its_entry_and_every_entry_its_kind() -> None:
    explained = {entry.code for entry in CATALOGUE.values() if entry.topic == Topic.BUILD}
    found_later = {"build-empty-index"}  # only by refining.py
    assert {kind.code for kind in KINDS} | found_later == explained


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.code)
def test_a_sentence_asks_for_no_more_than_a_pattern_of_its_kind_gives(kind) -> None:
    assert any(fields_of(kind.sentence) <= pattern.groupindex.keys() for pattern in kind.patterns)
    assert kind.sentence == "" or re.search(r"[.?]$", kind.sentence)


def test_a_line_is_read_as_a_terminal_shows_it() -> None:
    (hint,) = find_hints([(7, "\x1b[31m 50%\r\x1b[1;31mERROR: Invalid requirement: 'numpy=1.26'\x1b[0m")])
    assert (hint.code, hint.line, hint.values) == ("build-bad-requirement", 7, {"requirement": "numpy=1.26"})


def test_only_the_last_lines_are_read() -> None:
    telling = (1, "fatal error: x")
    assert find_hints([(1, "a.c:1:1: fatal error: a.h: No such file or directory"), *[(2, "")] * 10])
    assert not find_hints([(1, "a.c:1:1: fatal error: a.h: No such file or directory"), *[telling] * MOST_LINES])


@given(st.lists(st.text(), max_size=20), st.text(), st.sampled_from([None, 1, 100, 127]))
def test_any_text_is_read(texts: list[str], error: str, exit_code: int | None) -> None:
    find_hints(list(enumerate(texts, 1)), error=error, exit_code=exit_code)


@pytest.mark.parametrize(
    ("name", "near"),
    [("nmpy", "numpy"), ("pandsa", "pandas"), ("scikit_lern", "scikit-learn"), ("cv2", "opencv-python-headless")],
)
def test_a_misspelled_name_is_recognised(name: str, near: str) -> None:
    (hint,) = find_hints([(1, f"Because {name} was not found in the package registry and you require {name}, we")])
    assert hint.values == {"name": name, "near": near}


@pytest.mark.parametrize("name", ["my-company-tools", "n", "numbers-of-ours"])
def test_a_name_that_is_near_to_nothing_gets_no_guess(name: str) -> None:
    (hint,) = find_hints([(1, f"Because {name} was not found in the package registry and you require {name}, we")])
    assert hint.values == {"name": name}


def test_all_packages_apt_lacks_are_named_and_whether_it_had_lists() -> None:
    lines = [(1, "E: Unable to locate package curl"), (2, "E: Unable to locate package git")]
    (hint,) = find_hints(lines, step="[2/2] RUN apt-get install -y curl git", exit_code=100)
    assert hint.values == {"name": "curl”, “git", "lists": "missing"}


@pytest.mark.parametrize(
    ("step", "before"),
    [
        ("[2/2] RUN apt-get -qq update && apt-get install -y git", ""),
        ("[2/2] RUN ./install.sh git", ""),
        ("[2/2] RUN apt-get install -y git", "Hit:1 http://debian.example.com/debian bookworm InRelease"),
        ("[2/2] RUN apt-get install -y git", "Get:2 http://debian.example.com/debian bookworm/main Packages [8792 kB]"),
        ("", ""),
    ],
)
def test_of_a_step_that_may_have_its_lists_nothing_is_said_of_them(step: str, before: str) -> None:
    (hint,) = find_hints([(1, before), (2, "E: Unable to locate package git")], step=step, exit_code=100)
    assert hint.values == {"name": "git"}
    assert "update" not in sentence_of(hint.code, hint.values) + CATALOGUE[hint.code].remedy


def test_a_step_that_installs_by_lists_of_another_step_is_told_so() -> None:
    lines = [
        (1, "E: Failed to fetch http://debian.example.com/pool/g/git_1_amd64.deb  404  Not Found [IP: 192.0.2.1 80]")
    ]
    (hint,) = find_hints(lines, step="[3/3] RUN apt-get install -y git", exit_code=100)
    assert hint.values == {"file": "git_1_amd64.deb", "lists": "missing"}
    assert "The step runs no apt-get update" in sentence_of(hint.code, hint.values)


@pytest.mark.parametrize("module", ["importlib_metadata", "important_thing"])
def test_a_module_that_only_begins_like_an_old_one_is_not_taken_for_it(module: str) -> None:
    hints = find_hints([(1, f"ModuleNotFoundError: No module named '{module}'")], exit_code=1)
    assert "build-old-source" not in {hint.code for hint in hints}


@pytest.mark.parametrize(
    "said",
    ["ImportError: cannot import name 'x' from 'random'", "AttributeError: module 'random' has no attribute 'x'"],
)
def test_a_file_that_is_taken_for_a_module_is_named_as_newer_pythons_do(said: str) -> None:
    (hint,) = find_hints([(1, f"{said} (consider renaming '/app/random.py' since it has the same name")], exit_code=1)
    assert sentence_of(hint.code, hint.values) == "“/app/random.py” is taken for the module “random”."
