"""Safe edits: each removes exactly the problem it was offered for, and the text can still be read."""

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.definitions.conda import parse_conda
from environments.definitions.fixes import apply_fix, fix_key, with_fixes
from environments.definitions.model import Context, Definition, DefinitionError, Fix, Kind, Problem, Severity
from environments.definitions.requirements import parse_requirements
from environments.definitions.rules import lint
from environments.definitions.subject import SOURCES

PINNED = "python@sha256:" + "a" * 64
# Offered in place of what they mend: pip is asked for then, but without a version.
MAY_APPEAR = {"pip-missing": {"pip-unpinned"}}


def problems_in(kind: Kind, text: str) -> list[Problem]:
    """What a reader refuses the text for, or else what is said of it; with their fixes."""
    try:
        parts = {
            Kind.CONDA: lambda: {"image": PINNED, "conda": parse_conda(text)},
            Kind.PIP: lambda: {"image": PINNED, "requirements": parse_requirements(text)},
            Kind.CONTEXT: lambda: {"context": Context("x")},
        }[kind]()
    except DefinitionError as error:
        return with_fixes(error.problems, {SOURCES[kind]: text})
    return lint(Definition(kind=kind, **parts), text)


def told(problems: list[Problem]) -> Counter[tuple[str, str]]:
    return Counter((problem.code, problem.message) for problem in problems)


def check_each_fix(kind: Kind, text: str) -> int:
    """Apply every fix by itself; return how many there were."""
    before = problems_in(kind, text)
    fixable = [problem for problem in before if problem.fix]
    for problem in fixable:
        assert problem.fix
        after = problems_in(kind, apply_fix(text, problem.fix))
        gone, new = told(before) - told(after), told(after) - told(before)
        assert (problem.code, problem.message) in gone
        if problem.severity != Severity.ERROR:  # once an error is gone, the rest of the text is looked at
            # Compared without their number: a line that stood there twice may have been told of twice.
            assert told(before).keys() - told(after).keys() <= {(problem.code, problem.message)}
            assert {code for code, _ in new} <= MAY_APPEAR.get(problem.code, set())
        assert problem.severity == Severity.ERROR or not any(found.severity == Severity.ERROR for found in after)
    return len(fixable)


CASES = [
    (Kind.CONDA, "pip-missing", "dependencies:\n  - python=3.12\n  - pip:\n      - rich==14\n"),
    (Kind.CONDA, "conda-prefix", "name: x\ndependencies:\n  - python=3.12\nprefix: /home/ana/envs/x"),
    (Kind.CONDA, "conda-operator", "channels: [a]\ndependencies:\n  - numpy=>1\n"),
    (Kind.CONDA, "conda-mapping", "channels: [a]\ndependencies:\n  - python: 3.10\n"),
    (Kind.CONDA, "channels-missing", "# mine\nname: x\ndependencies:\n  - python=3.12\n"),
    (Kind.CONDA, "duplicate", "channels: [a]\ndependencies:\n  - python=3.12\n  - numpy=2\n  - a=1\n  - numpy=2\n"),
    (Kind.PIP, "duplicate", "numpy==2\nrich==14\nnumpy==2"),
    (Kind.PIP, "pip-single-equals", "rich==14\nnumpy=1.2  # old\n"),
    (Kind.PIP, "index-http", "--index-url http://example.org/simple\nnumpy==2\n"),
    (Kind.PIP, "trusted-host", "numpy==2\n--trusted-host example.org\n"),
    (Kind.CONTEXT, "dockerfile-redirect", f"FROM {PINNED}\nRUN pip install a[b]>=1.2,<2 rich\nUSER app\n"),
    (Kind.CONTEXT, "dockerfile-frontend", f"# syntax=evil/frontend\nFROM {PINNED}\nUSER app\n"),
]


