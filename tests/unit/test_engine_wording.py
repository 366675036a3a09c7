"""Texts as engines of several versions and several registries send them."""

from dataclasses import replace

import pytest

from environments.engine.limits import Limit, Reached
from environments.engine.protocol import (
    BuildCancelled,
    BuildFailed,
    EngineError,
    EngineUnavailable,
    ImageUnavailable,
    Step,
)
from environments.engine.wording import DISK_FULL, Circumstances, build_error, image_unavailable

OLD = "failed to solve with frontend dockerfile.v0: failed to create LLB definition: "
NEW = "failed to solve: "


def step(name: str, error: str) -> Step:
    return Step("k", name, "run", error=error)


@pytest.mark.parametrize(
    "text",
    [
        "executor failed running [/bin/sh -c exit 3]: exit code: 3",
        'process "/bin/sh -c exit 3" did not complete successfully: exit code: 3',
        'failed to solve: process "/bin/sh -c curl http://x # no such host\ncontext canceled" '
        "did not complete successfully: exit code: 3",
    ],
)
def test_a_command_that_failed_is_that_and_nothing_else(text: str) -> None:
    error = build_error(text, [step("[2/2] RUN exit 3", text)])
    assert isinstance(error, BuildFailed)
    assert (error.exit_code, error.step) == (3, "[2/2] RUN exit 3")


def test_the_failing_step_is_told_from_those_stopped_with_it() -> None:
    text = "executor failed running [/bin/sh -c exit 4]: exit code: 4"
    beside = step("[a 2/2] RUN sleep", "executor failed running [sleep]: exit code: 137: context canceled")
    error = build_error(text, [beside, step("[2/3] RUN exit 4", text)])
    assert isinstance(error, BuildFailed)
    assert error.step == "[2/3] RUN exit 4"


@pytest.mark.parametrize(
    ("code", "words"), [(137, "out of memory or killed"), (127, "was not found"), (126, "cannot be executed")]
)
def test_well_known_exit_codes_are_explained(code: int, words: str) -> None:
    error = build_error(f"executor failed running [x]: exit code: {code}", [])
    assert words in str(error)


@pytest.mark.parametrize(("printed", "words"), [("no\n", "its last lines say why"), ("\n", "it printed nothing")])
def test_nobody_is_sent_to_lines_that_are_not_there(printed: str, words: str) -> None:
    text = "executor failed running [x]: exit code: 3"
    error = build_error(text, [step("RUN x", text)], Circumstances(printed={"k": printed}))
    assert str(error) == f"The step RUN x ended with exit code 3; {words}."


def test_what_a_stage_lacks_is_told_without_the_engines_folders() -> None:
    text = "lstat /var/lib/docker/overlay2/5c1f/merged/app: no such file or directory"
    copy = step("[stage-1 2/2] COPY --from=a /app /srv", text)
    assert str(build_error(text, [copy])) == (
        "The step [stage-1 2/2] COPY --from=a /app /srv names /app, which is not in the stage or image it copies from."
    )


@pytest.mark.parametrize("text", ["context canceled", "failed to solve: Canceled: context canceled"])
def test_a_cancelled_build_is_no_failure(text: str) -> None:
    assert isinstance(build_error(text, []), BuildCancelled)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        (
            f"{OLD}dockerfile parse error line 2: unknown instruction: FOO",
            "Line 2 of the Dockerfile cannot be read: unknown instruction: FOO.",
        ),
        (
            f"{NEW}dockerfile parse error on line 12: unknown flag: --nope",
            "Line 12 of the Dockerfile cannot be read: unknown flag: --nope.",
        ),
        (
            'failed to compute cache key: "/a b" not found: not found',
            "The step [2/2] COPY x names /a b, which is not in the build context.",
        ),
        (
            'failed to solve: failed to compute cache key: failed to calculate checksum of ref a::b: "/x": not found',
            "The step [2/2] COPY x names /x, which is not in the build context.",
        ),
        (
            "failed to compute cache key: failed to walk /var/lib/docker/tmp/buildkit-mount15/data: "
            "lstat /var/lib/docker/tmp/buildkit-mount15/data: no such file or directory",
            "The step [2/2] COPY x names /data, which is not in the build context.",
        ),
        (
            f"{NEW}failed to read dockerfile: open /var/lib/docker/tmp/buildkit-mount1/Dockerfile: "
            "no such file or directory",
            "The build context holds no Dockerfile.",
        ),
        (f"{OLD}the Dockerfile cannot be empty", "The Dockerfile is empty."),
        (
            "no active sessions",
            "The step [2/2] COPY x asks for a secret or an SSH key, and builds here are given none.",
        ),
        (f"{OLD}no build stage in current context", "The build failed: no build stage in current context."),
    ],
)
def test_what_is_wrong_with_the_users_files_is_said_in_one_sentence(text: str, sentence: str) -> None:
    error = build_error(text, [step("[2/2] COPY x", text)])
    assert isinstance(error, BuildFailed)
    assert str(error) == sentence


