"""`make check-inputs`: every definition below a folder is found, read as if it were sent, and told of."""

import os

import pytest
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import strategies as st

from environments.services import inputs
from environments.services.inputs import Form, Outcome, check_folder, recognise

SCHEMA = "$schema: https://example.org/latest/environment.schema.json\n"
CONDA = "dependencies:\n  - python=3.12\n"
PINNED = "FROM python:3.12-slim@sha256:" + "a" * 64 + "\nUSER app\n"

FILES = {
    "a/env.yml": f"{SCHEMA}name: a\nimage: python:3.12\nconda_file: conda.yml\n",
    "a/conda.yml": CONDA + "  - pip\n  - pip:\n      - -r requirements.txt\n",
    "a/requirements.txt": "-c constraints.txt\nnumpy==2.0\n",
    "a/constraints.txt": "numpy<3\n",
    "b/env.yml": "name: b\nbuild:\n  path: context\n",
    "b/context/Dockerfile": PINNED,
    "c/python_env.yaml": "python: 3.12\nbuild_dependencies: [pip]\ndependencies: [rich]\n",
    "d/env.yml": "image: python:3.12\nconda_file: gone.yml\n",
    "e/Dockerfile": "FROM python:{{latest}}\n",
    "f/asset.yaml": "name: x\ntype: environment\nspec: spec.yaml\n",
    "f/job.yml": "$schema: https://example.org/latest/commandJob.schema.json\nimage: x\n",
    "f/notes.txt": "Words.\n",
}


@pytest.fixture
def folder(tmp_path):
    for path, text in FILES.items():
        place = tmp_path / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_text(text)
    return tmp_path


def outcomes(folder):
    return {checked.path: (checked.form, checked.outcome) for checked in check_folder(folder)}


def test_each_file_is_told_for_what_it_is_and_read_with_those_beside_it(folder):
    assert outcomes(folder) == {
        "a/conda.yml": (Form.CONDA, Outcome.READ),
        "a/constraints.txt": (Form.REQUIREMENTS, Outcome.READ),
        "a/env.yml": (Form.ENVIRONMENT, Outcome.READ),
        "a/requirements.txt": (Form.REQUIREMENTS, Outcome.READ),
        "b/context/Dockerfile": (Form.DOCKERFILE, Outcome.READ),
        "b/env.yml": (Form.ENVIRONMENT, Outcome.READ),
        "c/python_env.yaml": (Form.MLFLOW, Outcome.READ),
        "d/env.yml": (Form.ENVIRONMENT, Outcome.REFUSED),
        "e/Dockerfile": (Form.DOCKERFILE, Outcome.REFUSED),
        "f/asset.yaml": (None, Outcome.READ),
        "f/job.yml": (None, Outcome.READ),
        "f/notes.txt": (None, Outcome.READ),
    }


@pytest.mark.parametrize(
    ("name", "text", "form"),
    [
        ("Dockerfile.gpu", "", Form.DOCKERFILE),
        ("train.dockerfile", "", Form.DOCKERFILE),
        ("Dockerfile.dockerignore", "", None),
        ("requirements-dev.txt", "", Form.REQUIREMENTS),
        ("frozen.txt", "numpy==1.2\nscipy==1.1\n", Form.REQUIREMENTS),
        ("license.txt", "Permission is hereby granted\n", None),
        ("env.yaml", CONDA, Form.CONDA),
        ("conda.yaml", "# nothing\n", Form.CONDA),
        ("other.yaml", "# nothing\n", None),
        ("env.yaml", "dependencies:\n\t- x\n", Form.CONDA),
        ("env.yaml", f"{SCHEMA}name: {{{{ x }}}}\n", Form.ENVIRONMENT),
        ("Chart.yaml", "apiVersion: v2\ndependencies:\n- name: a\n  repository: b\n", None),
        ("workflow.yml", "on: push\njobs: {}\n", None),
        ("env.yml", "$schema: http://example.org/sdk/Environment.json\nimage: a\n", Form.ENVIRONMENT),
        ("env.yml", "image: a\nconda_file: b\ntypo: c\n", Form.ENVIRONMENT),
        ("compose.yml", "image: a\nports: []\n", None),
    ],
)
def test_a_file_is_known_by_its_name_or_by_what_stands_in_it(name, text, form):
    assert recognise(name, text.encode()) == form


