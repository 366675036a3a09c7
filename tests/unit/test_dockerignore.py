"""What a .dockerignore file leaves out of a build context."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.dockerignore import MAX_PATTERNS, read_patterns
from tests.refusals import refusal_of


@pytest.mark.parametrize(
    ("text", "ignored", "kept"),
    [
        ("*.log", ["a.log"], ["b/a.log", "a.logs"]),
        ("**/*.log", ["a.log", "b/c/a.log"], ["a.txt"]),
        ("**.log", ["a.log", "b/c/a.log"], ["a.txt"]),
        ("build", ["build", "build/a/b"], ["a/build", "builds"]),
        ("/build/", ["build/a"], ["a/build"]),
        ("./a/../build", ["build/a"], ["a/x"]),
        ("a/**", ["a/b", "a/b/c"], ["a", "b/a"]),
        ("a/**/z", ["a/z", "a/b/c/z", "a/z/y"], ["z"]),
        ("**", ["a", "a/b"], []),
        ("*/b", ["a/b/c"], ["b", "a/c/b"]),
        ("a?c", ["abc"], ["ac", "a/c"]),
        ("[a-c]x", ["bx"], ["dx"]),
        ("[^a-c]x", ["dx"], ["bx"]),
        ("a\\*", ["a*"], ["ab"]),
        ("*\n!keep", ["a"], ["keep", "keep/b"]),
        ("*\n!keep\nkeep/b", ["keep/b"], ["keep/a"]),
        ("# comment\n\n  a  \n#b", ["a"], ["b"]),
        (".\n", [], ["a"]),
        ("A", ["A"], ["a"]),
    ],
)
def test_patterns_match_as_docker_does(text: str, ignored: list[str], kept: list[str]) -> None:
    patterns = read_patterns(text)
    assert [path for path in ignored + kept if patterns.match(path)] == ignored


def test_too_many_patterns_are_refused() -> None:
    assert refusal_of(read_patterns, "a\n" * (MAX_PATTERNS + 1)).code == "dockerignore-too-long"


@given(
    st.text(st.sampled_from("ab*?[]^!\\/.-#\n "), max_size=40),
    st.text(st.sampled_from("ab/.*"), min_size=1, max_size=10),
)
def test_any_pattern_can_be_matched(text: str, path: str) -> None:
    assert read_patterns(text).match(path) in {True, False}
