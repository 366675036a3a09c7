"""Which Python a form foretells."""

import pytest

from environments.definitions.model import Conda, Definition, Kind
from environments.definitions.pythons import python_told

OF_BASE = "The Python 3.11 of the base image will be used."
BROUGHT = "Python {} will be used, which conda brings. The Python 3.11 of the base image is not."


def told(*dependencies: str, image: str = "python:3.11-slim") -> str:
    return python_told(Definition(kind=Kind.CONDA, image=image, conda=Conda(dependencies=dependencies)))


@pytest.mark.parametrize(
    ("dependencies", "sentence"),
    [
        ((), OF_BASE),
        (("python=3.11", "pip"), OF_BASE),
        (("python>=3.9,<3.13",), OF_BASE),
        (("python=3.12",), BROUGHT.format("3.12")),
        (("python>=3.12",), BROUGHT.format(">=3.12")),
        (("python=3.12", "numpy=2.1"), BROUGHT.format("3.12")),
        (("python=3.11", "numpy=2.1"), BROUGHT.format("3.11")),
    ],
)
def test_the_python_of_the_base_is_used_where_it_is_asked_for_and_conda_brings_nothing(dependencies, sentence) -> None:
    assert told(*dependencies) == sentence


def test_what_cannot_be_known_before_a_build_is_said_as_that() -> None:
    assert told("python=3.11", image="example.org/gpu:1") == (
        "The Python of the base image will be used if it is 3.11. If not, conda brings one that is."
    )
    assert "if it is ==3.11.4" in told("python==3.11.4")
    assert told("numpy=2.1").startswith("The newest Python that these conda packages work with will be used;")


def test_pip_packages_go_into_the_python_of_the_base_and_other_kinds_have_their_own() -> None:
    assert python_told(Definition(kind=Kind.PIP, image="python:3.11-slim")) == OF_BASE
    assert python_told(Definition(kind=Kind.IMAGE, image="python:3.11-slim")) == ""
