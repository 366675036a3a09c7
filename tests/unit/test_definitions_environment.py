"""Environment YAML, image references, names, and the canonical form."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.definitions.digest import canonical, definition_digest, from_canonical
from environments.definitions.images import ImageReference, parse_image, split_image
from environments.definitions.model import Conda, Context, Definition, Kind
from environments.definitions.names import MAX_NAME, MAX_VERSION, check_name, check_version_name
from environments.definitions.parse import parse_environment
from tests.refusals import problems_of, refusal_of

FULL = """\
$schema: https://example.org/environment.schema.json
name: train
version: 1.10
description: Trains the model.
tags: {team: vision, stage: 2}
properties: {owner: ann}
image: python:3.11-slim
conda_file: files/conda.yml
os_type: linux
inference_config:
  scoring_route: {port: 5001, path: /score}
"""
CONDA = b"dependencies:\n  - python=3.10\n  - pip:\n      - numpy==1.26\n"


def digest_of(text: str, files: dict[str, bytes] | None = None) -> str:
    return definition_digest(parse_environment(text, files).definition)


def test_every_key_is_read_as_written() -> None:
    document = parse_environment(FULL, {"files/conda.yml": CONDA})
    assert (document.name, document.version, document.description) == ("train", "1.10", "Trains the model.")
    assert document.tags == {"team": "vision", "stage": "2"}
    assert document.properties == {"owner": "ann"}
    assert document.text == CONDA.decode()
    assert document.build_path is None
    assert document.definition == Definition(
        kind=Kind.CONDA,
        image="python:3.11-slim",
        conda=Conda(dependencies=("python=3.10",), pip=("numpy==1.26",)),
        os_type="Linux",
        inference_config={"scoring_route": {"port": 5001, "path": "/score"}},
    )


def test_an_inline_conda_file_is_the_same_as_one_beside_it() -> None:
    inline = "image: a\nconda_file:\n  dependencies:\n    - python=3.10\n    - pip: [numpy==1.26]\n"
    as_text = "image: a\nconda_file: |\n" + "".join(f"  {line}\n" for line in CONDA.decode().splitlines())
    beside = parse_environment("image: a\nconda_file: ./c.yml\n", {"c.yml": CONDA})
    assert parse_environment(inline).definition == parse_environment(as_text).definition == beside.definition
    assert "numpy==1.26" in parse_environment(inline).text


def test_requirements_are_read_from_a_file_or_the_text_itself() -> None:
    inline = parse_environment("image: a\nrequirements_file: |\n  numpy\n  pandas\n")
    beside = parse_environment("image: a\nrequirements_file: r.txt\n", {"r.txt": b"numpy\npandas\n"})
    assert inline.definition == beside.definition
    assert inline.definition.kind == Kind.PIP
    assert inline.definition.requirements == ("numpy", "pandas")


def test_json_is_read_like_yaml() -> None:
    body = {"image": "a", "version": None, "name": "x", "requirements_file": "numpy\n", "tags": {"a": "b"}}
    document = parse_environment(json.dumps(body))
    assert (document.name, document.version, document.definition.requirements) == ("x", "", ("numpy",))


def test_a_build_context_waits_for_its_digest() -> None:
    document = parse_environment("build:\n  path: ./src/\n  dockerfile_path: ./docker/Dockerfile\n")
    assert document.build_path == "src"
    assert document.definition.context == Context(digest="", dockerfile_path="docker/Dockerfile")
    assert parse_environment("build: {path: .}").build_path == "."


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("name: x\n", "no-image", None),
        ("image: a\nbuild: {path: .}\n", "image-and-build", 2),
        ("build: {path: .}\nconda_file: {dependencies: [a]}\n", "packages-and-build", 2),
        ("image: a\nconda_file: {dependencies: [a]}\nrequirements_file: |\n  b\n  c\n", "conda-and-pip", 3),
        ("imgae: a\n", "unknown-key", 1),
        ("image: a\nbuild: {path: ., local_path: x}\n", "image-and-build", 2),
        ("build: {path: ., local_path: x}\n", "unknown-key", 1),
        ("build: {dockerfile_path: x}\n", "build-path", 1),
        ("build: {path: ../x}\n", "path-outside", 1),
        ("build: {path: /etc}\n", "path-outside", 1),
        ("build: {path: 'https://example.org/x.git'}\n", "build-address", 1),
        ("build: {path: ., dockerfile_path: ../Dockerfile}\n", "path-outside", 1),
        ("image: a\nconda_file: missing.yml\n", "file-missing", 2),
        ("image: a\nconda_file: ../c.yml\n", "path-outside", 2),
        ("image: a\nconda_file: [a]\n", "packages-text", 2),
        ("image: a\nconda_file: {dependencies: [python: 3.10]}\n", "conda-mapping", 2),
        ("image: Python\n", "image-reference", 1),
        ("image: [a]\n", "not-a-text", 1),
        ("image: a\nname: a..b\n", "name-invalid", 2),
        ("image: a\nname: AzureML-x\n", "name-reserved", 2),
        ("image: a\nversion: 1/2\n", "version-invalid", 2),
        ("image: a\nos_type: mac\n", "os-type", 2),
        ("image: a\ntags: [a]\n", "not-a-mapping", 2),
        ("image: a\ntags: {a: [b]}\n", "not-a-text", 2),
        ("image: a\ninference_config:\n  other_route: {}\n", "unknown-key", 3),
        ("image: a\ninference_config:\n  scoring_route: {port: 0, path: /}\n", "port", 3),
        ("image: a\ninference_config:\n  scoring_route: {port: ٣, path: /}\n", "port", 3),
        ("dependencies: [numpy]\n", "conda-file", 1),
        ("- image\n", "no-environment", 1),
    ],
)
def test_each_mistake_is_told_with_its_line(text: str, code: str, line: int | None) -> None:
    problem = refusal_of(parse_environment, text)
    assert (problem.code, problem.line, problem.source) == (code, line, "environment.yml")
    assert problem.remedy


def test_mistakes_in_a_named_file_carry_its_name() -> None:
    files = {"c.yml": b"dependencies:\n  - numpy=>1\n"}
    problems = problems_of(parse_environment, "image: a\nconda_file: c.yml\nname: ''\nos_type: x\n", files)
    assert [(problem.source, problem.line) for problem in problems] == [("environment.yml", 4), ("c.yml", 2)]


def test_curated_environments_may_have_a_reserved_name() -> None:
    assert parse_environment("image: a\nname: AzureML-x\n", curated=True).name == "AzureML-x"


@given(st.text() | st.from_regex(r"(image|build|conda_file|tags|name): .*", fullmatch=True))
def test_any_text_is_read_or_refused(text: str) -> None:
    assert all(problem.message for problem in problems_of(parse_environment, text))


@pytest.mark.parametrize(
    "text",
    [
        "python",
        "python:3.11-slim",
        "localhost/x",
        "localhost:5000/a/b:1",
        "registry.example.org/team/my__image.name-x:V_1.2",
        "python@sha256:" + "a" * 64,
        "registry.example.org:443/x:1@sha512:" + "0" * 128,
        "[::1]:5000/x",
    ],
)
def test_an_image_reference_reads_back_as_written(text: str) -> None:
    assert parse_image(f" {text} ") == text


def test_an_image_reference_is_taken_apart() -> None:
    assert split_image("r.org:1/a/b:2@sha256:" + "a" * 64) == ImageReference(
        "a/b", "r.org:1", "2", "sha256:" + "a" * 64
    )
    assert split_image("team/image") == ImageReference("team/image")


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "Python", "python:", "python@", "python:-x", "python:a b", "https://example.org/x", "scratch"),
        *("a//b", "-a", "a-", "a___b", "a..b", "x:" + "t" * 129, "n" * 256, "a@sha256:abc", "a@md5:" + "a" * 32),
        *("a:1:2", "docker pull python", "a;b", "ü", "a\n"[:1] + "\tb", "/a", "a/", "x@sha256:" + "A" * 64),
    ],
)
def test_what_is_no_image_reference_is_told(text: str) -> None:
    problem = refusal_of(parse_image, text)
    assert problem.code == "image-reference"
    assert problem.remedy


@given(st.text())
def test_any_text_is_an_image_reference_or_not(text: str) -> None:
    if not problems_of(parse_image, text):
        assert parse_image(text) == text.strip()


@pytest.mark.parametrize("name", ["a", "A.b-c_d", "9", "a" * MAX_NAME, "azureml-x"])
def test_a_good_name_passes(name: str) -> None:
    assert check_name(name) == []


@pytest.mark.parametrize("name", ["", ".a", "-a", "a.", "a..b", "a/b", "a b", "ä", "a\n", "a" * (MAX_NAME + 1)])
def test_a_bad_name_is_told(name: str) -> None:
    assert check_name(name)


def test_versions_are_shorter_and_know_no_reserved_names() -> None:
    assert check_version_name("Microsoft") == []
    assert check_version_name("1" * MAX_VERSION) == []
    assert check_version_name("1" * (MAX_VERSION + 1))
    assert check_name("Microsoft-x")
    assert check_name("Microsoft-x", curated=True) == []


words = st.sampled_from(["a", "b=1", "c>=2"])
condas = st.builds(
    Conda,
    channels=st.lists(words).map(tuple),
    dependencies=st.lists(words).map(tuple),
    pip=st.lists(words).map(tuple),
    variables=st.dictionaries(words, st.text(max_size=5), max_size=2),
)
definitions = st.builds(
    Definition,
    kind=st.sampled_from(Kind),
    image=words,
    conda=st.none() | condas,
    requirements=st.lists(words).map(tuple),
    context=st.none() | st.builds(Context, digest=st.text(max_size=5), dockerfile_path=words),
    os_type=st.sampled_from(["Linux", "Windows"]),
    inference_config=st.dictionaries(words, st.fixed_dictionaries({"port": st.integers(), "path": words}), max_size=2),
)


@given(definitions)
def test_the_canonical_text_reads_back(definition: Definition) -> None:
    assert from_canonical(canonical(definition)) == definition


@given(definitions, definitions)
def test_digests_are_equal_if_and_only_if_definitions_are(one: Definition, other: Definition) -> None:
    assert (definition_digest(one) == definition_digest(other)) == (one == other)


@pytest.mark.parametrize(
    "same",
    [
        "# a comment\nimage: a   # here too\nbuild:\nos_type: linux\n",
        "os_type: LINUX\nimage: a\n",
        'image: "a"\nname: other\ndescription: words\nversion: 7\ntags: {x: y}\n',
        "image: a\nconda_file: null\n",
    ],
)
def test_comments_order_defaults_and_facts_do_not_change_the_digest(same: str) -> None:
    assert digest_of(same) == digest_of("image: a\n")


def test_the_default_dockerfile_and_its_spellings_do_not_change_the_digest() -> None:
    plain = digest_of("build: {path: .}")
    assert digest_of("build: {path: ., dockerfile_path: ./Dockerfile}") == plain
    assert digest_of("build: {dockerfile_path: x/../Dockerfile, path: .}") == plain


@given(st.permutations(["image: a", "os_type: linux", "conda_file: {dependencies: [x], channels: [c]}", "name: n"]))
def test_key_order_never_changes_the_digest(lines: list[str]) -> None:
    assert digest_of("\n".join(lines)) == digest_of("image: a\nconda_file: {channels: [c], dependencies: [x]}")


@pytest.mark.parametrize(
    "other",
    [
        "image: b\nconda_file: {dependencies: [x, y]}",
        "image: a\nconda_file: {dependencies: [y, x]}",
        "image: a\nconda_file: {dependencies: [x, y, z]}",
        "image: a\nconda_file: {dependencies: [x, y], channels: [c]}",
        "image: a\nconda_file: {dependencies: [x, y], variables: {A: 1}}",
        "image: a\nconda_file: {dependencies: [x, y, pip: [z]]}",
        "image: a\nconda_file: {dependencies: [x, y]}\nos_type: windows",
        "image: a\nconda_file: {dependencies: [x, y]}\ninference_config: {scoring_route: {port: 1, path: /}}",
        "image: a\nrequirements_file: |\n  x\n  y\n",
        "image: a",
    ],
)
def test_whatever_matters_changes_the_digest(other: str) -> None:
    assert digest_of(other) != digest_of("image: a\nconda_file: {dependencies: [x, y]}")


def test_a_canonical_text_of_another_format_is_not_guessed_at() -> None:
    with pytest.raises(ValueError, match="format"):
        from_canonical('{"format":99}')
