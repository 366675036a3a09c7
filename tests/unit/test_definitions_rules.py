"""The lint engine: stable codes, places, and silence where all is well."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.definitions.conda import parse_conda
from environments.definitions.dockerfile import check_dockerfile
from environments.definitions.images import parse_image
from environments.definitions.model import Context, Definition, Kind, Severity
from environments.definitions.requirements import parse_requirements
from environments.definitions.rules import MAX_FOUND, lint
from tests.refusals import problems_of, refusal_of

PINNED = "python@sha256:" + "a" * 64
TOKEN = "ghp_" + "a" * 36

Found = set[tuple[str, int | None]]


def conda_findings(text: str, image: str = PINNED) -> Found:
    definition = Definition(kind=Kind.CONDA, image=image, conda=parse_conda(text))
    return {(problem.code, problem.line) for problem in lint(definition, text)}


def pip_findings(text: str) -> Found:
    definition = Definition(kind=Kind.PIP, image=PINNED, requirements=parse_requirements(text))
    return {(problem.code, problem.line) for problem in lint(definition, text)}


def dockerfile_findings(text: str) -> Found:
    definition = Definition(kind=Kind.CONTEXT, context=Context("x"))
    return {(problem.code, problem.line) for problem in lint(definition, text)}


GOOD = """\
channels: [conda-forge]
dependencies:
  - python=3.12
  - numpy=2.1
  - pip=25.3
  - pip:
    - mlflow==3.1
"""


def test_good_definitions_are_met_with_silence() -> None:
    assert conda_findings(GOOD) == set()
    assert pip_findings("numpy==2.1\npandas>=2,<3 ; python_version > '3.9'\n") == set()
    assert dockerfile_findings(f"FROM {PINNED}\nRUN pip install x\nUSER app\n") == set()


@pytest.mark.parametrize(
    ("image", "code"),
    [("python", "image-no-tag"), ("python:latest", "image-latest"), ("python:3.12", "image-not-pinned")],
)
def test_images_that_can_move_are_told(image: str, code: str) -> None:
    assert [problem.code for problem in lint(Definition(kind=Kind.IMAGE, image=image))] == [code]
    assert (code, 1) in dockerfile_findings(f"FROM {image}\nUSER app")


@pytest.mark.parametrize(
    ("change", "code", "line"),
    [
        (("  - python=3.12\n", ""), "python-missing", 2),
        (("  - numpy=2.1\n", "  - python>=3.12\n"), "python-several", 4),
        (("python=3.12", "python=3.8"), "python-end-of-life", 3),
        (("python=3.12", "python>=3.9,<3.11"), "python-end-of-life", 3),
        (("channels: [conda-forge]\n", ""), "channels-missing", None),
        (("[conda-forge]", "[conda-forge, defaults]"), "channels-mixed", 1),
        (("numpy=2.1", "numpy"), "unpinned", 4),
        (("mlflow==3.1", "mlflow"), "unpinned", 7),
        (("  - pip=25.3\n", ""), "pip-missing", 6),
        (("  - pip=25.3\n", "  - pip=25.3\n  - conda-forge::numpy=2\n"), "duplicate", 4),
        (("  - python=3.12\n", "  - python=3.x\n"), "python-malformed", 3),
        (("pip=25.3", "pip"), "pip-unpinned", 5),
        (("  - pip:\n    - mlflow==3.1\n", "  - pip:\n    - mlflow==3.1\n  - scipy=1.16\n"), "pip-not-last", 7),
        (("mlflow==3.1", "NumPy==2.2"), "duplicate-across", 7),
        (("channels:", "name: base\nchannels:"), "conda-base", 1),
        (("numpy=2.1", "r-base=4.4"), "r-section", 4),
        (("channels:", "r: 4.4\nchannels:"), "r-section", 1),
        (("channels:", "prefix: /x\nchannels:"), "conda-prefix", 1),
        (("channels:", "platforms: [x]\nchannels:"), "conda-key", 1),
    ],
)
def test_each_weakness_of_a_conda_file_is_told_at_its_line(
    change: tuple[str, str], code: str, line: int | None
) -> None:
    assert conda_findings(GOOD.replace(*change)) == {(code, line)}


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("a==1\nnumpy\n", "unpinned", 2),
        ("a==1\nb==1\nA==2\n", "duplicate", 1),
        ("-i http://example.org/simple\n", "index-http", 1),
        ("a==1\n--trusted-host example.org\n", "trusted-host", 2),
        ("--extra-index-url https://example.org/simple\n", "extra-index", 1),
        (f"a==1\n# {TOKEN}\n", "secret", 2),
    ],
)
def test_each_weakness_of_requirements_is_told_at_its_line(text: str, code: str, line: int) -> None:
    assert pip_findings(text) == {(code, line)}


def test_the_same_package_under_different_markers_is_no_duplicate() -> None:
    assert pip_findings("a==1 ; python_version < '3.12'\na==2 ; python_version >= '3.12'\n") == set()


@pytest.mark.parametrize(
    ("lines", "code", "line"),
    [
        ("RUN apt-get update && apt-get install -y git\nUSER app", "apt-lists", 2),
        ("ARG API_TOKEN=x\nUSER app", "secret-variable", 2),
        ("ENV A=1 DB_PASSWORD=x\nUSER app", "secret-variable", 2),
        ("RUN pip install numpy>=1.2\nUSER app", "dockerfile-redirect", 2),
        ("RUN pip install rich \\\n  'a>=1' numpy[x]<2\nUSER app", "dockerfile-redirect", 3),
        ("RUN conda activate train && id\nUSER app", "conda-activate", 2),
        ("RUN conda install numpy\nUSER app", "conda-asks", 2),
        ("RUN conda create -n a python=3.12 && id -y\nUSER app", "conda-asks", 2),
        ("RUN conda install -y -n base numpy\nUSER app", "conda-base", 2),
        ("RUN apt-get update && apt-get -qq dist-upgrade -y\nUSER app", "upgrade-all", 2),
        ("RUN conda update -y --all\nUSER app", "upgrade-all", 2),
        ("RUN id", "root-user", 1),
        ("USER root", "root-user", 2),
        (f"RUN echo {TOKEN}\nUSER app", "secret", 2),
        (f"USER app\n#{'x' * 100_000}", "dockerfile-large", None),
    ],
)
def test_each_weakness_of_a_dockerfile_is_told_at_its_line(lines: str, code: str, line: int | None) -> None:
    assert dockerfile_findings(f"FROM {PINNED}\n{lines}\n") == {(code, line)}


def test_careful_dockerfiles_are_not_nagged() -> None:
    text = f"""\
