import json
import subprocess
import sys
from pathlib import Path

import pytest
from packaging.markers import default_environment

from environments.engine import inside
from environments.engine.packages import (
    conda_package,
    conda_prefixes,
    distributions_in,
    dpkg_packages,
    pip_packages,
)
from environments.engine.probe import Answer, Distribution, read_answer
from environments.engine.protocol import Need
from environments.engine.tools import processor

STATUS = """Package: libc6
Status: install ok installed
Version: 2.36-9
Provides: libc6-2.36, libc-so (= 6)
Description: GNU C Library
 Version: 1 in a continued line

Package: gone
Status: deinstall ok config-files
Version: 1

Package: held
Status: hold ok installed
Version: 2
Pre-Depends: gone | libc-so, nowhere (>= 1)
Depends: libc6 (>= 2.36) | gone, tool:any (>= 1.0~)

Package: tool
Status: install ok installed
Version: 1.0

Package: half
"""


def test_dpkg_lists_what_is_installed_and_not_what_was() -> None:
    found = {package.name: package.version for package in dpkg_packages([STATUS])}
    assert found == {"libc6": "2.36-9", "held": "2", "tool": "1.0"}


def test_of_dpkgs_alternatives_the_one_that_is_there_is_needed_also_by_what_it_provides() -> None:
    needs = {package.name: package.requires for package in dpkg_packages([STATUS])}
    assert needs == {"libc6": (), "held": (Need("libc6"), Need("tool")), "tool": ()}


@pytest.mark.parametrize("record", [b"", b"[]", b"null", b'{"name": "x"}', b"\xff", b"[" * 100_000])
def test_a_damaged_conda_record_is_no_package(record: bytes) -> None:
    assert conda_package(record) is None


def test_conda_environments_are_looked_for_on_path() -> None:
    prefixes = conda_prefixes({"PATH": "/usr/local/bin:/usr/bin:/bin:bin", "CONDA_PREFIX": "/srv/active"})
    assert {"/usr", "/usr/local", "/opt/conda", "/opt/env", "/srv/active"} <= set(prefixes)
    assert all(prefix.startswith("/") for prefix in prefixes)


def test_what_conda_installed_is_not_counted_as_pips() -> None:
    found = pip_packages([Distribution("a", "1", "pip"), Distribution("b", "2", "conda"), Distribution("c", "3")], {})
    assert [package.name for package in found] == ["a", "c"]


MARKERS = {"python_version": "3.11", "python_full_version": "3.11.2", "sys_platform": "linux", "os_name": "posix"}


def needs_of(*lines: str, there: tuple[str, ...] = ("b", "c-d", "e")) -> tuple[Need, ...]:
    known = [Distribution("A", "1", requirements=lines), *(Distribution(name, "1", "conda") for name in there)]
    (package,) = pip_packages(known, MARKERS)
    return package.requires


def test_requirements_count_where_their_markers_hold_in_the_image() -> None:
    lines = ("b>=1", "C.D[X_y]; python_version >= '3.8'", 'e; sys_platform == "win32"', "not-there>=2")
    assert needs_of(*lines) == (Need("b"), Need("c-d", ("x-y",)))


def test_a_requirement_of_an_extra_says_of_which() -> None:
    line = """b; python_version > "3" and extra == "All_of" or extra == 'few'"""
    assert needs_of(line) == (Need("b", (), "all-of"), Need("b", (), "few"))
    assert needs_of("b; extra == 'dev' and sys_platform == 'win32'") == ()


def test_a_requirement_nobody_can_read_is_passed_over() -> None:
    assert needs_of("b ;; what", "", "b; nothing == '1'", "e @ https://example.org/e.whl") == (Need("e"),)


def test_a_direct_reference_tells_where_it_came_from_without_credentials() -> None:
    git = {"url": "https://me:secret@example.org/a.git", "vcs_info": {"vcs": "git", "commit_id": "abc123"}}
    texts = [json.dumps(git), '{"url": "file:///srv/wheel.whl", "archive_info": {}}', "", "{", "[]", '{"url": 3}']
    found = pip_packages([Distribution(f"p{n}", "1", "pip", (), text) for n, text in enumerate(texts)], {})
    assert [package.source for package in found] == [
        "git+https://example.org/a.git@abc123",
        "file:///srv/wheel.whl",
        "",
        "",
        "",
        "",
    ]


def test_an_installer_may_come_before_or_after_its_metadata() -> None:
    files = [
        ("p/a.dist-info/INSTALLER", b"pip\n"),
        ("p/a.dist-info/METADATA", b"Name: a\nVersion: 1\n\nName: not me\n"),
        ("p/b.dist-info/METADATA", b"Name: b\nVersion: 2\n"),
        ("p/b.dist-info/INSTALLER", b"conda\n"),
        ("p/c.dist-info/METADATA", b"Name: c\n"),
    ]
    assert distributions_in(files) == [Distribution("a", "1", "pip"), Distribution("b", "2", "conda")]


METADATA = """\
Name: one
Version: 1.0
License: MIT
BLANK
        Requires-Dist: written in the license
Requires-Dist: two
Requires-Dist: x>1

Requires-Dist: written in the description
""".replace("BLANK", "        ")


def test_the_program_run_inside_reads_the_metadata_of_every_kind(tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    for folder, file, text in [
        (first, "one.dist-info/METADATA", METADATA),
        (first, "one.dist-info/INSTALLER", "pip\n"),
        (first, "one.dist-info/direct_url.json", "{}"),
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
    assert answer.distributions == (
        Distribution("one", "1.0", "pip", ("two", "x>1"), "{}"),
        Distribution("three", "3.0"),
        Distribution("two", "2.0"),
    )
    wanted = {name: default_environment()[name] for name in answer.markers}
    assert answer.markers == wanted
    assert len(wanted) == len(default_environment())
    assert answer.python == ".".join(map(str, sys.version_info[:3]))


def answer_text(**changes: object) -> str:
    answer = {"python": "3.11.2", "executable": "/p", "glibc": "2.36", "packages": [], "markers": {}}
    return json.dumps(answer | changes)


def test_only_the_last_line_of_an_answer_counts() -> None:
    assert read_answer(f"a banner\n{answer_text()}\n") == Answer("3.11.2", "/p", "2.36", (), {})


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
        answer_text(packages=[["a", 1, "", [], ""]]),
        answer_text(packages=[["a", "1", "", [2], ""]]),
        answer_text(packages=[["a", "1", "", 2, ""]]),
        answer_text(markers={"os_name": 3}),
        answer_text(markers=None),
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


def test_an_answer_of_many_packages_is_read_whole() -> None:
    answer = read_answer(answer_text(packages=[["a", "1", "", ["b"], ""]] * 200_000))
    assert answer is not None
    assert len(answer.distributions) == 200_000
