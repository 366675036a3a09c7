"""Conda environment files and match specifications."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.definitions.asked import conda_packages, pip_requirements, python_requirement
from environments.definitions.conda import conda_marks, parse_conda, write_conda
from environments.definitions.model import Conda, Definition, Kind, Problem
from environments.definitions.pythons import python_satisfies
from tests.refusals import problems_of, refusal_of

FILE = """\
name: train
channels:
  - conda-forge
  - https://channels.example.org/team
dependencies:
  - python=3.10
  - numpy>=1.26,<2
  - conda-forge::blas=*=openblas
  - pip
  - pip:
      - mlflow-skinny==2.14  # tracking
      - --extra-index-url https://packages.example.org/simple
      - tool[fast]>1 ; python_version > "3.9"
variables:
  GREETING: "no: 3.10"
prefix: /home/someone/envs/train
"""

specs = st.sampled_from(["python=3.11", "numpy", "scipy>=1.2,<2", "a::b=1=py_0", "c 1.2.*", "d[version='>=1']"])
lines = st.sampled_from(["numpy==1.2", "--pre", "tool @ https://example.org/t.whl", 'x ; python_version > "3"'])
names = st.from_regex(r"[A-Z_][A-Z0-9_]{0,8}", fullmatch=True)
values = st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=0x2000, blacklist_categories=("Cc", "Cs")))
condas = st.builds(
    Conda,
    channels=st.lists(st.sampled_from(["conda-forge", "defaults", "https://example.org/c"])).map(tuple),
    dependencies=st.lists(specs).map(tuple),
    pip=st.lists(lines).map(tuple),
    variables=st.dictionaries(names, values, max_size=3),
)


def refused(text: str) -> Problem:
    return refusal_of(parse_conda, text)


def with_dependencies(*specs: str, pip: tuple[str, ...] = ()) -> Definition:
    return Definition(kind=Kind.CONDA, image="python:3.11", conda=Conda(dependencies=specs, pip=pip))


def test_a_file_is_kept_as_written() -> None:
    assert parse_conda(FILE) == Conda(
        channels=("conda-forge", "https://channels.example.org/team"),
        dependencies=("python=3.10", "numpy>=1.26,<2", "conda-forge::blas=*=openblas", "pip"),
        pip=(
            "mlflow-skinny==2.14",
            "--extra-index-url https://packages.example.org/simple",
            'tool[fast]>1 ; python_version > "3.9"',
        ),
        variables={"GREETING": "no: 3.10"},
    )


@given(condas)
def test_what_is_written_reads_back(conda: Conda) -> None:
    assert parse_conda(write_conda(conda)) == conda


@given(st.text())
def test_any_text_is_read_or_refused(text: str) -> None:
    assert all(problem.remedy for problem in problems_of(parse_conda, text))


@pytest.mark.parametrize(
    ("text", "code", "line"),
    [
        ("dependencies:\n  python: 3.10\n", "conda-mapping", 2),
        ("dependencies:\n  - python: 3.10\n", "conda-mapping", 2),
        ("dependencies: numpy\n", "dependencies-list", 1),
        ("dependencies:\n  - [numpy]\n", "conda-dependency", 2),
        ("dependencies:\n  - pip: numpy\n", "pip-list", 2),
        ("dependencies:\n  - pip:\n      - numpy: 1\n", "pip-requirement", 3),
        ("dependencies:\n  - pip:\n      - -r other.txt\n", "pip-other-file", 3),
        ("dependencies:\n  - numpy=>1\n", "conda-operator", 2),
        ("dependencies:\n  - numpy>=\n", "conda-spec", 2),
        ("dependencies:\n  - numpy>1<2\n", "conda-spec", 2),
        ("dependencies:\n  - uvicorn[standard]\n", "conda-extra", 2),
        ("dependencies:\n  - git+https://example.org/x.git\n", "conda-address", 2),
        ("dependencies:\n  - ./local\n", "conda-address", 2),
        ("channels:\n  - file:///srv/channel\n", "address-scheme", 2),
        ("channels:\n  - https://me:word@example.org/c\n", "address-credentials", 2),
        ("channels:\n  - ../channel\n", "conda-channel", 2),
        ("variables:\n  - A=1\n", "conda-variables", 2),
        ("variables:\n  A-B: 1\n", "conda-variables", 2),
        ("image: python:3.11\n", "azure-file", 1),
        ("dependencies:\n  - ../x::numpy\n", "conda-channel", 2),
        ("dependencies:\n  - https://me:word@example.org/c::numpy\n", "address-credentials", 2),
        ("dependencies:\n  - numpy=={{ version }}\n", "placeholder", 2),
        ("# ours\nnumpy==1.26\npandas\n", "requirements-file", 2),
        ("numpy>=1 # one\npandas\n", "requirements-file", 1),
        ("--pre\nnumpy\n", "requirements-file", 1),
        ("numpy: 1\n", "no-conda-file", 1),
    ],
)
def test_each_mistake_is_told_with_its_line(text: str, code: str, line: int) -> None:
    problem = refused(text)
    assert (problem.code, problem.line) == (code, line)
    assert problem.remedy


def test_a_version_written_as_a_mapping_gets_the_right_line_to_write() -> None:
    assert refused("dependencies:\n  - python: 3.10\n").remedy == "Write “- python=3.10”."


def test_empty_sections_are_no_mistake() -> None:
    assert parse_conda("name: x\nchannels:\ndependencies:\n  - pip:\nvariables:\n") == Conda()


@pytest.mark.parametrize(
    ("spec", "asked", "satisfied", "unsatisfied"),
    [
        ("python=3.11", "3.11", "3.11.2", "3.10.9"),
        ("python=3.1", "3.1", "3.1.4", "3.11.2"),
        ("python 3.11.*", "3.11", "3.11.2", "3.12.0"),
        ("python=3.11.2=h_cpython", "==3.11.2", "3.11.2", "3.11.3"),
        ("python 3.11.2", "==3.11.2", "3.11.2", "3.11.3"),
        ("python[version='>=3.9,<3.12']", ">=3.9,<3.12", "3.11.2", "3.12.1"),
        ("python==3.11.2", "==3.11.2", "3.11.2", "3.11.3"),
        ("python>=3.9, <3.12", ">=3.9,<3.12", "3.11.2", "3.12.1"),
        ("conda-forge::python=3.11", "3.11", "3.11.0", "3.8.1"),
    ],
)
def test_the_python_asked_for_can_be_compared_with_the_bases(
    spec: str, asked: str, satisfied: str, unsatisfied: str
) -> None:
    requirement = python_requirement(with_dependencies(spec, "pip"))
    assert requirement == asked
    assert python_satisfies(requirement, satisfied)
    assert not python_satisfies(requirement, unsatisfied)


def test_a_file_without_a_python_asks_for_none() -> None:
    assert python_requirement(with_dependencies("numpy", "python")) is None
    assert python_requirement(with_dependencies("python=*=*_cpython")) is None


def test_packages_are_sorted_by_who_installs_them() -> None:
    definition = with_dependencies("python=3.11", "pip=24", "numpy", "defaults::scipy", pip=("mlflow",))
    assert conda_packages(definition) == ("numpy", "defaults::scipy")
    assert pip_requirements(definition) == ("mlflow",)
    assert pip_requirements(Definition(kind=Kind.PIP, requirements=("numpy",))) == ("numpy",)


def test_marks_lead_back_to_the_text() -> None:
    marks = conda_marks(FILE)
    assert marks["numpy>=1.26,<2"] == (7, 5)
    assert marks["prefix:"] == (16, 1)


def test_blanks_that_mean_nothing_are_not_kept() -> None:
    spaced = parse_conda("dependencies:\n  - 'numpy >=  1.2 , < 2   # for now'\n  - numpy   1.2   py_0\n")
    assert spaced.dependencies == ("numpy>=1.2,<2", "numpy 1.2 py_0")
    assert conda_marks("dependencies:\n  - numpy >= 1\n")["numpy>=1"] == (2, 5)


def test_a_file_may_begin_with_a_byte_order_mark_and_hold_keys_nobody_knows() -> None:
    text = "\ufeffplatforms: [linux-64]\nchannel_priority: strict\ndependencies: [numpy]\n"
    assert parse_conda(text) == Conda(dependencies=("numpy",))


def test_a_list_whose_colon_is_missing_is_no_package() -> None:
    problem = refusal_of(parse_conda, "dependencies:\n  - python=3.11\n  - pip\n    - numpy\n")
    assert (problem.code, problem.line) == ("conda-colon", 3)
    assert "- pip:" in problem.remedy
