"""Which images a definition may start from: the engine holds those of every workspace."""

import hashlib
from dataclasses import replace

import pytest

from environments.builder import run
from environments.builder.bases import get_to_know
from environments.engine.fake import FakeEngine, fake_image
from environments.models import Build, State
from environments.services import drafts
from environments.services.builds import request_build
from tests.builder.publishing import from_dockerfile, publish
from tests.cast import make_workspace

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

LOCK = b"numpy==2.1.0 \\\n    --hash=sha256:aa\n"
BASE = "python:3.11-slim"
THEIRS = "studio/speech:0123456789abcdef"
ONES_OWN = "studio/vision:0123456789abcdef"
CURATED = "studio/curated:0123456789abcdef"
DIGEST = hashlib.sha256(b"an image").hexdigest()
SAME_BY_OTHER_NAMES = [
    THEIRS,
    f"docker.io/{THEIRS}",
    f"index.docker.io/{THEIRS}",
    f"{THEIRS}@sha256:{DIGEST}",
    "studio/speech",
    "studio/speech/deeper:1",
]


@pytest.fixture
def vision():
    return make_workspace("vision")


@pytest.fixture
def engine():
    names = [BASE, THEIRS, ONES_OWN, CURATED, "studio-base:abc", "studio-tools:uv-1"]
    return FakeEngine(
        images=[fake_image(name) for name in names],
        built_files={"/lock/requirements.lock": LOCK, "/lock/pylock.toml": b""},
    )


def build(version, engine):
    queued = request_build(version, by=None)
    run.run(queued.pk, engine, worker="worker")
    return Build.objects.get(pk=queued.pk)


def refused(done, engine):
    return done.state == State.FAILED and not any(method in ("build", "tag") for method, _ in engine.calls)


@pytest.mark.parametrize("reference", SAME_BY_OTHER_NAMES)
def test_another_workspaces_image_cannot_be_taken_as_it_is(vision, engine, reference):
    done = build(publish(vision, drafts.image_definition(reference)), engine)
    assert refused(done, engine)
    assert "an image of another workspace" in done.error


def test_packages_cannot_be_installed_on_another_workspaces_image(vision, engine):
    conda = "dependencies:\n  - python=3.11\n  - pip:\n      - numpy\n"
    for definition in (drafts.pip_definition(THEIRS, "numpy\n"), drafts.conda_definition(THEIRS, conda)):
        done = build(publish(vision, definition), engine)
        assert refused(done, engine)
        assert "an image of another workspace" in done.error


@pytest.mark.parametrize(
    "dockerfile",
    [
        f"FROM {THEIRS}\n",
        f"FROM {BASE}\nCOPY --from={THEIRS} /etc/x /x\n",
        f"FROM {BASE}\nRUN --mount=type=bind,from={THEIRS},target=/x cat /x/y\n",
        f"ARG BASE={THEIRS}\nFROM ${{BASE}} AS first\nFROM {BASE}\nCOPY --from=first / /x\n",
        f"FROM {BASE}\nONBUILD COPY --from={THEIRS} / /x\n",
    ],
)
def test_a_dockerfile_reaches_no_other_workspaces_image(vision, engine, dockerfile):
    done = build(from_dockerfile(vision, dockerfile), engine)
    assert refused(done, engine)
    assert "an image of another workspace" in done.error


@pytest.mark.parametrize("reference", ["studio-base:abc", "studio-tools:uv-1", "docker.io/library/studio-base:abc"])
def test_the_studios_own_helper_images_are_no_bases(vision, engine, reference):
    for definition in (drafts.image_definition(reference), drafts.pip_definition(reference, "numpy\n")):
        done = build(publish(vision, definition), engine)
        assert refused(done, engine)
        assert "the studio keeps for its own work" in done.error


def test_an_id_names_no_image_since_any_workspace_may_have_it(vision, engine):
    done = build(publish(vision, drafts.image_definition(fake_image(THEIRS).info.image_id)), engine)
    assert refused(done, engine)
    assert "give the image's name" in done.error


@pytest.mark.parametrize("reference", [ONES_OWN, CURATED])
def test_images_of_ones_own_workspace_and_curated_ones_are_bases(vision, engine, reference):
    assert build(publish(vision, drafts.image_definition(reference)), engine).state == State.SUCCEEDED
    assert build(from_dockerfile(vision, f"FROM {reference}\n"), engine).state == State.SUCCEEDED


def test_behind_a_registry_other_workspaces_stay_apart_too(vision, settings):
    settings.STUDIO_REGISTRY = "registry.example:5000"
    settings.IMAGE_PREFIX = "registry.example:5000/studio"
    names = [f"registry.example:5000/studio/{slug}:1" for slug in ("vision", "speech")]
    engine = FakeEngine(images=[fake_image(name) for name in names])
    done = [build(publish(vision, drafts.image_definition(name)), engine) for name in names]
    assert [one.state for one in done] == [State.SUCCEEDED, State.FAILED]


def on_build(instruction):
    image = fake_image("team/onbuild:1")
    return FakeEngine(
        images=[replace(image, info=replace(image.info, triggers=(instruction,))), fake_image(THEIRS)],
        built_files={"/lock/requirements.lock": LOCK, "/lock/pylock.toml": b""},
    )


@pytest.mark.parametrize(
    "instruction",
    [
        f"COPY --from={THEIRS} / /x",
        "ADD http://169.254.169.254/ /x",
        "RUN --security=insecure true",
        "RUN --mount=type=cache,target=/root/.cache true",
    ],
)
def test_what_a_base_puts_off_to_the_build_is_checked_as_well(vision, instruction):
    for publish_one in (
        lambda: from_dockerfile(vision, "FROM team/onbuild:1\n"),
        lambda: publish(vision, drafts.pip_definition("team/onbuild:1", "numpy\n")),
    ):
        engine = on_build(instruction)
        assert refused(build(publish_one(), engine), engine)


def test_a_base_that_puts_off_harmless_steps_is_used(vision):
    done = build(from_dockerfile(vision, "FROM team/onbuild:1\n"), on_build("COPY . /app"))
    assert (done.state, done.error) == (State.SUCCEEDED, "")


def test_a_base_with_a_long_name_builds(vision):
    reference = f"registry.example.org/team/openmpi4.1.0-cuda11.8-cudnn8-ubuntu22.04@sha256:{DIGEST}"
    done = build(publish(vision, drafts.image_definition(reference)), FakeEngine(images=[fake_image(reference)]))
    assert (done.state, done.error) == (State.SUCCEEDED, "")


def test_every_base_of_a_context_is_written_down_whole(vision):
    bases = [fake_image(f"base:{number}") for number in range(12)]
    stages = [f"FROM {base.info.reference} AS s{number}\n" for number, base in enumerate(bases)]
    done = build(from_dockerfile(vision, "".join(stages)), FakeEngine(images=bases))
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    assert done.base_digest.split() == [base.info.image_id for base in bases]


def test_the_bases_builds_are_likely_to_want_are_looked_at_once_each_and_only_if_they_are_here(vision, engine):
    for number, base in enumerate([BASE, "no-such-image:1", BASE]):
        build(publish(vision, drafts.image_definition(base), f"train-{number}"), engine)
    engine.calls.clear()
    get_to_know(engine)
    assert [argument for method, argument in engine.calls if method == "probe"] == [fake_image(BASE).info.image_id]
