"""The program that imports what was asked for, run as it is in an image."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from environments.builder import imports
from environments.builder.imports import modules_in


@pytest.mark.parametrize(
    ("name", "files", "modules"),
    [
        (
            "numpy",
            ["numpy/__init__.py", "numpy/core/__init__.py", "numpy.libs/libopenblas.so", "../../bin/f2py"],
            ["numpy"],
        ),
        ("scikit-learn", ["sklearn/__init__.py", "sklearn/tests/__init__.py"], ["sklearn"]),
        ("Pillow", ["PIL/__init__.py", "PIL/_imaging.cpython-311-x86_64-linux-gnu.so"], ["PIL"]),
        ("PyYAML", ["yaml/__init__.py", "_yaml/__init__.py"], ["yaml"]),
        ("six", ["six.py", "six-1.dist-info/RECORD"], ["six"]),
        (
            "setuptools",
            ["setuptools/__init__.py", "pkg_resources/__init__.py", "_distutils_hack/__init__.py"],
            ["setuptools"],
        ),
        ("cffi-backend", ["_cffi_backend.cpython-311-x86_64-linux-gnu.so"], ["_cffi_backend"]),
        ("types-requests", ["requests-stubs/__init__.pyi", "requests-stubs/api.pyi"], []),
        ("a-plugin", ["a_plugin-1.dist-info/entry_points.txt"], []),
        (
            "google-cloud-storage",
            ["google/cloud/storage/__init__.py", "google/cloud/storage/a/__init__.py"],
            ["google.cloud.storage"],
        ),
        ("plain-names", ["spread/one.py", "spread/two.py"], ["spread.one", "spread.two"]),
        ("thing", ["other/__init__.py", "more/__init__.py", "tests/__init__.py", "setup.py"], ["more", "other"]),
        ("tests", ["tests/__init__.py"], ["tests"]),
        ("nvidia-x", ["nvidia/x/lib/libx.so.12", "nvidia/x/__init__.py"], ["nvidia.x"]),
        ("my-app", ["__editable__.my_app-1.pth", "__editable___my_app_1_finder.py"], []),
        ("my-app", ["_my_app_editable_loader.py", "my-app-editable.pth"], []),
        ("data", ["data/lib/helper.so", "data/files/a.txt"], []),
    ],
)
def test_what_is_imported_for_a_distribution(name: str, files: list[str], modules: list[str]) -> None:
    assert modules_in(files, name) == modules


MODULES = {
    "good": "",
    "lacking": "import nowhere_at_all",
    "leaving": "raise SystemExit(3)",
    "ending": "import os; print('last words', flush=True); os._exit(0)",
    "crashing": "import os, signal; os.kill(os.getpid(), signal.SIGSEGV)",
    "hanging": "import time; time.sleep(1000)",
    "printing": "print('noise' * 1000)",
}


def install(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.py").write_text(text)
    info = folder / f"{name}-1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name.title()}\nVersion: 1\n")
    (info / "RECORD").write_text(f"{name}.py,,\n{name}-1.dist-info/METADATA,,\n")


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict]:
    folder = tmp_path_factory.mktemp("site")
    for name, text in MODULES.items():
        install(folder, name, text)
    wanted = sorted(MODULES, key=lambda name: name != "hanging")
    return {found["name"]: found for found in printed(*wanted, folder=folder)}


def printed(*names: str, folder: Path, seconds: int = 10) -> list[dict]:
    result = subprocess.run(
        [sys.executable, "-c", Path(imports.__file__).read_text(), str(seconds), *(f"pip:{name}" for name in names)],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": str(folder)},
        timeout=120,
    )
    (line,) = result.stdout.splitlines()
    return json.loads(line)


@pytest.mark.parametrize(
    ("name", "error"),
    [
        ("good", ""),
        ("printing", ""),
        ("lacking", "ModuleNotFoundError: No module named 'nowhere_at_all'"),
        ("leaving", "SystemExit: 3"),
        ("ending", "last words"),
        ("crashing", "Python was ended by SIGSEGV"),
        ("hanging", "not imported in time"),
    ],
)
def test_one_that_cannot_be_imported_hides_no_other(results: dict[str, dict], name: str, error: str) -> None:
    assert results[name]["error"] == error


def test_one_that_is_slow_gets_the_time_that_others_left(tmp_path: Path) -> None:
    install(tmp_path, "slow", "import time; time.sleep(2)")
    install(tmp_path, "quick", "")
    assert [found["error"] for found in printed("slow", "quick", folder=tmp_path, seconds=9)] == ["", ""]


def test_of_an_editable_project_its_own_modules_are_imported(tmp_path: Path) -> None:
    install(tmp_path, "__editable___my_app_1_finder", "raise SystemError")
    info = tmp_path / "__editable___my_app_1_finder-1.dist-info"
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-app\nVersion: 1\n")
    (info / "top_level.txt").write_text("my_app\n")
    (tmp_path / "my_app.py").write_text("")
    (found,) = printed("my-app", folder=tmp_path)
    assert (found["modules"], found["error"]) == (["my_app"], "")


def test_what_is_not_there_is_told_whoever_was_to_bring_it() -> None:
    result = subprocess.run(
        [sys.executable, "-c", Path(imports.__file__).read_text(), "10", "pip:absent", "conda:absent"],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
    )
    assert [(found["modules"], found["error"]) for found in json.loads(result.stdout)] == [
        ([], "this Python does not find it"),
        ([], "this Python does not find it"),
    ]
