"""The second opinion on Dockerfiles, by the real program; and what happens without it."""

from pathlib import Path

import pytest

from environments import hadolint
from environments.definitions.model import Context, Definition, Kind, Severity
from environments.definitions.rules import lint

DOCKERFILE = """\
FROM python:3.12
RUN apt-get update && apt-get install git
RUN cd /tmp && echo $HOME
# hadolint ignore=DL3013
RUN pip install --no-cache-dir rich
"""


def found_in(text: str) -> set[tuple[str, int | None]]:
    ours = lint(Definition(kind=Kind.CONTEXT, context=Context("x")), text)
    return {(problem.code, problem.line) for problem in hadolint.second_opinion(text, ours)}


@pytest.fixture
def program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """program(script): what is run in hadolint's place."""

    def install(script: str) -> Path:
        path = tmp_path / "hadolint"
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)
        monkeypatch.setattr(hadolint, "PROGRAM", path)
        return tmp_path

    return install


def codes_of(text: str = DOCKERFILE) -> list[str]:
    return [problem.code for problem in hadolint.second_opinion(text)]


def test_it_reads_instructions_and_the_shell_in_them() -> None:
    found = found_in(DOCKERFILE)
    assert {("hadolint-DL3008", 2), ("hadolint-DL3014", 2), ("hadolint-DL3003", 3), ("hadolint-SC2086", 3)} <= found


def test_its_comments_that_silence_a_rule_are_heeded() -> None:
    assert "hadolint-DL3013" not in {code for code, _ in found_in(DOCKERFILE)}
    assert "hadolint-DL3013" in {code for code, _ in found_in(DOCKERFILE.replace("# hadolint ignore=DL3013\n", ""))}


def test_what_we_say_of_a_line_is_not_said_twice() -> None:
    text = "FROM python:latest\nRUN apt-get update && apt-get install -y git=1\nUSER root\n"
    assert {"hadolint-DL3007", "hadolint-DL3009", "hadolint-DL3002"} & {code for code, _ in found_in(text)} == set()
    assert {"hadolint-DL3007", "hadolint-DL3009", "hadolint-DL3002"} <= set(codes_of(text))


def test_it_never_gives_an_error_of_its_own() -> None:
    problems = hadolint.second_opinion("FROM python:3.12\nRUN cd\nEXPOSE 800000\nMAINTAINER x\n")
    assert {"hadolint-DL3011", "hadolint-DL4000"} <= {problem.code for problem in problems}
    assert {problem.severity for problem in problems} <= {Severity.WARNING, Severity.HINT}


def test_no_configuration_of_a_user_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / ".hadolint.yaml").write_text("ignored: [DL3008, DL3014]\n")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    monkeypatch.setenv("HADOLINT_IGNORE", "DL3008,DL3014")
    assert {"hadolint-DL3008", "hadolint-DL3014"} <= set(codes_of())


def test_path_need_not_lead_to_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "/nowhere")
    assert "hadolint-DL3008" in codes_of()


def test_it_sees_nothing_of_our_environment(program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "hidden")
    folder = program(
        '/usr/bin/env > "$(/usr/bin/dirname "$0")/seen"; pwd >> "$(/usr/bin/dirname "$0")/seen"; echo "[]"'
    )
    assert codes_of() == []
    seen = (folder / "seen").read_text()
    assert "hidden" not in seen
    assert seen.splitlines()[-1] == "/"


@pytest.mark.parametrize(
    "script", ["exec /bin/sleep 60", "echo '[{'", "echo '{}'", "exit 3", "exec /bin/cat /dev/zero"]
)
def test_without_an_answer_one_hint_says_so(program, monkeypatch: pytest.MonkeyPatch, script: str) -> None:
    monkeypatch.setattr(hadolint, "SECONDS", 0.3)
    program(script)
    problems = hadolint.second_opinion(DOCKERFILE)
    assert [(problem.code, problem.severity) for problem in problems] == [("second-opinion-missing", Severity.HINT)]


def test_where_it_is_not_installed_one_hint_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hadolint, "PROGRAM", Path("/nowhere/hadolint"))
    assert codes_of() == ["second-opinion-missing"]


def test_a_very_long_dockerfile_is_not_given_to_it() -> None:
    assert codes_of("FROM a\n" + "#\n" * hadolint.MAX_TEXT) == ["second-opinion-missing"]
