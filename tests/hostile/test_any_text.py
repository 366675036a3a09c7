"""Any text and any bytes, and texts near to the real ones: a value or a refusal, within the counts, never more."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from environments.contexts import ContextFiles, read_zip
from environments.definitions.conda import parse_conda, write_conda
from environments.definitions.dockerfile import check_dockerfile, rewrite_dockerfile
from environments.definitions.findings import MAX_PROBLEMS
from environments.definitions.instructions import KEYWORDS
from environments.definitions.model import Context, Definition, DefinitionError, Kind
from environments.definitions.parse import KEYS, parse_environment
from environments.definitions.requirements import parse_requirements
from environments.definitions.rules import MAX_FOUND, lint
from environments.definitions.text import decode
from environments.dockerignore import read_patterns
from environments.services.drafts import conda_definition, pip_definition, read_over
from tests.hostile.archives import zipped
from tests.hostile.test_readers import LONGEST_SENTENCE
from tests.refusals import problems_of

READERS: list[Callable[[str], Any]] = [
    parse_environment,
    parse_conda,
    parse_requirements,
    check_dockerfile,
    read_patterns,
]
IMAGE = "a:1"

odd = st.sampled_from(
    ["\0", "\ud800", "\ufeff", "\u202e", "\u2028", "\x85", "\r", "\x1b[31m", "é", "9" * 500, "a" * 3_000]
)
words = (
    st.sampled_from(["numpy", "a", "1.0", "no", "~", "", "x y", "$A", "${B}", "/etc", "..", "file:///x", "::", "@"])
    | odd
)
yaml_pieces = st.sampled_from(
    [
        *(f"{key}: " for key in (*KEYS, "dependencies", "channels", "variables", "pip")),
        *"[]{},:-?&*!|>'\"#%@`",
        "- ",
        "\n",
        "\n  ",
        "\n    - ",
        "---\n",
        "<<: ",
        "&a ",
        "*a ",
        "!!str ",
        "|\n  ",
        "\t",
    ]
)
pip_pieces = st.sampled_from(
    [
        "-r ",
        "-c",
        "-e .",
        "--index-url ",
        "-f",
        "--pre",
        "--hash=sha256:",
        "==",
        ">=",
        "~=",
        ";",
        "@ ",
        "https://e.org/",
        "git+https://",
        "[",
        "]",
        "(",
        ")",
        "os_name",
        " and ",
        "'",
        '"',
        "\\\n",
        "\n",
        "#",
        " ",
        ",",
        "*",
        "===",
        "=",
        "!",
        "x-1-py3-none-any.whl",
    ]
)
docker_pieces = st.sampled_from(
    [
        *(f"\n{keyword} " for keyword in sorted(KEYWORDS)),
        "FROM a\n",
        " AS b",
        "--mount=",
        "type=cache,",
        "target=/x,",
        "id=y",
        "from=b,",
        "--security=insecure ",
        "--from=",
        "<<EOF",
        "<<-'E'",
        "\nEOF\n",
        "\\\n",
        "`\n",
        "# syntax=x\n",
        "# escape=`\n",
        "${A:-",
        "}",
        "$A",
        '"',
        "'",
        "\\",
        "[",
        "]",
        "http://",
        "=",
        ",",
        " ",
    ]
)


def made_of(pieces: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(pieces | words, max_size=40).map("".join)


def nested(open_: str, close: str) -> st.SearchStrategy[str]:
    return st.integers(0, 2_000).map(lambda depth: f"a; {open_ * depth}os_name == 'x'{close * depth}")


# Near enough to the real ones that most are read.
specs = st.from_regex(r"(c::)?[a-z]{1,4}( ?(=|>=|==|~=|<)[0-9.*|,<a]{1,5})?( [a-z0-9_*]{1,3})?", fullmatch=True)
values = specs | specs | specs.map(json.dumps) | words
requirements = st.from_regex(
    r"[a-z]{1,3}(\[[a-z,]{1,3}\])?(==|>=|~=|@ )[0-9.*]{1,4}(; ?os_name ?[<=]= ?'x')?", fullmatch=True
)
likely_conda = st.builds(
    lambda conda, pip, names: "".join(
        [
            "dependencies:\n",
            *(f"- {value}\n" for value in conda),
            "- pip:\n",
            *(f"  - {value}\n" for value in pip),
            "variables:\n",
            *(f"  A{number}: {value}\n" for number, value in enumerate(names)),
        ]
    ),
    st.lists(values, max_size=3),
    st.lists(requirements | values, min_size=1, max_size=2),
    st.lists(st.text(max_size=9).map(json.dumps) | values, min_size=1, max_size=3),
)
yaml_like = (
    likely_conda
    | made_of(yaml_pieces)
    | made_of(yaml_pieces).map(lambda text: f"name: x\nimage: a\ndependencies:\n  - {text}\n")
)
pip_like = (
    st.lists(requirements | words, max_size=5).map("\n".join)
    | made_of(pip_pieces)
    | nested("(", ")")
    | nested("[", "]")
)
docker_like = made_of(docker_pieces) | made_of(docker_pieces).map(lambda text: f"FROM a\nRUN {text}")


def assert_sober(problems: Any) -> None:
    assert len(problems) <= MAX_PROBLEMS
    for problem in problems:
        assert problem.message.endswith(".")
        assert len(problem.message) < LONGEST_SENTENCE


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: reader.__name__)
@given(text=st.text() | yaml_like | pip_like | docker_like)
def test_any_text_is_read_or_refused(reader: Callable[[str], Any], text: str) -> None:
    assert_sober(problems_of(reader, text))


@settings(max_examples=150)
@given(content=st.binary(max_size=300) | docker_like.map(lambda text: text.encode("utf-16", "surrogatepass")))
def test_any_bytes_are_a_text_or_refused(content: bytes) -> None:
    assert_sober(problems_of(decode, content, "conda.yml"))


def defined(make: Callable[[str, str], Definition], text: str) -> Definition | None:
    try:
        return make(IMAGE, text)
    except DefinitionError as error:
        assert_sober(error.problems)
        return None


@settings(max_examples=300)
@given(text=yaml_like)
def test_a_conda_file_that_is_read_can_be_looked_over_rendered_and_written(text: str) -> None:
    if definition := defined(conda_definition, text):
        assert_looked_over(definition, text)
        assert definition.conda is not None
        assert parse_conda(write_conda(definition.conda)) == definition.conda


@settings(max_examples=300)
@given(text=pip_like)
def test_requirements_that_are_read_can_be_looked_over_and_rendered(text: str) -> None:
    if definition := defined(pip_definition, text):
        assert_looked_over(definition, text)


def assert_looked_over(definition: Definition, text: str) -> None:
    """The studio's own Dockerfile stays one: no text of a person's becomes an instruction or a base image in it."""
    reading = read_over(definition, text)
    assert len(reading.problems) <= MAX_FOUND
    read = check_dockerfile(reading.dockerfile)
    assert {found.keyword for found in read.instructions} <= {"FROM", "USER", "RUN", "COPY", "ENV"}
    assert {base.image for base in read.bases} <= {IMAGE, "python:3.11-slim", "studio-tools"}


@settings(max_examples=300)
@given(text=docker_like)
def test_a_dockerfile_that_is_read_can_be_looked_over_and_made_ready(text: str) -> None:
    found = lint(Definition(kind=Kind.CONTEXT, context=Context("0" * 64)), text)
    assert len(found) <= MAX_FOUND
    if not problems_of(check_dockerfile, text):
        again = rewrite_dockerfile(text, cache_prefix="ours")
        assert check_dockerfile(again).bases
        assert rewrite_dockerfile(again, cache_prefix="ours").count("ours-ours-") == again.count("id=ours-")


names = st.text(st.characters(exclude_characters="\0"), min_size=1, max_size=12) | st.sampled_from(
    ["Dockerfile", ".dockerignore", "a/b", "../x", "/x", "a\\b", "A", "a", "./a"]
)


@given(
    members=st.lists(
        st.tuples(names, st.binary(max_size=40) | docker_like.map(lambda text: text.encode("utf-8", "replace"))),
        max_size=6,
    )
)
def test_any_zip_is_a_context_or_refused(members: list[tuple[str, bytes]]) -> None:
    try:
        archive = zipped(members)
    except (UnicodeEncodeError, ValueError):
        return  # a name that no zip can hold
    assert_sober(problems_of(lambda data: read_zip(data).for_build(), archive))


@given(start=st.binary(max_size=60), cut=st.integers(0, 200), middle=st.binary(max_size=30))
def test_any_bytes_are_a_zip_or_refused(start: bytes, cut: int, middle: bytes) -> None:
    sound = zipped([("a", b"x" * 30), (".dockerignore", b"a\n")])
    for data in (start, start + sound, sound[:cut] + middle + sound[cut:]):
        assert_sober(problems_of(lambda data: read_zip(data).for_build(), data))


@given(text=st.text(st.sampled_from("ab*?[]^!\\/.-#\n "), max_size=60))
def test_any_ignore_file_leaves_the_dockerfile(text: str) -> None:
    files = ContextFiles({"Dockerfile": b"FROM a\n", "a": b"", "b/a": b"", ".dockerignore": text.encode()})
    assert "Dockerfile" in files.for_build().files
