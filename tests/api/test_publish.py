"""Publishing a definition: the three kinds of body, and every answer."""

import pytest

from environments.definitions.digest import from_canonical
from environments.models import Build, Context, Environment, Version
from environments.services.export import environment_text
from tests.api.conftest import zipped
from tests.cast import make_build, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.database]

PATH = "workspaces/vision/environments"
CONDA = """\
name: train
description: What we train with
tags: {team: vision}
image: python:3.11-slim
conda_file:
  channels: [conda-forge]
  dependencies:
    - python=3.10
    - pip
    - pip: [numpy==1.26.4]
"""
PIP = {"name": "serve", "image": "python:3.11-slim", "requirements_file": "numpy==1.26.4\nscikit-learn\n"}
CONTEXT = {
    "environment.yml": "name: tool\nbuild:\n  path: .\n",
    "Dockerfile": "FROM python:3.11-slim\nCOPY main.py /\n",
    "main.py": "print('hello')\n",
}


def codes(response):
    return {problem["code"] for problem in response.json()["problems"]}


def test_a_yaml_makes_the_first_version(alice):
    response = alice.post_yaml(PATH, CONDA)
    assert response.status_code == 201
    answer = response.json()
    assert answer == {"name": "train", "version": "1", "url": answer["url"], "build": None}
    assert answer["url"].endswith("/w/vision/env/train/v/1/")
    version = Version.objects.get()
    assert (version.author.username, version.tags, version.description) == (
        "alice",
        {"team": "vision"},
        "What we train with",
    )
    assert "python=3.10" in version.text


def test_the_same_definition_again_is_answered_with_the_version_there_is(alice):
    alice.post_yaml(PATH, CONDA)
    response = alice.post_yaml(PATH, f"# a comment changes nothing\n{CONDA}")
    assert (response.status_code, response.json()["version"]) == (200, "1")
    assert Version.objects.count() == 1


def test_json_has_the_same_keys_as_yaml(alice):
    response = alice.post(PATH, PIP)
    assert response.status_code == 201
    assert Version.objects.get().text == PIP["requirements_file"]


def test_json_and_yaml_of_one_definition_are_equal(alice):
    text = "name: serve\nimage: python:3.11-slim\nrequirements_file: |\n  numpy==1.26.4\n  scikit-learn\n"
    assert alice.post(PATH, PIP).status_code == 201
    assert alice.post_yaml(PATH, text).status_code == 200


def test_a_number_in_json_stays_as_it_is_written(alice):
    body = b'{"name": "n", "version": 3.10, "image": "python:3.11-slim"}'
    assert alice.post(PATH, body).json()["version"] == "3.10"


def test_a_description_in_json_may_hold_any_letter(alice):
    text = "Größe 📦 \u2028 \\ \" '"
    assert alice.post(PATH, PIP | {"description": text}).status_code == 201
    assert Version.objects.get().description == text


def test_a_zip_holds_the_build_context(alice):
    response = alice.post_zip(PATH, CONTEXT)
    assert response.status_code == 201, response.content
    context = Context.objects.get()
    assert [entry["path"] for entry in context.manifest] == ["Dockerfile", "main.py"]
    assert Version.objects.get().text == CONTEXT["Dockerfile"]


def test_a_zip_may_keep_the_context_in_a_folder(alice):
    files = {f"docker/{path}": text for path, text in CONTEXT.items() if path != "environment.yml"}
    files["environment.yml"] = "name: tool\nbuild: {path: ./docker}\n"
    assert alice.post_zip(PATH, CONTEXT).status_code == 201
    assert alice.post_zip(PATH, files).status_code == 200


ARGS = CONTEXT | {
    "environment.yml": "name: tool\nbuild:\n  path: .\n  args: {BASE: python:3.11-slim, LEVEL: 3.10}\n",
    "Dockerfile": "ARG BASE\nFROM ${BASE}\nARG LEVEL=1\nCOPY main.py /\n",
}


def test_build_arguments_are_part_of_the_definition(alice):
    assert alice.post_zip(PATH, ARGS).status_code == 201
    version = alice.get(f"{PATH}/tool/versions/1").json()
    assert version["definition"]["context"]["args"] == {"BASE": "python:3.11-slim", "LEVEL": "3.10"}
    other = ARGS | {"environment.yml": ARGS["environment.yml"].replace("3.10", "4")}
    assert [alice.post_zip(PATH, files).status_code for files in (ARGS, other)] == [200, 201]


def test_what_an_export_says_of_build_arguments_makes_the_version_again(alice):
    assert alice.post_zip(PATH, ARGS).status_code == 201
    files = {"environment.yml": environment_text(Version.objects.get())}
    assert "Azure ML knows no args of a build" in files["environment.yml"]
    assert alice.post_zip(PATH, ARGS | files).status_code == 200