@pytest.mark.parametrize(
    ("name", "text"),
    [
        (
            "[internal] load metadata for docker.io/library/nope:1",
            'failed to do request: Head "https://registry.invalid/v2/": dial tcp: lookup r.invalid: no such host',
        ),
        (
            "[internal] load metadata for docker.io/library/nope:1",
            "docker.io/library/nope:1: failed to resolve source metadata for docker.io/library/nope:1: "
            "pull access denied, repository does not exist or may require authorization",
        ),
        ("FROM docker.io/library/nope:1", "docker.io/library/nope:1: not found"),
        ("resolve image config for docker.io/library/nope:1", "docker.io/library/nope:1: not found"),
        ("resolve image config for docker-image://docker.io/library/nope:1", "docker.io/library/nope:1: not found"),
    ],
)
def test_a_base_image_that_cannot_be_had_is_no_failure_of_the_build(name: str, text: str) -> None:
    error = build_error(f"{NEW}{text}", [step(name, text)])
    assert isinstance(error, ImageUnavailable)
    assert "The image docker.io/library/nope:1 is not here" in str(error)


def test_an_address_the_engine_cannot_fetch_is_no_missing_image() -> None:
    text = 'failed to load cache key: Get "http://x.invalid/y": dial tcp: lookup x.invalid: no such host'
    assert type(build_error(text, [step("http://x.invalid/y", text)])) is BuildFailed


def test_a_full_disk_is_not_the_users_failure() -> None:
    pulled = image_unavailable("team/x:1", "write /var/lib/docker/tmp/x: no space left on device")
    assert str(pulled) == "The image team/x:1 is not here. " + DISK_FULL
    error = build_error("failed to solve: write /var/lib/docker/x: no space left on device", [])
    assert type(error) is EngineError
    assert "disk is full" in str(error)


def test_an_engine_that_stops_is_not_the_users_failure() -> None:
    assert isinstance(build_error("rpc error: code = Unavailable desc = closing transport", []), EngineUnavailable)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('Get "https://r/v2/": dial tcp: lookup r on 10.0.0.1:53: no such host', "cannot be reached"),
        ('Get "https://r/v2/": dial tcp 127.0.0.1:1: connect: connection refused', "cannot be reached"),
        ('Get "https://r/v2/": context deadline exceeded', "cannot be reached"),
        ('Get "https://r/v2/": EOF', "cannot be reached"),
        ("manifest for r/x:1 not found: manifest unknown: manifest unknown", "no such image"),
        (
            'failed to resolve reference "docker.io/library/python:x": docker.io/library/python:x: not found',
            "no such image",
        ),
        ("pull access denied for x, repository does not exist or may require 'docker login'", "only to who signs in"),
        ('Head "https://r/v2/x/manifests/1": unauthorized: authentication required', "asks for credentials"),
        ('Get "https://r/v2/x/manifests/1": no basic auth credentials', "asks for credentials"),
        ("toomanyrequests: You have reached your pull rate limit.", "no more pulls for now"),
        ("no matching manifest for linux/arm64 in the manifest list entries", "this machine's processor"),
        ('Get "https://r/v2/": x509: certificate signed by unknown authority', "certificate is not trusted"),
        ("invalid reference format: repository name must be lowercase", "not the name of an image"),
        ("something nobody has seen yet", "the engine could not pull it"),
    ],
)
def test_why_an_image_cannot_be_had_is_told_apart(text: str, words: str) -> None:
    sentence = str(image_unavailable("team/x:1", text))
    assert words in sentence
    assert sentence.startswith("The image team/x:1 is not here and ")
    assert "STUDIO_MIRRORS" in sentence
    assert "10.0.0.1" not in sentence


REACHED = Reached(Limit.MEMORY, "the 96 MB of memory one step may use here; make it use less")


def exited(code: int, *, name: str = "[2/2] RUN x", printed: str = "", reached: Reached | None = None, network=True):
    text = f"executor failed running [x]: exit code: {code}"
    around = Circumstances(lambda step: reached, {"sha256:1": printed}, network)
    return str(build_error(text, [replace(step(name, text), key="sha256:1")], around))


def test_a_limit_that_was_reached_is_named_whatever_the_exit_code() -> None:
    for code in (1, 137):
        assert exited(code, reached=REACHED) == f"The step [2/2] RUN x used more than {REACHED.words}."


def test_a_limit_that_may_be_another_steps_is_only_probable() -> None:
    assert "probably because it used more than the 96 MB" in exited(137, reached=replace(REACHED, is_sure=False))


def test_a_full_shared_memory_is_told_from_a_full_disk() -> None:
    full = "cat: write error: No space left on device\n"
    assert "filled /dev/shm, which holds 64 MB" in exited(1, name="RUN cat x > /dev/shm/y", printed=full)
    assert "found no space left where it writes" in exited(1, printed=full)


def test_a_step_that_wanted_the_network_is_told_that_there_is_none() -> None:
    printed = "curl: (6) Could not resolve host: files.example"
    assert "in this workspace the steps of Dockerfiles reach none" in exited(6, printed=printed, network=False)
    assert "run without" not in exited(6, printed=printed)
    assert "run without" not in exited(6, printed="tests failed", network=False)