@pytest.mark.parametrize(("kind", "code", "text"), CASES, ids=[f"{kind}-{code}" for kind, code, _ in CASES])
@pytest.mark.parametrize("line_end", ["\n", "\r\n"])
def test_a_fix_mends_exactly_its_problem(kind: Kind, code: str, text: str, line_end: str) -> None:
    text = text.replace("\n", line_end)
    assert code in {problem.code for problem in problems_in(kind, text) if problem.fix}
    assert check_each_fix(kind, text)


@pytest.mark.parametrize(
    ("kind", "code", "text"),
    [
        (Kind.CONDA, "duplicate", "dependencies: [python=3.12, numpy=2, numpy=2]\n"),
        (Kind.CONDA, "duplicate", "dependencies:\n  - numpy=2\n  - numpy=1\n"),
        (Kind.PIP, "duplicate", "a==1\na==1\na==1\n"),
        (Kind.PIP, "duplicate", "a==1\nb==1 \\\n--hash=sha256:" + "a" * 64 + "\na==2\n"),
        (Kind.CONDA, "channels-missing", "channels:\ndependencies:\n  - python=3.12\n"),
        (Kind.CONDA, "pip-missing", "dependencies: [python=3.12, {pip: [rich==14]}]\n"),
        (Kind.CONDA, "conda-operator", "dependencies:\n  - 'a=>1,b=<2'\n"),
        (Kind.PIP, "index-http", "--find-links http://a.example --index-url http://b.example\n"),
        (Kind.CONTEXT, "dockerfile-redirect", f"FROM {PINNED}\nRUN pip install b>=1 it's\n"),
    ],
)
def test_nothing_is_offered_where_the_meaning_is_not_clear(kind: Kind, code: str, text: str) -> None:
    found = [problem for problem in problems_in(kind, text) if problem.code == code]
    assert found
    assert [problem.fix for problem in found] == [None] * len(found)


conda_lines = st.lists(
    st.sampled_from(
        [
            "  - numpy=2",
            "  - numpy=>1",
            "  - python: 3.12",
            "  - python=3.12",
            "  - pip:\n      - rich==14",
            "  - scipy",
        ]
    ),
    min_size=1,
    max_size=6,
)
conda_heads = st.sampled_from(["", "name: x\n", "channels:\n  - a\n", "prefix: /x\n", "name: x\nprefix: C:\\x\n"])
pip_lines = st.lists(
    st.sampled_from(
        [
            "a==1",
            "b=1",
            "a==1 ",
            "--index-url http://x.example/s",
            "--trusted-host x",
            "# note",
            "",
            "c>=1 \\",
            "d ; x=1",
        ]
    ),
    min_size=1,
    max_size=7,
)
docker_lines = st.lists(
    st.sampled_from(
        [
            "RUN pip install a>=1",
            'RUN pip install "b>=1" c<2',
            "RUN pip install a \\",
            "  d>=1",
            "ENV A='x",
            "# note",
            "USER app",
        ]
    ),
    min_size=1,
    max_size=6,
)


@given(conda_heads, conda_lines)
def test_fixes_of_any_conda_file_mend_just_that(head: str, lines: list[str]) -> None:
    check_each_fix(Kind.CONDA, head + "dependencies:\n" + "\n".join(lines))


@given(pip_lines)
def test_fixes_of_any_requirements_mend_just_that(lines: list[str]) -> None:
    check_each_fix(Kind.PIP, "\n".join(lines))


@given(docker_lines)
def test_fixes_of_any_dockerfile_mend_just_that(lines: list[str]) -> None:
    check_each_fix(Kind.CONTEXT, f"FROM {PINNED}\n" + "\n".join(lines))


def test_an_edit_outside_of_the_text_is_an_error() -> None:
    with pytest.raises(ValueError, match="line 3"):
        apply_fix("a\nb", Fix("x", 3, 1, 3, 1, "c"))


def test_edits_are_told_apart_by_what_they_do() -> None:
    fix = Fix("Write ==", 1, 2, 1, 3, "==")
    assert fix_key(fix) == fix_key(replace(fix, label="Other words"))
    assert fix_key(fix) != fix_key(replace(fix, line=2, end_line=2))