@pytest.mark.parametrize(
    ("arguments", "code"),
    [
        ("{API_TOKEN: x}", "build-arg-secret"),
        (f"{{A: ghp_{'a' * 36}}}", "build-arg-secret"),
        ('{PIP_INDEX_URL: "https://me:word@files.example/simple"}', "build-arg-secret"),
        ('{SOURCE: "git+https://word@files.example/code"}', "build-arg-secret"),
        ("{BUILDKIT_SYNTAX: evil/x}", "build-arg-name"),
        ("{http_proxy: 'http://evil'}", "build-arg-name"),
        ("{a-b: x}", "build-arg-name"),
        (f"{{A: {'x' * 1001}}}", "build-arg-value"),
        ("{" + ", ".join(f"A{number}: x" for number in range(51)) + "}", "build-arg-many"),
        ("[A]", "not-a-mapping"),
    ],
)
def test_build_arguments_that_cannot_be_given_are_refused(alice, arguments, code):
    files = CONTEXT | {"environment.yml": f"name: tool\nbuild:\n  path: .\n  args: {arguments}\n"}
    answer = alice.post_zip(PATH, files)
    assert (answer.status_code, codes(answer)) == (422, {code})
    assert not Version.objects.exists()


def test_a_zip_holds_the_conda_file_it_names(alice):
    environment = "name: train\nimage: python:3.11-slim\nconda_file: conda.yml\n"
    conda = "dependencies:\n  - python=3.11\n  - pip: [numpy]\n"
    response = alice.post_zip(PATH, {"environment.yml": environment, "conda.yml": conda})
    assert response.status_code == 201
    assert Version.objects.get().text == conda


