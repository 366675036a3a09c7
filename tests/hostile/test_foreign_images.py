"""Dockerfiles of the corpus that are read, but name what a workspace may not have: no build of them begins."""

import pytest

from environments.builder import run
from environments.contexts import from_texts
from environments.engine.fake import FakeEngine, fake_image
from environments.models import Build, State
from environments.services import drafts
from environments.services.builds import request_build
from environments.services.versions import publish_version
from tests.hostile.dockerfiles import MOUNTS

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.usefixtures("plain_files")]

FOREIGN = [entry for entry in MOUNTS if entry.reads and any("studio" in image for image in entry.reads)]
FOREIGN = [entry for entry in FOREIGN if "studio-tools" not in entry.reads]  # lent to every build as it is


@pytest.mark.parametrize("entry", FOREIGN, ids=str)
def test_an_image_of_another_workspace_or_of_the_studio_is_not_built_on(vision, entry):
    held = [fake_image(name) for name in ("a:latest", "studio/theirs:k", "studio/theirs:latest", "studio-base:x")]
    engine = FakeEngine(images=held)
    files = from_texts({"Dockerfile": entry.data})
    drafted = drafts.draft(vision, drafts.context_definition(files), files=files)
    queued = request_build(publish_version(vision, "x", drafted, author=None)[0], by=None)
    run.run(queued.pk, engine, worker="worker")
    done = Build.objects.get(pk=queued.pk)
    assert done.state == State.FAILED
    assert "is an image of another workspace" in done.error or "the studio keeps for its own work" in done.error
    assert "build" not in {method for method, _ in engine.calls}
