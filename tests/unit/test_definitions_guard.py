"""The guarded YAML reader: every text is answered, and the answer costs little."""

from collections.abc import Iterator

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from environments.definitions import guard
from environments.definitions.findings import MAX_PROBLEMS
from environments.definitions.guard import MAX_DEPTH, MAX_EVENTS, Items, Scalar, Table, read_yaml
from environments.definitions.model import Problem
from environments.definitions.text import MAX_TEXT_BYTES, clean_text, decode
from tests.refusals import problems_of, refusal_of


def refused(text: str) -> Problem:
    return refusal_of(read_yaml, text, "environment.yml")


@pytest.fixture
def events(monkeypatch: pytest.MonkeyPatch) -> list[yaml.Event]:
    """Every parser event that was asked for."""
    seen: list[yaml.Event] = []
    parse = yaml.parse

    def counted(*arguments: object, **options: object) -> Iterator[yaml.Event]:
        for event in parse(*arguments, **options):  # type: ignore[arg-type]
            seen.append(event)
            yield event

    monkeypatch.setattr(guard.yaml, "parse", counted)
    return seen


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    assert all(problem.message.endswith(".") for problem in problems_of(read_yaml, text))


@given(st.text(alphabet="[]{}:,-&*!<>|?'\"#%@ \n\tab", max_size=60))
def test_any_yaml_like_text_is_read_or_refused(text: str) -> None:
    assert len(problems_of(read_yaml, text)) <= MAX_PROBLEMS


@pytest.mark.parametrize("written", ["3.10", "no", "1e3", "0o17", "2024-01-01", "0x1F", "1_000"])
def test_every_value_stays_as_it_is_written(written: str) -> None:
    root = read_yaml(f"python: {written}\n")
    assert isinstance(root, Table)
    assert root.nodes["python"] == Scalar(written, root.nodes["python"].mark, plain=True)


def test_null_is_told_from_a_quoted_null() -> None:
    root = read_yaml('a: null\nb: "null"\nc:\nd: ~\n')
    assert isinstance(root, Table)
    assert [node.is_null for node in root.nodes.values() if isinstance(node, Scalar)] == [True, False, True, True]


def test_places_count_from_one() -> None:
    root = read_yaml("a:\n  - b\n  - c\n")
    assert isinstance(root, Table)
    items = root.nodes["a"]
    assert isinstance(items, Items)
    assert [node.mark for node in items.nodes] == [(2, 5), (3, 5)]


@pytest.mark.parametrize("bracket", ["[", "{", "- "])
def test_thirty_thousand_nested_brackets_are_left_at_the_allowed_depth(bracket: str, events: list[yaml.Event]) -> None:
    assert refused(bracket * 30_000).code == "too-deep"
    assert len(events) < 4 * MAX_DEPTH


def test_the_allowed_depth_is_read() -> None:
    assert isinstance(read_yaml("[" * MAX_DEPTH + "]" * MAX_DEPTH), Items)


def bomb(first: str = "a: &a [x]", *, fold: int = 9) -> str:
    pairs = zip("abcdefg", "bcdefgh", strict=True)
    return "\n".join([first, *(f"{name}: &{name} [{','.join([f'*{before}'] * fold)}]" for before, name in pairs)])


def test_an_alias_stands_for_the_value_its_anchor_names() -> None:
    root = read_yaml("a: &one [x, y]\nb: *one\nc: &two z\nd: [*two, *one]\n")
    assert isinstance(root, Table)
    assert root.nodes["b"] is root.nodes["a"]
    assert root.nodes["d"] == Items((root.nodes["c"], root.nodes["a"]), (4, 4))


def test_an_alias_bomb_goes_off_at_the_bound(events: list[yaml.Event]) -> None:
    assert refused(bomb()).code == "too-many-entries"
    assert len(events) < 100


def test_an_alias_counts_with_all_its_levels() -> None:
    assert refused(bomb(fold=1) + "\ni: [[[[[*h]]]]]\n").code == "too-deep"
    assert not problems_of(read_yaml, bomb(fold=1) + "\ni: [*h]\n")


def test_a_long_text_is_not_repeated_for_nothing(events: list[yaml.Event]) -> None:
    lines = "numpy\\n" * 4_000
    assert refused(f'a: &a "{lines}"\nb: [{"*a," * 5_000}]\n').code == "too-many-entries"
    assert len(events) < 30


