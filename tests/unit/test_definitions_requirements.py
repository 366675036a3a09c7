"""pip requirements: read as pip reads them, reaching for nothing."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from environments.definitions.model import Problem
from environments.definitions.requirements import parse_requirements, requirement_marks, requirement_name
from tests.refusals import problems_of, refusal_of

SHA = "sha256:" + "a" * 64


def refused(text: str) -> Problem:
    return refusal_of(parse_requirements, text)


@given(st.text() | st.text(alphabet="ab1=<>~!;[],@-#\\ \n./:'\"{}$", max_size=60))
def test_any_text_is_refused_or_reads_the_same_again(text: str) -> None:
    if not problems_of(parse_requirements, text):
        lines = parse_requirements(text)
        assert parse_requirements("\n".join(lines)) == lines


def test_comments_continuations_and_spaces_are_read_as_pip_does() -> None:
    text = f"""# tools
numpy ==1.26.4 \\
    --hash={SHA} \\
    --hash={SHA}  # pinned

  pandas[parquet]>=2 ; python_version < '3.13'
"""
    assert parse_requirements(text) == (
        f"numpy ==1.26.4 --hash={SHA} --hash={SHA}",
        "pandas[parquet]>=2 ; python_version < '3.13'",
    )


def test_a_comment_ends_a_continuation() -> None:
    assert parse_requirements("numpy \\\n# and\npandas\n") == ("numpy", "pandas")


def test_a_hash_sign_inside_an_address_is_no_comment() -> None:
    line = "tool @ https://example.org/tool-1.0-py3-none-any.whl#sha256=abc"
    assert parse_requirements(line) == (line,)


@pytest.mark.parametrize(
    "line",
    [
        "--index-url https://packages.example.org/simple",
        "--find-links https://example.org/wheels.html",
        "--pre",
        "https://example.org/tool-1.0-py3-none-any.whl",
        "git+https://example.org/team/tool.git@v1#egg=tool",
        "numpy===1.26.4",
    ],
)
def test_options_and_addresses_are_taken_over(line: str) -> None:
    assert parse_requirements(line) == (line,)


@pytest.mark.parametrize(
    ("text", "code", "line", "column"),
    [
        ("-r /etc/passwd", "pip-other-file", 1, 1),
        ("numpy\n  -r/proc/self/environ", "pip-other-file", 2, 3),
        ("--requirement=other.txt", "pip-other-file", 1, 1),
        ("--pre -c limits.txt", "pip-other-file", 1, 7),
        ("--constraint limits.txt", "pip-other-file", 1, 1),
        ("-e .", "pip-editable", 1, 1),
        ("--editable=git+https://example.org/x.git", "pip-editable", 1, 1),
        ("file:///etc/passwd", "address-scheme", 1, 1),
        ("file:wheel.whl", "address-scheme", 1, 1),
        ("tool @ file:///srv/tool.whl", "address-scheme", 1, 1),
        ("tool @ ../tool", "address-scheme", 1, 1),
        ("git+ssh://example.org/tool.git", "address-scheme", 1, 1),
        ("--find-links /srv/wheels", "address-scheme", 1, 1),
        ("-f../wheels", "address-scheme", 1, 1),
        ("--index-url file:///srv", "address-scheme", 1, 1),
        ("./tool.whl", "pip-path", 1, 1),
        ("../tool", "pip-path", 1, 1),
        ("/srv/tool.whl", "pip-path", 1, 1),
        ("tool-1.0-py3-none-any.whl", "pip-path", 1, 1),
        ("folder/tool", "pip-path", 1, 1),
        ("C:\\tool.whl", "pip-path", 1, 1),
        ("--index-url https://user:word@example.org/simple", "address-credentials", 1, 1),
        ("tool @ https://token@example.org/tool.whl", "address-credentials", 1, 1),
        ("numpy\ntool==${VERSION}", "pip-variable", 2, 7),
        ("numpy=1.26", "pip-single-equals", 1, 1),
        ("numpy==", "pip-requirement", 1, 1),
        ("numpy pandas", "pip-requirement", 1, 1),
        ("numpy --hash=sha256:abc", "pip-hash", 1, 7),
        ("numpy --config-settings=x=y", "pip-option", 1, 7),
        ("--trusted", "pip-option", 1, 1),
        ("--index-url", "pip-option", 1, 1),
        ('--index-url "https://example.org -r /etc/passwd"', "pip-option", 1, 13),
        ('-i "#x"', "pip-option", 1, 4),
        ("azureml-core=={{latest}}", "placeholder", 1, 1),
        ("-i https://example.org\u2028-r\u2028/etc/passwd", "pip-other-file", 1, 24),
        ("name: train\ndependencies:\n  - numpy\n", "conda-file", 1, 1),
        ("a" * 3_000, "pip-requirement", 1, 1),
    ],
)
def test_what_reaches_out_or_cannot_be_read_is_refused_with_its_place(
    text: str, code: str, line: int, column: int
) -> None:
    problem = refused(text)
    assert (problem.code, problem.line, problem.column) == (code, line, column)
    assert problem.remedy
    assert problem.source == "requirements_file"


def test_quotes_around_an_option_go_as_in_a_shell() -> None:
    assert parse_requirements("--index-url \"https://example.org/simple\"\n-f'https://example.org/w'") == (
        "--index-url https://example.org/simple",
        "--find-links https://example.org/w",
    )


@pytest.mark.parametrize(
    ("line", "entries"),
    [
        ("-i https://a.example/simple", ("--index-url https://a.example/simple",)),
        ("-ihttps://a.example/simple", ("--index-url https://a.example/simple",)),
        ("--pypi-url=https://a.example/simple", ("--index-url https://a.example/simple",)),
        ("--pre --index-url https://a.example/s", ("--pre", "--index-url https://a.example/s")),
        (
            "-f https://a.example -f https://b.example",
            ("--find-links https://a.example", "--find-links https://b.example"),
        ),
        ("--no-binary :all: --prefer-binary", ("--no-binary :all:", "--prefer-binary")),
    ],
)
def test_every_option_is_an_entry_of_its_own_in_its_long_form(line: str, entries: tuple[str, ...]) -> None:
    assert parse_requirements(line) == entries
    assert set(requirement_marks(line)) == set(entries)


def test_a_password_is_never_repeated() -> None:
    for line in (
        "-i https://me:hunter2@example.org",
        "x @ git+ssh://me:hunter2@example.org/x",
        "-i https://me:hunter2@[::1",
    ):
        assert "hunter2" not in str(refused(line))


def test_every_bad_line_is_told() -> None:
    problems = problems_of(parse_requirements, "numpy=1\npandas\n-e .\n")
    assert [problem.line for problem in problems] == [1, 3]


def test_a_place_on_a_continued_line_is_the_one_people_see() -> None:
    problem = refused("numpy==1.26 \\\n   --hash=sha256:abc")
    assert (problem.line, problem.column) == (2, 4)


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("NumPy==1.26", "numpy"),
        ("scikit_learn[all]>1 ; python_version>'3'", "scikit-learn"),
        ("--pre", ""),
        ("https://example.org/My_Tool-1.0-py3-none-any.whl?x=1#sha256=ab", "my-tool"),
        ("git+https://example.org/tool.git", ""),
        ("tool @ https://example.org/x.zip", "tool"),
    ],
)
def test_a_line_is_known_by_its_normalised_name(line: str, name: str) -> None:
    assert requirement_name(line) == name


def test_marks_lead_back_to_the_text() -> None:
    assert requirement_marks("# first\nnumpy  ==1\n  pandas\nnumpy ==1\n") == {"numpy ==1": (2, 1), "pandas": (3, 3)}


@given(st.text(alphabet=st.characters(whitelist_categories=("Zs", "Zl", "Zp")), min_size=1, max_size=3))
@example("\u2028")
@example("\u00a0")
def test_no_kind_of_space_smuggles_an_option(space: str) -> None:
    assert problems_of(parse_requirements, f"-i https://example.org/simple{space}-r{space}/etc/passwd")
