import json

import pytest

from environments.display.smoke import findings


def output(**errors: str) -> str:
    packages = [
        {"name": name, "manager": "pip", "modules": [] if error == "-" else [name], "error": error.strip("-")}
        for name, error in errors.items()
    ]
    return json.dumps({"packages": packages})


def test_packages_are_sorted_by_what_came_of_them() -> None:
    found = findings(output(good="", stubs="-", bad="ImportError: no"))
    assert [[package.name for package in group] for group in (found.failed, found.imported, found.nothing)] == [
        ["bad"],
        ["good"],
        ["stubs"],
    ]
    assert found.problem == ""


@pytest.mark.parametrize(
    ("error", "remedy"),
    [
        ("OSError: libgomp.so.1: cannot open shared object file: No such file", "the Debian package libgomp1,"),
        ("ImportError: libGL.so.1: cannot open shared object file: No such file", "the Debian package libgl1,"),
        ("ImportError: libstdc++.so.6: cannot open shared object file", "the Debian package libstdc++6,"),
        ("ImportError: libglib-2.0.so.0: cannot open shared object file", "the Debian package libglib2.0-0,"),
        ("ImportError: libtk8.6.so: cannot open shared object file", "the Debian package libtk8.6,"),
        ("ImportError: libodd.so.12: cannot open shared object file", "the package that brings libodd.so,"),
        ("ModuleNotFoundError: No module named 'yaml.x'", "the module yaml.x,"),
        ("ValueError: whatever", ""),
    ],
)
def test_an_error_that_is_known_comes_with_what_to_do(error: str, remedy: str) -> None:
    (failed,) = findings(output(x=error)).failed
    assert remedy in failed.remedy
    assert bool(remedy) == bool(failed.remedy)


def test_text_of_an_older_check_is_shown_as_it_is() -> None:
    assert findings("Traceback ...").problem == "Traceback ..."
    assert findings('{"problem": "no Python"}').problem == "no Python"
    assert findings("again").problem == "again"
    assert findings("").problem == ""
