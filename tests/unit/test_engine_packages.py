import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from environments.engine import inside
from environments.engine.fake import fake_image
from environments.engine.packages import (
    conda_package,
    conda_prefixes,
    distributions_in,
    dpkg_packages,
    pip_packages,
)
from environments.engine.probe import Answer, read_answer
from environments.engine.protocol import Package
from environments.engine.tools import processor

STATUS = """Package: libc6
Status: install ok installed
Version: 2.36-9
Description: GNU C Library
 Version: 1 in a continued line

Package: gone
Status: deinstall ok config-files
Version: 1

Package: held
Status: hold ok installed
Version: 2

Package: half
"""


def test_dpkg_lists_what_is_installed_and_not_what_was() -> None:
    assert list(dpkg_packages(STATUS)) == [Package("dpkg", "libc6", "2.36-9"), Package("dpkg", "held", "2")]


@pytest.mark.parametrize("record", [b"", b"[]", b"null", b'{"name": "x"}', b"\xff", b"[" * 100_000])
def test_a_damaged_conda_record_is_no_package(record: bytes) -> None:
    assert conda_package(record) is None


def test_conda_environments_are_looked_for_on_path() -> None:
    prefixes = conda_prefixes(fake_image("x").info)
    assert {"/usr", "/usr/local", "/opt/conda", "/opt/env"} <= set(prefixes)


def test_what_conda_installed_is_not_counted_as_pips() -> None:
    found = pip_packages([("a", "1", "pip"), ("b", "2", "conda"), ("c", "3", "")])
    assert [package.name for package in found] == ["a", "c"]


def test_an_installer_may_come_before_or_after_its_metadata() -> None:
    files = [
        ("p/a.dist-info/INSTALLER", b"pip\n"),
        ("p/a.dist-info/METADATA", b"Name: a\nVersion: 1\n\nName: not me\n"),
        ("p/b.dist-info/METADATA", b"Name: b\nVersion: 2\n"),
        ("p/b.dist-info/INSTALLER", b"conda\n"),
        ("p/c.dist-info/METADATA", b"Name: c\n"),
    ]
    assert distributions_in(files) == [("a", "1", "pip"), ("b", "2", "conda")]


def test_the_program_run_inside_reads_the_metadata_of_every_kind(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, file, text in [
        (first, "one.dist-info/METADATA", "Metadata-Version: 2.1\nName: one\nVersion: 1.0\n"),
        (first, "one.dist-info/INSTALLER", "pip\n"),
        (first, "two.egg-info/PKG-INFO", "Name: two\nVersion: 2.0\n"),
        (first, "three.egg-info", "Name: three\nVersion: 3.0\n"),
        (first, "none.dist-info/RECORD", ""),
        (second, "One.dist-info/METADATA", "Name: One\nVersion: 0.9\n"),
    ]:
        path = folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    program = Path(inside.__file__).read_text()
    result = subprocess.run(
        [sys.executable, "-S", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PYTHONPATH": f"{first}:{second}:{tmp_path}/missing"},
        cwd=tmp_path,
    )
    answer = read_answer(result.stdout)
    assert answer is not None
    assert answer.packages == (("one", "1.0", "pip"), ("three", "3.0", ""), ("two", "2.0", ""))
    assert answer.python == ".".join(map(str, sys.version_info[:3]))


def answer_text(**changes: object) -> str:
    return json.dumps({"python": "3.11.2", "executable": "/p", "glibc": "2.36", "packages": []} | changes)


def test_only_the_last_line_of_an_answer_counts() -> None:
    assert read_answer(f"a banner\n{answer_text()}\n") == Answer("3.11.2", "/p", "2.36", ())


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no json",
        "[]",
        "{}",
        "[" * 100_000,
        answer_text(python=3),
        answer_text(python="3\0"),
        answer_text(packages=[["a", "1"]]),
        answer_text(packages=[["a", 1, ""]]),
        answer_text(packages="abc"),
        answer_text(glibc="x" * 1000),
    ],
)
def test_an_answer_that_is_not_our_programs_is_none(text: str) -> None:
    assert read_answer(text) is None


def test_a_program_for_another_machine_is_recognised() -> None:
    header = b"\x7fELF" + bytes(14)
    found = [processor(header + code.to_bytes(2, "little")) for code in (62, 183, 3)]
    assert found == ["amd64", "arm64", ""]
    assert processor(b"\xcf\xfa\xed\xfe" + bytes(20)) == ""


def test_an_answer_of_many_packages_is_read_in_no_time() -> None:
    started = time.monotonic()
    answer = read_answer(answer_text(packages=[["a", "1", ""]] * 200_000))
    assert answer is not None
    assert len(answer.packages) == 200_000
    assert time.monotonic() - started < 5
