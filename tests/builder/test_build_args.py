"""Build arguments reach the builder, and decide which images a Dockerfile starts from before anything is built."""

import pytest

from environments.builder import run
from environments.contexts import from_texts
from environments.engine.fake import FakeEngine, fake_image
from environments.models import Build, State
from environments.services import drafts
from environments.services.builds import request_build
from tests.builder.publishing import publish
from tests.cast import make_workspace

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

BASE, OTHER, THEIRS = "python:3.11-slim", "python:3.12-slim", "studio/speech:0123456789abcdef"
DOCKERFILE = f"ARG BASE={BASE}\nFROM ${{BASE}}\nARG LEVEL=1\nRUN echo $LEVEL\n"


@pytest.fixture
def vision():
    return make_workspace("vision")


class Engine(FakeEngine):
    """Keeps what it was asked to build."""

    def build(self, request, **options):
        self.asked = [*getattr(self, "asked", []), dict(request.build_args)]
        return super().build(request, **options)


@pytest.fixture
def engine():
    return Engine(images=[fake_image(name) for name in (BASE, OTHER, THEIRS)])


def build(workspace, engine, **args):
    files = from_texts({"Dockerfile": DOCKERFILE})
    definition = drafts.context_definition(files, args=args)
    queued = request_build(publish(workspace, definition, files=files), by=None)
    run.run(queued.pk, engine, worker="worker")
    return Build.objects.get(pk=queued.pk)


def test_they_are_handed_to_the_builder_and_make_another_image(vision, engine):
    plain, given = build(vision, engine), build(vision, engine, LEVEL="2")
    assert engine.asked == [{}, {"LEVEL": "2"}]
    assert (plain.state, given.state) == (State.SUCCEEDED, State.SUCCEEDED)
    assert plain.image.image_key != given.image.image_key


def test_the_base_image_is_the_one_they_name(vision, engine):
    assert build(vision, engine, BASE=OTHER).base_digest == engine.find_image(OTHER).image_id
    assert build(vision, engine).base_digest == engine.find_image(BASE).image_id


def test_they_do_not_lead_to_another_workspaces_image(vision, engine):
    done = build(vision, engine, BASE=THEIRS)
    assert done.state == State.FAILED
    assert "an image of another workspace" in done.error
    assert not [method for method, _ in engine.calls if method == "build"]