def test_links_are_followed_within_the_folder_only_and_only_files_are_opened(tmp_path):
    (tmp_path / "secret.txt").write_text("numpy==1\n")
    folder = tmp_path / "in"
    folder.mkdir()
    (folder / "requirements.txt").write_text("numpy\n")
    (folder / "requirements-here.txt").symlink_to("requirements.txt")
    (folder / "requirements-out.txt").symlink_to("../secret.txt")
    (folder / "requirements-gone.txt").symlink_to("nowhere")
    (folder / "around").symlink_to(".")
    os.mkfifo(folder / "requirements-pipe.txt")
    (folder / "env.yml").write_text("image: a\nrequirements_file: requirements-out.txt\n")
    assert outcomes(folder) == {
        "env.yml": (Form.ENVIRONMENT, Outcome.REFUSED),
        "requirements-here.txt": (Form.REQUIREMENTS, Outcome.READ),
        "requirements.txt": (Form.REQUIREMENTS, Outcome.READ),
    }


def test_a_huge_file_is_refused_without_being_read_whole(tmp_path, monkeypatch):
    with open(tmp_path / "requirements.txt", "wb") as file:
        file.truncate(inputs.MOST_BYTES * 50)
    seen = []
    decode = inputs.decode
    monkeypatch.setattr(
        inputs, "decode", lambda data, *rest, **more: seen.append(len(data)) or decode(data, *rest, **more)
    )
    (checked,) = check_folder(tmp_path)
    assert (checked.outcome, checked.problems[0].code, seen) == (Outcome.REFUSED, "too-long", [inputs.MOST_BYTES])


@given(st.binary(max_size=80), st.sampled_from(["conda.yml", "requirements.txt", "Dockerfile", "env.yml", "x.txt"]))
def test_no_bytes_break_it(tmp_path, data, name):
    (tmp_path / name).write_bytes(data)
    assert all(checked.outcome != Outcome.BROKEN for checked in check_folder(tmp_path))


def test_the_table_names_the_first_reason_and_counts_at_the_end(folder, capsys):
    call_command("check_inputs", folder)
    lines = capsys.readouterr().out.splitlines()
    row = next(number for number, line in enumerate(lines) if "d/env.yml" in line)
    assert lines[row].split() == ["refused", "environment", "d/env.yml"]
    assert lines[row + 1].strip().startswith("environment.yml line 2: “conda_file” names gone.yml")
    assert lines[row + 1].endswith("[file-missing]")
    assert "7 read, 2 refused, 0 broken; 3 other YAML and text files passed over" in lines
    assert any(line.split() == ["1", "refused", "error", "file-missing"] for line in lines)


def test_a_name_of_bytes_that_steer_a_terminal_is_shown_plainly(tmp_path, capsys):
    (tmp_path / os.fsdecode(b"requirements-\xff\x1b[31m.txt")).write_text("")
    call_command("check_inputs", tmp_path)
    assert "requirements-\\udcff\\x1b[31m.txt" in capsys.readouterr().out


def test_a_fault_of_ours_is_told_and_ends_in_a_failure(folder, monkeypatch, capsys):
    def fail(*arguments, **options):
        raise RecursionError("too deep")

    monkeypatch.setattr(inputs, "lint", fail)
    with pytest.raises(SystemExit) as stopped:
        call_command("check_inputs", folder)
    assert stopped.value.code == 1
    assert "RecursionError" in capsys.readouterr().out


def test_a_folder_that_is_none_is_told(tmp_path):
    with pytest.raises(CommandError, match="no folder"):
        call_command("check_inputs", tmp_path / "gone")
