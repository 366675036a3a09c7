"""Requirement lines that name other files: read in place if those came along, bounded in depth and number."""

import pytest

from environments.definitions import requirements
from environments.definitions.asked import constraints
from environments.definitions.includes import MAX_INCLUDE_DEPTH, MAX_INCLUDES, Includes
from environments.definitions.model import Definition, Kind, Problem
from environments.definitions.parse import parse_environment
from environments.definitions.requirements import parse_requirements
from environments.definitions.text import MAX_TEXT_BYTES
from environments.definitions.wanted import wanted_packages
from tests.refusals import problems_of


def read(text: str, files: dict[str, bytes], path: str = "") -> tuple[str, ...]:
    return parse_requirements(text, path or "requirements_file", Includes(files, path))


def refused(text: str, files: dict[str, bytes], path: str = "") -> Problem:
    return problems_of(read, text, files, path)[0]


def test_a_named_file_is_read_in_its_place() -> None:
    files = {
        "base.txt": b"numpy\n# more\n-r sub/more.txt\n",
        "sub/more.txt": b"-r again.txt\n",
        "sub/again.txt": b"scipy",
    }
    assert read("rich\n-r base.txt\npandas\n", files) == ("rich", "numpy", "scipy", "pandas")


def test_names_are_looked_for_beside_the_file_that_holds_them() -> None:
    assert read("-r more.txt", {"env/more.txt": b"numpy"}, "env/requirements.txt") == ("numpy",)
    assert read("-r ../more.txt", {"more.txt": b"numpy"}, "env/requirements.txt") == ("numpy",)


@pytest.mark.parametrize("line", ["-r a.txt", "-ra.txt", "--requirement a.txt", "--requirement=a.txt", "-r './a.txt'"])
def test_every_spelling_of_the_option_is_known(line: str) -> None:
    assert read(line, {"a.txt": b"numpy"}) == ("numpy",)


def test_constraints_become_lines_that_need_no_file() -> None:
    files = {"limits.txt": b"numpy<2 ; python_version < '3.12'\nscipy\n--index-url https://example.org/simple\n"}
    lines = read("-c limits.txt\nnumpy\n", files)
    assert lines == ("-c numpy<2 ; python_version < '3.12'", "--index-url https://example.org/simple", "numpy")
    assert read("\n".join(lines), {}) == lines
    assert constraints(lines) == (
        ("--index-url https://example.org/simple", "numpy"),
        ("numpy<2 ; python_version < '3.12'",),
    )


def test_a_constraint_names_no_package_to_install() -> None:
    lines = ("-c numpy<2", "rich")
    assert [wanted.name for wanted in wanted_packages(Definition(Kind.PIP, "a", requirements=lines))] == ["rich"]


def test_requirements_named_in_a_file_of_constraints_are_installed() -> None:
    files = {"c.txt": b"numpy<2\n-r r.txt\n", "r.txt": b"rich"}
    assert read("-c c.txt", files) == ("-c numpy<2", "rich")


@pytest.mark.parametrize(
    ("text", "files", "source", "line", "code"),
    [
        ("rich\n-r base.txt", {"base.txt": b"numpy\nscipy=1\n"}, "base.txt", 2, "pip-single-equals"),
        ("-c limits.txt", {"limits.txt": b"numpy[fast]<2"}, "limits.txt", 1, "pip-constraint"),
        ("-c limits.txt", {"limits.txt": b"-e ."}, "limits.txt", 1, "pip-editable"),
        ("-r a.txt", {"a.txt": b"-r b.txt", "b.txt": b"x\n-r a.txt"}, "b.txt", 2, "pip-circle"),
        ("-r a.txt", {"a.txt": b"\xe9"}, "a.txt", 1, "not-utf8"),
        ("x\n-r gone.txt", {}, "requirements_file", 2, "file-missing"),
        ("-r ../up.txt", {"up.txt": b""}, "requirements_file", 1, "path-outside"),
        ("-r /etc/passwd", {}, "requirements_file", 1, "path-outside"),
        ("-r https://example.org/r.txt", {}, "requirements_file", 1, "pip-other-file"),
        ("--pre -r a.txt", {"a.txt": b""}, "requirements_file", 1, "pip-other-file"),
        ("-c x@https://me:word@example.org/x.whl", {}, "requirements_file", 1, "address-credentials"),
        ("-r a.txt --pre", {"a.txt": b""}, "requirements_file", 1, "file-missing"),
    ],
)
def test_what_is_wrong_carries_the_name_and_line_of_its_file(
    text: str, files: dict[str, bytes], source: str, line: int, code: str
) -> None:
    problem = refused(text, files)
    assert (problem.source, problem.line, problem.code) == (source, line, code)
    assert problem.remedy


def test_without_files_the_sentence_says_what_to_do() -> None:
    problem = problems_of(parse_requirements, "-r base.txt")[0]
    assert (problem.code, problem.remedy) == (
        "pip-other-file",
        "Copy its lines here, or send the files together in a zip through the API.",
    )


@pytest.fixture
def openings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The path of every file that was opened."""
    paths: list[str] = []
    reading = Includes.reading

    def counted(self: Includes, path: str) -> object:
        paths.append(path)
        return reading(self, path)

    monkeypatch.setattr(requirements.Includes, "reading", counted)
    return paths


def test_files_are_followed_to_a_certain_depth(openings: list[str]) -> None:
    chain = {f"{number}.txt": f"-r {number + 1}.txt".encode() for number in range(50)}
    assert refused("-r 0.txt", chain).code == "pip-too-many-files"
    assert len(openings) == MAX_INCLUDE_DEPTH


def test_no_more_than_a_number_of_files_is_opened(openings: list[str]) -> None:
    fan = b"-r d.txt\n" * 100
    problems = problems_of(read, "-r b.txt\n" * 100, {"b.txt": b"-r c.txt\n" * 100, "c.txt": fan, "d.txt": b"numpy"})
    assert {problem.code for problem in problems} == {"pip-too-many-files"}
    assert len(openings) == MAX_INCLUDES


def test_the_files_together_are_no_longer_than_one_may_be() -> None:
    half = b"#" * (MAX_TEXT_BYTES // 2 + 1)
    assert refused("-r a.txt\n-r b.txt", {"a.txt": half, "b.txt": half}).code == "too-long"


def test_a_conda_file_and_requirements_find_what_lies_beside_them() -> None:
    files = {
        "env/conda.yml": b"dependencies:\n  - pip:\n      - -r requirements.txt\n      - -c ../limits.txt\n",
        "env/requirements.txt": b"numpy\n",
        "limits.txt": b"numpy<2\n",
    }
    document = parse_environment("image: a\nconda_file: env/conda.yml\n", files)
    assert document.definition.conda is not None
    assert document.definition.conda.pip == ("numpy", "-c numpy<2")
    same = parse_environment("image: a\nconda_file: c.yml\n", {"c.yml": document.text.encode()})
    assert same.definition == document.definition

    inline = parse_environment("image: a\nrequirements_file: |\n  -r env/requirements.txt\n  rich\n", files)
    assert (inline.definition.requirements, inline.text) == (("numpy", "rich"), "numpy\nrich\n")


def test_a_constraints_file_that_did_not_come_along_is_not_to_be_copied_in() -> None:
    (problem,) = problems_of(parse_requirements, "numpy\n-c limits.txt\n")
    assert (problem.code, problem.line) == ("pip-other-file", 2)
    assert "-c numpy<2" in problem.remedy
