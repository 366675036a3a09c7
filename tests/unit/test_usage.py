"""Every snippet is read back by what will read it: as YAML, JSON, Python, shell or a Dockerfile."""

import ast
import itertools
import json
import subprocess

import pytest
import yaml

from environments.definitions.dockerfile import base_images
from environments.display.usage import Usage, slug, snippets

DIGEST = "registry.example:5000/studio/vision@sha256:" + "9f" * 32
NAMED = "studio/vision:" + "ab" * 16
WARNING = "sklearn gets no more patches: they ended on 31 Oct 2027."
NAMES = ("train", "Train.v2_x", "123", "on", "a" * 80)


def every_usage():
    choices = itertools.product(NAMES, (DIGEST, NAMED), (True, False), (True, False), (True, False))
    for name, image, python, entrypoint, cuda in choices:
        yield Usage(
            name, "5", image, has_python=python, has_entrypoint=entrypoint, has_cuda=cuda, is_shared=image == DIGEST
        )


def snippet(usage, key, warning=""):
    return next(found for found in snippets(usage, warning) if found.key == key)


def read(text, language):
    """What the text means to what reads it; fails where it cannot be read."""
    if language == "yaml":
        return yaml.safe_load(text)
    if language == "json":
        return json.loads("".join(line for line in text.splitlines(True) if not line.startswith("//")))
    if language == "python":
        return ast.parse(text)
    if language == "dockerfile":
        return base_images(text)
    return subprocess.run(["bash", "-n"], input=text, text=True, check=True, capture_output=True)


@pytest.mark.parametrize("warning", ["", WARNING])
def test_every_snippet_is_valid_and_names_the_image(warning):
    for usage in every_usage():
        for found in snippets(usage, warning):
            read(found.text, found.language)
            assert usage.image in found.text
            assert found.text.count(warning) == 1 or not warning
            assert found.note
            if found.first:
                read(found.first.command, "shell")


def test_names_are_texts_wherever_they_stand():
    for usage in every_usage():
        job, deployment = (yaml.safe_load(snippet(usage, key).text) for key in ("kubernetes", "deployment"))
        name = job["metadata"]["name"]
        assert isinstance(name, str)
        assert len(name) < 64
        assert deployment["spec"]["selector"]["matchLabels"] == deployment["spec"]["template"]["metadata"]["labels"]


def test_the_sdk_registers_and_gets_the_name_and_version():
    calls = {}
    for node in ast.walk(ast.parse(snippet(Usage("my.env", "5", DIGEST, is_shared=True), "azure").text)):
        if isinstance(node, ast.Call) and node.keywords:
            called = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            calls[called] = {word.arg: word.value.value for word in node.keywords}
    assert calls["Environment"] == {"name": "my-env", "version": "5", "image": DIGEST}
    assert calls["get"] == {"name": "my-env", "version": "5"}


def test_cuda_asks_for_the_gpus():
    usage = Usage("train", "1", NAMED, has_cuda=True)
    assert "--gpus all" in snippet(usage, "docker").text
    assert "--gpus all" in snippet(usage, "prompt").text
    assert json.loads(snippet(usage, "devcontainer").text)["runArgs"] == ["--gpus", "all"]
    compose = yaml.safe_load(snippet(usage, "compose").text)["services"]["main"]
    assert compose["deploy"]["resources"]["reservations"]["devices"][0]["capabilities"] == ["gpu"]
    for key in ("kubernetes", "deployment"):
        container = yaml.safe_load(snippet(usage, key).text)["spec"]["template"]["spec"]["containers"][0]
        assert container["resources"]["limits"] == {"nvidia.com/gpu": 1}
    github = yaml.safe_load(snippet(usage, "github").text)
    assert github["jobs"]["test"]["container"]["options"] == "--gpus all"
    plain = Usage("train", "1", NAMED)
    assert not any("gpu" in found.text for found in snippets(plain))


def test_only_what_can_be_pulled_is_pulled():
    shared = snippet(Usage("train", "1", DIGEST, command=("python3",), is_shared=True), "docker")
    assert shared.text == f"docker pull {DIGEST}\ndocker run --rm -it {DIGEST}"
    here = snippet(Usage("train", "1", NAMED, command=("python3",)), "docker")
    assert (here.label, here.text) == ("Run", f"docker run --rm -it {NAMED}")
    assert here.note.startswith("This image is on the studio's engine")


def test_the_images_own_command_is_left_to_it():
    usage = Usage("train", "1", NAMED, command=("python3", "/app/my score.py"))
    assert snippet(usage, "docker").text == f"docker run --rm {NAMED}"
    assert "python3 '/app/my score.py'" in snippet(usage, "docker").note
    assert not any("command" in snippet(usage, key).text for key in ("compose", "kubernetes", "deployment"))
    assert "own command" in snippet(usage, "deployment").note


def test_an_image_that_would_end_at_once_is_given_something_to_do():
    nothing, shell = (Usage("train", "1", NAMED, command=command) for command in ((), ("/bin/bash",)))
    assert snippet(nothing, "docker").text.endswith(f"{NAMED} python3 --version")
    assert snippet(shell, "docker").text == f"docker run --rm -it {NAMED}"
    for usage in (nothing, shell):
        assert all("command" in snippet(usage, key).text for key in ("compose", "kubernetes", "deployment"))


def test_an_entrypoint_gets_no_arguments_and_serves():
    usage = Usage("train", "1", NAMED, has_entrypoint=True)
    assert snippet(usage, "docker").text == f"docker run --rm {NAMED}"
    assert "command" not in yaml.safe_load(snippet(usage, "compose").text)["services"]["main"]
    assert "command" not in snippet(usage, "deployment").text
    assert yaml.safe_load(snippet(usage, "gitlab").text)["test"]["image"]["entrypoint"] == [""]


@pytest.mark.parametrize("key", ["kubernetes", "deployment", "azure", "devcontainer", "github", "gitlab"])
def test_another_machine_is_told_how_it_gets_the_image(key):
    pushed = snippet(Usage("train", "1", NAMED), key).first.command
    name = f"registry.example/{NAMED}"
    assert pushed == f"docker tag {NAMED} {name}\ndocker push {name}"
    assert name in snippet(Usage("train", "1", NAMED), key).text
    shared = Usage("train", "1", DIGEST, is_shared=True)
    assert snippet(shared, key).first.command == "docker login registry.example:5000"


@pytest.mark.parametrize(
    ("name", "expected"), [("Train", "train"), ("a.b__c", "a-b-c"), ("x" * 51 + ".y", "x" * 51), ("1.", "1")]
)
def test_slugs_are_what_kubernetes_takes(name, expected):
    assert slug(name) == expected
