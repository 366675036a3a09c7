"""MLflow's python_env.yaml, read as the conda file it stands for."""

import pytest

from environments.definitions.conda import conda_marks, parse_conda
from environments.definitions.model import Conda, Definition, Kind
from environments.definitions.parse import parse_environment
from environments.definitions.rules import lint
from tests.refusals import refusal_of

FILE = """\
python: 3.10
build_dependencies:
- pip==23.2.1
- setuptools
dependencies:
- mlflow==2.9.2
"""


def test_it_becomes_a_conda_file_with_that_python_and_pips_lines() -> None:
    pip = ("pip==23.2.1", "setuptools", "mlflow==2.9.2")
    assert parse_conda(FILE) == Conda(("conda-forge",), ("python=3.10", "pip"), pip)


def test_its_requirements_are_read_if_they_came_along() -> None:
    files = {
        "m/python_env.yaml": b"python: 3.8.13\ndependencies:\n- -r requirements.txt\n",
        "m/requirements.txt": b"rich",
    }
    document = parse_environment("image: a\nconda_file: m/python_env.yaml\n", files)
    assert document.definition.conda == Conda(("conda-forge",), ("python=3.8.13", "pip"), ("rich",))
    assert parse_conda(document.text) == document.definition.conda


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        (FILE + "- -r requirements.txt\n", "pip-other-file", 7),
        ("build_dependencies: pip\n", "build_dependencies-list", 1),
        ("python: 3..\nbuild_dependencies: []\n", "conda-spec", 1),
        ("python: 3.8\ndependencies:\n- a: b\n", "pip-requirement", 3),
    ],
)
def test_each_mistake_is_told_with_its_line(text: str, code: str, line: int) -> None:
    problem = refusal_of(parse_conda, text)
    assert (problem.code, problem.line) == (code, line)


def test_without_a_python_any_will_do() -> None:
    assert parse_conda("build_dependencies:\ndependencies:\n").dependencies == ("python", "pip")


def test_what_is_said_of_it_points_into_its_own_lines() -> None:
    marks = conda_marks(FILE)
    assert marks["python=3.10"] == (1, 1)
    assert marks["setuptools"] == (4, 3)
    definition = Definition(Kind.CONDA, "python:3.11@sha256:" + "a" * 64, conda=parse_conda(FILE))
    found = {(problem.code, problem.line) for problem in lint(definition, FILE)}
    assert ("python-end-of-life", 1) in found
    assert not {code for code, _ in found} & {"conda-key", "pip-missing", "channels-missing"}