@pytest.mark.parametrize("text", ["a: &x [*x]", "a: *x\nb: &x 1", "- &a {b: [*a]}"])
def test_a_value_cannot_hold_itself_or_what_comes_later(text: str) -> None:
    assert refused(text).code == "yaml-alias"


@pytest.mark.parametrize("tag", ["!!str", "!!int", "!!float", "!!bool", "!"])
def test_a_tag_of_yamls_own_types_changes_nothing(tag: str) -> None:
    root = read_yaml(f"a: {tag} 3.10\n")
    assert isinstance(root, Table)
    assert root.nodes["a"] == Scalar("3.10", root.nodes["a"].mark)


def test_too_many_entries_are_not_read_to_the_end(events: list[yaml.Event]) -> None:
    assert refused("[" + "a," * 30_000 + "]").code == "too-many-entries"
    assert len(events) == MAX_EVENTS + 1


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("a: 1\na: 2\n", "duplicate-key", 2, 1),
        ("a: {b: 1, b: 2}\n", "duplicate-key", 1, 11),
        ("a: !env 1\n", "yaml-tag", 1, 4),
        ("a: !!python/object/apply:os.system [x]\n", "yaml-tag", 1, 4),
        ("a: *x\n", "yaml-alias", 1, 4),
        ("a: &x {b: 1}\nc:\n  <<: *x\n", "yaml-merge", 3, 3),
        ("<<: {a: 1}\n", "yaml-merge", 1, 1),
        ("? [a]\n: b\n", "yaml-key", 1, 3),
        ("a: {{ b }}\n", "yaml-key", 1, 5),
        ("a: 1\n---\nb: 2\n", "several-documents", 2, 1),
        ("a:\n\tb: c\n", "yaml-syntax", 2, 1),
        ("a: [1, 2\n", "yaml-syntax", 1, 4),
        ("a: 'b\n", "yaml-syntax", 1, 4),
        ("a: b: c\n", "yaml-syntax", 1, 5),
        ("a: @b\n", "yaml-syntax", 1, 4),
        ("- a\nb: c\n", "yaml-syntax", 2, 1),
        ("a: b\n\0", "forbidden-character", 2, 1),
        ("a: \x07\n", "forbidden-character", 1, 4),
        ("a: \ud800\n", "forbidden-character", 1, 4),
    ],
)
def test_each_thing_wrong_is_told_with_its_place(text: str, code: str, line: int, column: int) -> None:
    problem = refused(text)
    assert (problem.code, problem.line, problem.column) == (code, line, column)
    assert problem.remedy
    assert problem.source == "environment.yml"


def test_a_tab_is_named_as_what_is_wrong() -> None:
    assert "tab" in refused("a:\n\tb: c\n").message


@pytest.mark.parametrize("text", ["", "\n", "# nothing\n", "~", "---\n"])
def test_an_empty_text_is_told(text: str) -> None:
    assert refused(text).code == "empty"


def test_several_mistakes_are_told_at_once() -> None:
    problems = problems_of(read_yaml, "a: 1\na: 2\nb: !env 3\n")
    assert [problem.code for problem in problems] == ["duplicate-key", "yaml-tag"]


def test_thousands_of_mistakes_are_cut_short() -> None:
    assert len(problems_of(read_yaml, "a: 1\n" * 3_000)) == MAX_PROBLEMS


def test_the_byte_cap_counts_bytes() -> None:
    assert clean_text("é" * (MAX_TEXT_BYTES // 2)) == "é" * (MAX_TEXT_BYTES // 2)
    assert refusal_of(clean_text, "é" * (MAX_TEXT_BYTES // 2) + "a").code == "too-long"


def test_a_byte_order_mark_and_foreign_line_ends_go() -> None:
    assert clean_text("\ufeffa\r\nb\rc") == "a\nb\nc"
    assert decode(b"\xef\xbb\xbfa: 1", "conda.yml") == "a: 1"


def test_windows_files_are_read_where_pip_and_conda_read_them() -> None:
    assert decode("a: é\r\n".encode("utf-16"), "conda.yml") == "a: é\n"
    assert "UTF-16" in refusal_of(lambda data: decode(data, "Dockerfile", utf16=False), "a".encode("utf-16")).message
    assert refusal_of(decode, b"\xff\xfea\x00\x00\xd8", "conda.yml").code == "not-utf8"


def test_another_encoding_is_named() -> None:
    assert refusal_of(decode, b"a: 1\nb: \xe9", "conda.yml").line == 2
