"""The packages a definition names, as rows for people."""

import pytest

from environments.definitions.conda import parse_conda
from environments.definitions.model import Definition, Kind
from environments.definitions.wanted import Wanted, wanted_packages


def pip(*lines):
    return wanted_packages(Definition(Kind.PIP, "python:3.11-slim", requirements=lines))


@pytest.mark.parametrize(
    ("line", "name", "versions"),
    [
        ("numpy==2.4.6", "numpy", "==2.4.6"),
        ("Scikit_Learn[extra] >=1,<2", "scikit-learn", "<2,>=1"),
        ("rich", "rich", "any"),
        ("tomli; python_version < '3.11'", "tomli", 'any where python_version < "3.11"'),
        ("mine @ https://example.org/mine.tar.gz", "mine", "this address"),
        ("https://example.org/mine-1.0-py3-none-any.whl", "mine", "this address"),
        ("numpy==1.0 --hash=sha256:" + "0" * 64, "numpy", "==1.0"),
    ],
)
def test_a_requirement_is_a_row(line, name, versions):
    assert pip(line) == (Wanted(name, versions, "pip"),)


def test_options_name_no_package():
    assert pip("--index-url https://example.org/simple", "rich") == (Wanted("rich", "any", "pip"),)


def test_conda_packages_say_their_channel_and_keep_their_condition():
    text = "channels: [conda-forge]\ndependencies: [python=3.10, nvidia::cuda, pip, {pip: [rich]}]\n"
    rows = wanted_packages(Definition(Kind.CONDA, "python:3.11-slim", conda=parse_conda(text)))
    assert rows == (
        Wanted("python", "=3.10", "conda-forge"),
        Wanted("cuda", "any", "nvidia"),
        Wanted("pip", "any", "conda-forge"),
        Wanted("rich", "any", "pip"),
    )
