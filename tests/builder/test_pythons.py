import pytest

from environments.definitions.pythons import python_satisfies


@pytest.mark.parametrize(
    ("wanted", "found", "fits"),
    [
        ("3.11", "3.11.2", True),
        ("=3.11", "3.11.2", True),
        ("3.11.*", "3.11.2", True),
        ("3.1", "3.10.4", False),
        ("3.10", "3.11.2", False),
        ("==3.11.2", "3.11.2", True),
        ("==3.11.4", "3.11.2", False),
        (">=3.9,<3.12", "3.11.2", True),
        (">=3.12", "3.11.2", False),
        ("3.9|3.11", "3.11.2", True),
        ("not a version", "3.11.2", False),
    ],
)
def test_python_is_compared_as_conda_writes_it(wanted, found, fits):
    assert python_satisfies(wanted, found) is fits
