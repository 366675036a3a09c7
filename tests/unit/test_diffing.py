"""Differences: between packages, definitions and texts."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.definitions.model import Conda, Context, Definition, Kind
from environments.diffing.changes import DefinitionChange, diff_definitions, diff_packages
from environments.diffing.text import MAX_LINES, MAX_WORDS, Bounds, Piece, TextRow, count_lines, diff_text, patch


@dataclass(frozen=True)
class Package:
    manager: str
    name: str
    version: str


packages = st.lists(
    st.builds(
        Package,
        manager=st.sampled_from(["pip", "conda", "dpkg"]),
        name=st.sampled_from(["a", "B", "c-d"]),
        version=st.sampled_from(["1.0", "1.0.1", "2", "1:2.3-4", "1.0.0"]),
    ),
    max_size=6,
)


@given(packages)
def test_nothing_differs_from_itself(found: list[Package]) -> None:
    assert diff_packages(found, list(reversed(found))) == []


@given(packages, packages)
def test_looking_from_the_other_side_mirrors_the_diff(one: list[Package], other: list[Package]) -> None:
    mirror = {"added": "removed", "removed": "added", "up": "down", "down": "up", "changed": "changed"}
    there, back = diff_packages(one, other), diff_packages(other, one)
    assert [(mirror[change.kind], change.name, change.new, change.old) for change in there] == [
        (change.kind, change.name, change.old, change.new) for change in back
    ]


@pytest.mark.parametrize(
    ("manager", "old", "new", "kind", "component"),
    [
        ("pip", "1.26.4", "1.27.0", "up", 1),
        ("pip", "1.9", "1.10", "up", 1),
        ("pip", "2.0", "2.0rc1", "down", 1),
        ("pip", "1.2", "1.2.1", "up", 1),
        ("pip", "1.0", "1.0.0", "changed", 1),
        ("conda", "2024a", "2024b", "up", 0),
        ("conda", "9e", "9f", "changed", 0),
        ("dpkg", "1:2.3-4", "1:2.3-5", "changed", 1),
        ("pip", "", "1.0", "added", 0),
        ("pip", "1.0", "", "removed", 0),
    ],
)
def test_a_change_knows_its_direction_and_where_it_begins(
    manager: str, old: str, new: str, kind: str, component: int
) -> None:
    (change,) = diff_packages([Package(manager, "x", old)] if old else [], [Package(manager, "x", new)] if new else [])
    assert (change.kind, change.component) == (kind, component)


def test_pip_names_are_compared_normalised() -> None:
    assert diff_packages([Package("pip", "Scikit_Learn", "1")], [Package("pip", "scikit-learn", "1")]) == []


def test_one_name_under_two_managers_is_two_packages() -> None:
    changes = diff_packages([Package("conda", "numpy", "1.0")], [Package("pip", "numpy", "1.0")])
    assert [(change.kind, change.manager) for change in changes] == [("removed", "conda"), ("added", "pip")]


lines = st.lists(st.sampled_from(["python=3.11", "python=3.12", "numpy>=1", "x::y"]), max_size=3).map(tuple)
requirements = st.lists(st.sampled_from(["numpy==1", "numpy==2", "--pre", "-i https://e.org", "b"]), max_size=3).map(
    tuple
)
conda_definitions = st.builds(
    Definition,
    kind=st.just(Kind.CONDA),
    image=st.sampled_from(["a", "b"]),
    conda=st.builds(
        Conda,
        channels=st.lists(st.sampled_from(["c", "d"]), max_size=2).map(tuple),
        dependencies=lines,
        pip=requirements,
        variables=st.dictionaries(st.sampled_from("AB"), st.sampled_from(["", "1", "2"])),
    ),
    os_type=st.sampled_from(["Linux", "Windows"]),
    inference_config=st.dictionaries(
        st.sampled_from(["scoring_route"]), st.fixed_dictionaries({"port": st.integers(1, 2), "path": st.just("/")})
    ),
)
pip_definitions = st.builds(Definition, kind=st.just(Kind.PIP), image=st.just("a"), requirements=requirements)
context_definitions = st.builds(
    Definition,
    kind=st.just(Kind.CONTEXT),
    context=st.builds(Context, digest=st.sampled_from("xy"), dockerfile_path=st.sampled_from("de")),
)
definitions = conda_definitions | pip_definitions | context_definitions


@given(definitions, definitions)
def test_there_is_a_difference_if_and_only_if_definitions_differ(one: Definition, other: Definition) -> None:
    assert (diff_definitions(one, other) == []) == (one == other)


def test_each_thing_asked_for_is_a_row() -> None:
    old = Definition(Kind.CONDA, "a", Conda(("c",), ("python=3.11", "scipy"), ("numpy==1",), {"A": "1"}))
    new = Definition(Kind.CONDA, "b", Conda(("c",), ("python=3.12",), ("Numpy==2", "--pre"), {"A": "2"}))
    assert diff_definitions(old, new) == [
        DefinitionChange("Base image", "a", "b"),
        DefinitionChange("Conda package python", "python=3.11", "python=3.12"),
        DefinitionChange("Conda package scipy", "scipy", ""),
        DefinitionChange("pip package numpy", "numpy==1", "Numpy==2"),
        DefinitionChange("Variable A", "1", "2"),
        DefinitionChange("pip package --pre", "", "--pre"),
    ]


def test_another_order_is_a_difference_of_its_own() -> None:
    old, new = (Definition(Kind.PIP, "a", requirements=order) for order in (("x", "y"), ("y", "x")))
    assert diff_definitions(old, new) == [DefinitionChange("Order of pip packages", "x, y", "y, x")]


texts = st.lists(st.sampled_from(["a", "b c", "d", ""]), max_size=12).map("\n".join)


@given(texts, texts)
def test_the_rows_hold_both_texts(old: str, new: str) -> None:
    rows = diff_text(old, new, context=1_000)
    if old == new:
        assert rows == []
        return
    joined = ["".join(piece.text for piece in row.pieces) for row in rows]
    removed = [text for text, row in zip(joined, rows, strict=True) if row.old_number]
    added = [text for text, row in zip(joined, rows, strict=True) if row.new_number]
    assert ("\n".join(removed), "\n".join(added)) == (old, new)
    assert [row.old_number for row in rows if row.old_number] == list(range(1, len(removed) + 1))
    assert [row.new_number for row in rows if row.new_number] == list(range(1, len(added) + 1))


@given(texts, texts)
def test_skipped_lines_are_counted(old: str, new: str) -> None:
    rows = diff_text(old, new, context=1)
    shown = sum(1 for row in rows if row.old_number) + sum(row.count for row in rows)
    assert shown == (old.count("\n") + 1 if old != new else 0)


def test_only_the_words_that_differ_are_marked() -> None:
    assert diff_text("x\nnumpy==1.26\n", "x\nnumpy==1.27\n") == [
        TextRow("same", 1, 1, (Piece("x"),)),
        TextRow("removed", 2, None, (Piece("numpy==1."), Piece("26", marked=True))),
        TextRow("added", None, 2, (Piece("numpy==1."), Piece("27", marked=True))),
        TextRow("same", 3, 3, (Piece(""),)),
    ]


def test_far_lines_are_skipped() -> None:
    old = "\n".join(map(str, range(20)))
    rows = diff_text(old, old.replace("\n10\n", "\nten\n"))
    assert [row.kind for row in rows] == ["skipped", *["same"] * 3, "removed", "added", *["same"] * 3, "skipped"]
    assert (rows[0].count, rows[-1].count) == (7, 6)


def test_texts_of_too_many_lines_are_not_shown_line_by_line() -> None:
    old = "line\n" * (MAX_LINES + 1)
    assert diff_text(old, old + "more") == [TextRow("large")]


ADVERSARIES = {
    "all lines differ": (
        [f"RUN install old {n}" for n in range(3_000)],
        [f"RUN install new {n}" for n in range(3_000)],
    ),
    "two lines in turn": (["a", "b"] * 1_500, ["b", "b", "a"] * 1_000),
    "lines that come again": ([str(n % 97) for n in range(3_000)], [str(n * n % 101) for n in range(3_000)]),
    "words that come again": (["a b " * 45] * 900, ["b a c " * 30] * 900),
    "the other way round": ([str(n) for n in range(3_000)], [str(n) for n in reversed(range(3_000))]),
    "a staircase": (
        [str(n // 20) for n in range(3_000)],
        [str(n // 20 + n % 2) for n in range(3_000)],
    ),
}


@pytest.mark.parametrize("case", ADVERSARIES)
def test_no_text_keeps_a_page_waiting(case: str) -> None:
    """What is spent is counted, and the time is that of a page: each took minutes, or would, without bounds."""
    old, new = ("\n".join(lines) + "\n" for lines in ADVERSARIES[case])
    bounds, begun = Bounds(), process_time()
    rows = diff_text(old, new, bounds=bounds)
    assert rows
    assert len(rows) <= 2_000
    assert process_time() - begun < 2


@pytest.mark.parametrize("case", ADVERSARIES)
def test_the_patch_of_any_texts_makes_the_second_of_the_first(case: str) -> None:
    old, new = ("\n".join(lines) for lines in ADVERSARIES[case])
    assert applied(old, patch(old, new, "a", "b")) == new


@given(texts, texts, st.sampled_from([0, 1_000]))
def test_the_patch_makes_the_second_text_of_the_first(old: str, new: str, work: int) -> None:
    assert applied(old, patch(old, new, "a", "b", Bounds(lines=work))) == new


def applied(old: str, lines: Iterable[str]) -> str:
    """What a patch makes of a text, its line numbers and its lines of context held against the text."""
    have, result, place, sign = re.split(r"(?<=\n)", old), [], 0, ""
    for line in "".join(lines).splitlines(keepends=True)[2:]:
        if head := re.match(r"@@ -(\d+),(\d+) ", line):
            start = int(head[1]) - (head[2] != "0")
            result += have[place:start]
            place = start
        elif line.startswith("\\"):
            if sign != "-":
                result[-1] = result[-1].removesuffix("\n")
        else:
            sign = line[0]
            if sign != "+":
                assert have[place].removesuffix("\n") == line[1:].removesuffix("\n")
                place += 1
            if sign != "-":
                result.append(line[1:])
    return "".join(result + have[place:])


def test_several_texts_share_their_bounds() -> None:
    bounds = Bounds(rows=5)
    assert [row.kind for row in diff_text("a\nb", "c\nd", bounds=bounds)] == ["removed", "removed", "added", "added"]
    assert diff_text("a\nb", "c\nd", bounds=bounds) == [TextRow("large")]


def test_lines_are_counted_without_regard_to_their_order() -> None:
    assert count_lines("a\nb\nb\n", "b\na\nc\n") == (1, 1)


def test_very_long_lines_are_marked_as_a_whole() -> None:
    rows = diff_text("a " * MAX_WORDS, "b " * MAX_WORDS)
    assert [row.pieces for row in rows] == [(Piece("a " * MAX_WORDS, True),), (Piece("b " * MAX_WORDS, True),)]
