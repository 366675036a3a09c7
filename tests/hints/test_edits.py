"""An edit is offered where the failure leaves no doubt, and changes that one place."""

import pytest

from environments.hints import edit_of

DOCKERFILE = "FROM debian:bookworm-slim\n# nmpy\nRUN apt-get install curl \\\n    git\nRUN pip install nmpy\n"
APT = "[2/3] RUN apt-get install curl     git"


@pytest.mark.parametrize(
    ("step", "code", "values", "line", "written"),
    [
        (
            "[3/3] RUN pip install nmpy",
            "build-no-such-package",
            {"name": "nmpy", "near": "numpy"},
            5,
            "RUN pip install numpy",
        ),
        ("", "build-renamed", {"name": "nmpy", "instead": "numpy"}, 5, "RUN pip install numpy"),
        (APT, "build-asks", {}, 3, "RUN apt-get install -y curl \\"),
        (
            APT,
            "build-apt-stale",
            {"file": "git_1_amd64.deb", "lists": "missing"},
            3,
            "RUN apt-get update && apt-get install curl \\",
        ),
        (
            APT,
            "build-apt-package",
            {"name": "curl", "lists": "missing"},
            3,
            "RUN apt-get update && apt-get install curl \\",
        ),
    ],
)
def test_the_one_place_is_mended(step: str, code: str, values: dict[str, str], line: int, written: str) -> None:
    edit = edit_of(DOCKERFILE, step, code, values)
    assert edit is not None
    assert edit.line == line
    before, after = DOCKERFILE.splitlines(keepends=True), edit.text.splitlines(keepends=True)
    assert after == [*before[: line - 1], f"{written}\n", *before[line:]]


def test_what_follows_a_name_stays() -> None:
    edit = edit_of("six\nnmpy>=2 # fast\n", "", "build-no-such-package", {"name": "nmpy", "near": "numpy"})
    assert (edit and edit.text, edit and edit.label) == ("six\nnumpy>=2 # fast\n", "Write “numpy”")


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("pandsa", "pandas"),
        ("Scikit_Lern", "scikit-learn"),
        ("matplottlib", "matplotlib"),
        ("tensarflow", "tensorflow"),
        ("cv2", "opencv-python-headless"),
    ],
)
def test_a_name_that_can_only_be_a_slip_is_mended(name: str, meant: str) -> None:
    edit = edit_of(f"{name}\n", "", "build-no-such-package", {"name": name, "near": meant})
    assert edit is not None
    assert edit.text == f"{meant}\n"


@pytest.mark.parametrize(
    ("text", "code", "values"),
    [
        ("nmpy\nnmpy>=2\n", "build-no-such-package", {"name": "nmpy", "near": "numpy"}),
        ("nmpy-extra\nmy/nmpy\n", "build-no-such-package", {"name": "nmpy", "near": "numpy"}),
        ("torchx\n", "build-no-such-package", {"name": "torchx", "near": "torch"}),
        ("boto2\n", "build-no-such-package", {"name": "boto2", "near": "boto3"}),
        ("numbat\n", "build-no-such-package", {"name": "numbat", "near": "numba"}),
        ("psycopg-binary\n", "build-no-such-package", {"name": "psycopg-binary", "near": "psycopg2-binary"}),
        ("block\n", "build-no-such-package", {"name": "block", "near": "black"}),
        ("rich-text\n", "build-no-such-package", {"name": "rich-text", "near": "rich"}),
        ("six\n", "build-no-such-package", {"name": "pulled-in"}),
        ("RUN apt-get install -y git\n", "build-asks", {}),
        ("RUN apt-get install -qy git\n", "build-asks", {}),
        ("RUN apt-get install git\n", "build-apt-package", {"name": "git"}),
        (
            "RUN apt-get update\nRUN apt-get install git\n",
            "build-apt-package",
            {"name": "git", "lists": "missing"},
        ),
        ("RUN python -c 'input()'\n", "build-asks", {}),
        ("", "build-no-venv", {}),
    ],
)
def test_where_there_is_doubt_nothing_is_offered(text: str, code: str, values: dict[str, str]) -> None:
    assert edit_of(text, "", code, values) is None