def test_a_build_is_asked_for_with_the_version(alice, poked, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        response = alice.post_yaml(f"{PATH}?build=1", CONDA)
    build = Build.objects.get()
    link = response.json()["build"]
    assert (link["id"], link["state"]) == (str(build.pk), "queued")
    assert link["url"].endswith(f"/w/vision/builds/{build.pk}/")
    assert poked == [build.pk]


def test_an_equal_definition_builds_nothing(alice, vision):
    alice.post(PATH, PIP)
    made = make_build(Version.objects.get())
    answer = alice.post(f"{PATH}?build=1", PIP | {"name": "other"}).json()
    assert answer["build"]["state"] == "succeeded"
    assert alice.get(f"builds/{answer['build']['id']}").json()["reused"] == str(made.pk)


def test_a_version_that_exists_with_another_definition_is_a_conflict(alice):
    alice.post(PATH, PIP | {"version": "1.0"})
    response = alice.post(PATH, PIP | {"version": "1.0", "requirements_file": "numpy\nscipy\n"})
    assert response.status_code == 409
    assert "1.0" in response.json()["detail"]


def test_the_name_of_a_deleted_version_is_a_conflict(alice, vision):
    make_version(vision, "serve", "numpy", name="7").delete()
    assert alice.post(PATH, PIP | {"version": "7"}).status_code == 409


def test_problems_have_lines(alice):
    response = alice.post_yaml(PATH, "name: train\nimage: python:3.11-slim\nimagee: x\n")
    assert response.status_code == 422
    (problem,) = response.json()["problems"]
    assert (problem["code"], problem["line"], problem["severity"]) == ("unknown-key", 3, "error")
    assert problem["message"]
    assert problem["remedy"]


def test_problems_of_json_have_no_lines_of_a_text_nobody_wrote(alice):
    (problem,) = alice.post(PATH, PIP | {"imagee": "x"}).json()["problems"]
    assert (problem["code"], problem["line"], problem["source"]) == ("unknown-key", None, "body")


def test_problems_of_a_text_in_json_have_that_texts_lines(alice):
    (problem,) = alice.post(PATH, PIP | {"requirements_file": "numpy\n-r /etc/passwd\n"}).json()["problems"]
    assert (problem["line"], problem["source"]) == (2, "requirements_file")


def test_a_definition_needs_a_name(alice):
    assert codes(alice.post(PATH, {"image": "python:3.11-slim"})) == {"name-missing"}


@pytest.mark.parametrize("name", ["AzureML-x", "Microsoft-y"])
def test_reserved_names_are_kept_for_curated_environments(alice, name):
    assert codes(alice.post(PATH, PIP | {"name": name})) == {"name-reserved"}


def test_a_context_cannot_come_in_a_yaml(alice):
    assert codes(alice.post_yaml(PATH, CONTEXT["environment.yml"])) == {"context-missing"}


def test_requirements_in_a_zip_may_name_files_beside_them(alice):
    files = {
        "environment.yml": "name: train\nimage: python:3.11-slim\nrequirements_file: pip/requirements.txt\n",
        "pip/requirements.txt": "-r base.txt\n-c limits.txt\n",
        "pip/base.txt": "numpy\n",
        "pip/limits.txt": "numpy<2\n",
    }
    assert alice.post_zip(PATH, files).status_code == 201
    version = Version.objects.get()
    assert version.text == "numpy\n-c numpy<2\n"
    assert from_canonical(version.definition).requirements == ("numpy", "-c numpy<2")


def test_what_is_wrong_in_a_named_file_is_told_with_its_name_and_line(alice):
    environment = "name: train\nimage: python:3.11-slim\nconda_file: python_env.yaml\n"
    mlflow = "python: 3.11\nbuild_dependencies: [pip]\ndependencies: [-r requirements.txt]\n"
    files = {"environment.yml": environment, "python_env.yaml": mlflow, "requirements.txt": "rich\nnumpy=1\n"}
    (problem,) = alice.post_zip(PATH, files).json()["problems"]
    assert (problem["source"], problem["line"], problem["code"]) == ("requirements.txt", 2, "pip-single-equals")


@pytest.mark.parametrize("hostile", ["-r /proc/self/environ", "-e .", "file:///etc/passwd", "--find-links /srv"])
@pytest.mark.parametrize("way", ["yaml", "json", "zip"])
def test_requirements_that_reach_for_files_are_refused_with_their_line(alice, hostile, way):
    text = f"numpy\n{hostile}\n"
    head = "name: serve\nimage: python:3.11-slim\nrequirements_file: "
    inline = "|\n" + "".join(f"  {line}\n" for line in text.splitlines())
    sent = {
        "yaml": lambda: alice.post_yaml(PATH, head + inline),
        "json": lambda: alice.post(PATH, PIP | {"requirements_file": text}),
        "zip": lambda: alice.post_zip(PATH, {"environment.yml": head + "r.txt\n", "r.txt": text}),
    }
    response = sent[way]()
    assert response.status_code == 422
    assert [problem["line"] for problem in response.json()["problems"]] == [2]
    assert not Environment.objects.exists()


@pytest.mark.parametrize(
    ("content_type", "body", "status"),
    [
        ("application/json", b"{", 400),
        ("application/json", b"[1]", 400),
        ("application/json", b'{"a": NaN}', 400),
        ("application/json", b'{"name": "a", "name": "b"}', 400),
        ("application/json", b"[" * 60_000, 400),
        ("application/json", b'{"a":' * 11_000, 400),
        ("application/json", b"\xff\xfe{", 400),
        ("application/json", b'{"name": "a\\u0000", "image": "python:3.11-slim"}', 422),
        ("application/json", b'{"name": "a", "description": "\\ud800", "image": "python:3.11-slim"}', 422),
        ("application/json", b'{"name": "a", "tags": {"\\u0000": "x"}, "image": "python:3.11-slim"}', 422),
        ("application/yaml", b" \n", 400),
        ("application/yaml", b"\xff\xfe", 422),
        ("application/yaml", b"[" * 30_000, 422),
        ("application/yaml", b"name: a\n\timage: b", 422),
        ("application/yaml", b'name: a\nimage: python:3.11-slim\ndescription: "a\\0b"\n', 422),
        ("application/yaml", b'name: a\nimage: python:3.11-slim\ndescription: "\\ud800"\n', 422),
        ("application/yaml", b'name: a\nimage: python:3.11-slim\ntags: {"a\\0b": c}\n', 422),
        ("application/zip", b"PK not really", 422),
        ("application/zip", zipped({"readme.txt": "no definition here"}), 400),
        ("application/x-www-form-urlencoded", b"name=a", 415),
        ("multipart/form-data", b"--x", 415),
        ("", b"name: a", 415),
    ],
)
def test_bodies_that_are_no_definition_get_a_sentence(alice, content_type, body, status):
    response = alice.post(PATH, body, content_type)
    assert response.status_code == status, response.content
    answer = response.json()
    sentence = answer["detail"] if "detail" in answer else answer["problems"][0]["message"]
    assert sentence.endswith(".")
    assert not Environment.objects.exists()


@pytest.mark.parametrize(
    ("content_type", "size"),
    [
        ("application/yaml", 64 * 1024 + 1),
        ("application/json", 64 * 1024 + 1),
        ("application/zip", 64 * 1024 * 1024 + 1),
    ],
)
def test_bodies_that_are_too_large_are_refused(alice, content_type, size):
    response = alice.post(PATH, b"#" * size, content_type)
    assert response.status_code == 413
    assert "larger" in response.json()["detail"]