FROM {PINNED}
ARG API_TOKEN
ADD model.tar.gz /model
RUN pip install "numpy>=1.2" 'scipy<2' && test 2>/dev/null
RUN conda env create -f conda.yml && conda install -qy numpy && apt-get -q update
RUN . /opt/conda/etc/profile.d/conda.sh && conda activate train
RUN apt-get update && apt-get install -y git && rm -rf /var/lib/apt/lists/*
USER app
"""
    assert dockerfile_findings(text) == set()


def test_a_shell_that_knows_conda_may_activate() -> None:
    shell = 'SHELL ["conda", "run", "-n", "train", "/bin/bash", "-c"]'
    assert dockerfile_findings(f"FROM {PINNED}\n{shell}\nRUN conda activate train\nUSER app\n") == set()


def test_the_redirected_word_is_pointed_at() -> None:
    text = f"FROM {PINNED}\nRUN pip install numpy>=1.2\nUSER app"
    problems = lint(Definition(kind=Kind.CONTEXT, context=Context("x")), text)
    assert [(problem.line, problem.column) for problem in problems] == [(2, len("RUN pip install ") + 1)]


def test_a_conda_file_that_lists_nothing_is_told() -> None:
    assert ("conda-empty", 1) in conda_findings("dependencies: []\n")


@pytest.mark.parametrize(
    "image",
    [
        *("python:3.8-slim", "python:3.10", "python:3.11-slim-buster", "library/python:2.7"),
        *("ubuntu:18.04", "ubuntu:focal", "debian:10-slim", "debian:stretch", "centos:7", "alpine:3.18"),
        "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu20.04:20230101.v1",
        "mcr.microsoft.com/azureml/minimal-ubuntu22.04-py38-cpu-inference:v1",
        "nvidia/cuda:11.8.0-base-ubuntu18.04@sha256:" + "a" * 64,
    ],
)
def test_bases_past_their_end_of_life_are_told(image: str) -> None:
    found = {problem.code for problem in lint(Definition(kind=Kind.IMAGE, image=image))}
    assert "image-end-of-life" in found


@pytest.mark.parametrize(
    "image",
    [
        *("python:3.11-slim", "python:3.12", "python:3", "ubuntu:24.04", "ubuntu:22.04", "debian:12", "alpine:3.22"),
        *("team/happy38:1.0", "team/copy-2-7:3.8", "postgres:10", "node:8", "team/ubuntu-tools:18.04.1"),
        "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04:20260101.v1",
    ],
)
def test_other_bases_are_not(image: str) -> None:
    assert "image-end-of-life" not in {problem.code for problem in lint(Definition(kind=Kind.IMAGE, image=image))}


@pytest.mark.parametrize(
    "version", ["3.11", "=3.11.*", ">=3.9,<3.13", "3.11.*", "==3.11.4", "=3.11.4=h1", "*", "~=3.12", "=3.13rc1"]
)
def test_versions_of_python_that_conda_reads_are_not_malformed(version: str) -> None:
    text = GOOD.replace("python=3.12", f"python{version}" if version[0] in "=<>~" else f"python {version}")
    assert "python-malformed" not in {code for code, _ in conda_findings(text)}


@pytest.mark.parametrize("reference", ["user:secret@registry.example.org/team/image:1", "https://a@b.example/x"])
def test_a_login_in_an_image_name_is_refused(reference: str) -> None:
    problem = refusal_of(parse_image, reference)
    assert problem.code == "image-credentials"
    assert "secret" not in problem.message


def test_a_dockerfile_over_the_limit_is_refused() -> None:
    problem = refusal_of(check_dockerfile, f"FROM {PINNED}\n#{'x' * 1024 * 1024}")
    assert (problem.code, problem.severity) == ("too-long", Severity.ERROR)


def test_a_dockerfile_that_is_refused_yields_its_errors() -> None:
    definition = Definition(kind=Kind.CONTEXT, context=Context("x"))
    problems = lint(definition, "RUN id")
    assert {problem.severity for problem in problems} == {Severity.ERROR}


def test_windows_is_a_warning_for_it_can_be_built_elsewhere() -> None:
    problems = lint(Definition(kind=Kind.IMAGE, image=PINNED, os_type="Windows"))
    assert [(problem.code, problem.severity) for problem in problems] == [("os-windows", Severity.WARNING)]


def test_warnings_come_before_hints_and_then_by_line() -> None:
    problems = lint(Definition(kind=Kind.CONDA, image="python:3.12", conda=parse_conda("dependencies: [numpy]")))
    severities = [problem.severity for problem in problems]
    assert severities == sorted(severities, key=[Severity.WARNING, Severity.HINT].index)


def test_findings_are_cut_short() -> None:
    lines = "".join(f"package{number}\n" for number in range(1_000))
    assert (
        len(lint(Definition(kind=Kind.PIP, image=PINNED, requirements=parse_requirements(lines)), lines)) == MAX_FOUND
    )


@given(st.sampled_from(Kind), st.text())
def test_lint_answers_for_any_text(kind: Kind, text: str) -> None:
    assert problems_of(lint, Definition(kind=kind, image="a", context=Context("x")), text) == ()


def test_the_tools_a_taken_over_dockerfile_is_lent_need_no_tag() -> None:
    lent = "RUN --mount=type=bind,from=studio-tools,target=/run/studio true\nUSER app\n"
    assert dockerfile_findings(f"FROM {PINNED}\n{lent}") == set()


@pytest.mark.parametrize(
    ("image", "dependencies", "told"),
    [
        ("python:3.11-slim", "python=3.9", True),
        ("docker.io/library/python:3.11", "python==3.9.1", True),
        ("python:3.11-slim", "python=3.11.4", False),
        ("python:3.11-slim", "python>=3.9", False),
        ("python:3.11-slim", "python=3.9, numpy=2.1", False),
        ("team/python:3.11", "python=3.9", False),
    ],
)
def test_another_python_than_the_base_names_is_told(image: str, dependencies: str, told: bool) -> None:
    text = f"channels: [conda-forge]\ndependencies: [{dependencies}, pip=25.3]\n"
    found = lint(Definition(kind=Kind.CONDA, image=image, conda=parse_conda(text)), text)
    assert ("python-beside-base" in {problem.code for problem in found}) is told
