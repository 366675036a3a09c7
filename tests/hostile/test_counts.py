"""Work is bounded by counts, whatever a text holds: each reader stops where its constant says it does."""

import tracemalloc
import zipfile
from collections.abc import Iterable, Iterator
from typing import Any

import pytest
import yaml

from environments.contexts import ContextFiles
from environments.definitions import dockerfile, dockerfile_rules, guard, rules
from environments.definitions.dockerfile import MAX_INSTRUCTIONS, check_dockerfile
from environments.definitions.findings import MAX_PROBLEMS
from environments.definitions.guard import MAX_DEPTH, MAX_EVENTS, Items, Node, Table, read_yaml
from environments.definitions.model import Context, Definition, Kind, Problem
from environments.definitions.requirement_lines import MAX_BRACKETS
from environments.definitions.requirements import parse_requirements, requirement_name
from environments.definitions.rules import MAX_FOUND, MAX_OF_ONE_RULE, lint
from environments.definitions.subject import Subject
from environments.dockerignore import MAX_PATTERNS, MAX_STEPS, Pattern, read_patterns
from environments.uploads import CHUNK, MAX_FILES, MAX_RATIO, RATIO_FLOOR
from tests.hostile.dockerfiles import DEEP
from tests.hostile.entry import CONDA, ENVIRONMENT, ZIP, Entry
from tests.hostile.pip_texts import WHEEL
from tests.hostile.reading import CORPUS, read_typed
from tests.refusals import problems_of, refusal_of

YAML = [entry for entry in CORPUS if entry.kind in (CONDA, ENVIRONMENT)]
CONTEXT = Definition(kind=Kind.CONTEXT, context=Context("0" * 64))


class Counted:
    """An iterable that knows how many of its values were asked for."""

    def __init__(self, values: Iterable[Any]) -> None:
        self.values, self.count = values, 0

    def __iter__(self) -> Iterator[Any]:
        for value in self.values:
            self.count += 1
            yield value


@pytest.fixture
def parsed(monkeypatch: pytest.MonkeyPatch) -> list[Counted]:
    """The parser events of every YAML that is read."""
    seen: list[Counted] = []
    parse = yaml.parse

    def counted(*arguments: Any, **options: Any) -> Counted:
        seen.append(Counted(parse(*arguments, **options)))
        return seen[-1]

    monkeypatch.setattr(guard.yaml, "parse", counted)
    return seen


@pytest.mark.parametrize("entry", YAML, ids=str)
def test_no_yaml_costs_more_events_than_allowed(entry: Entry, parsed: list[Counted]) -> None:
    problems_of(read_typed, entry)
    assert all(events.count <= MAX_EVENTS + 1 for events in parsed)
    if entry.code == "too-deep":
        assert parsed[0].count <= 4 * (MAX_DEPTH + 1)
    if entry.code == "too-long":
        assert not parsed


def test_a_tree_has_no_more_nodes_than_the_parser_had_events(parsed: list[Counted]) -> None:
    tree = read_yaml("[" + "a," * (MAX_EVENTS - 6) + "]")
    assert len(list(nodes_of(tree))) <= parsed[0].count <= MAX_EVENTS


def nodes_of(node: Node) -> Iterator[Node]:
    yield node
    children = node.nodes if isinstance(node, Items) else node.nodes.values() if isinstance(node, Table) else ()
    for child in children:
        yield from nodes_of(child)


def test_instructions_are_read_up_to_the_first_that_is_too_much(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: list[Counted] = []
    read = dockerfile.read_instructions

    def counted(lines: list[str], escape: str) -> Iterator[Any]:
        seen.append(Counted(read(lines, escape)))
        return iter(seen[-1])

    monkeypatch.setattr(dockerfile, "read_instructions", counted)
    assert refusal_of(check_dockerfile, "FROM a\n" + "A\n" * 300_000).code == "dockerfile-too-long"
    assert [instructions.count for instructions in seen] == [MAX_INSTRUCTIONS + 1]


@pytest.mark.parametrize("count", [MAX_PROBLEMS, MAX_PROBLEMS + 1, 4_000])
@pytest.mark.parametrize("line", ["-e .\n", "numpy=1\n", "--index-url\n"])
def test_problems_are_told_up_to_their_number(line: str, count: int) -> None:
    problems = problems_of(parse_requirements, line * count)
    assert [problem.line for problem in problems] == list(range(1, MAX_PROBLEMS + 1))


def test_a_rule_is_asked_for_no_more_than_can_be_told(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Counted] = []

    def counted(subject: Subject) -> Iterator[Problem]:
        asked.append(Counted(dockerfile_rules.check_secret_names(subject)))
        return iter(asked[-1])

    monkeypatch.setitem(rules._RULES, Kind.CONTEXT, (counted,))
    found = lint(CONTEXT, "FROM a\nENV " + "TOKEN=x " * 50_000 + "\nUSER x\n")
    assert (len(found), asked[0].count) == (MAX_FOUND, MAX_OF_ONE_RULE)


def test_brackets_are_counted_before_a_marker_is_read() -> None:
    marker = "os_name == 'x'"
    deepest = f"a; {'(' * MAX_BRACKETS}{marker}{')' * MAX_BRACKETS}"
    assert parse_requirements(deepest) == (deepest,)
    assert refusal_of(parse_requirements, f"a; ({deepest[3:]})").code == "pip-requirement"


def test_the_tags_of_a_wheel_are_not_multiplied_out() -> None:
    tracemalloc.start()
    try:
        assert requirement_name(WHEEL) == "evil"
        assert tracemalloc.get_traced_memory()[1] < 100_000
    finally:
        tracemalloc.stop()


def test_an_ignore_file_is_not_tried_at_more_places_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    tried: list[Pattern] = []
    monkeypatch.setattr(Pattern, "match", lambda pattern, path: tried.append(pattern))
    deep = {f"{number}/" + "a/" * 400 + "a": b"" for number in range(2_000)}
    files = ContextFiles({"Dockerfile": b"FROM a\n", ".dockerignore": (DEEP * 100).encode(), **deep})
    problem = refusal_of(files.for_build)
    assert (problem.code, problem.source) == ("dockerignore-too-long", ".dockerignore")
    assert not tried


def test_the_largest_contexts_people_have_are_within_those_places() -> None:
    patterns = read_patterns("**/node_modules/**\n" * MAX_PATTERNS)
    patterns.check_work(["a/b/c/d/e"] * 5_000)
    assert sum(len(pattern.parts) for pattern in patterns.patterns) * 5 * 5_000 < MAX_STEPS


@pytest.mark.parametrize("entry", [entry for entry in CORPUS if entry.kind == ZIP], ids=str)
def test_no_zip_is_expanded_beyond_its_room(entry: Entry, monkeypatch: pytest.MonkeyPatch) -> None:
    pieces: list[int] = []
    read = zipfile.ZipExtFile.read

    def counted(file: zipfile.ZipExtFile, size: int | None = -1) -> bytes:
        piece = read(file, size)
        pieces.append(len(piece))
        return piece

    monkeypatch.setattr(zipfile.ZipExtFile, "read", counted)
    problems_of(read_typed, entry)
    assert sum(pieces) <= max(len(entry.content) * MAX_RATIO, RATIO_FLOOR) + 2 * CHUNK
    if entry.code == "zip-too-many":
        assert len(pieces) <= 2 * MAX_FILES
