"""Versions built on a real engine, in workspaces whose images are dropped afterwards."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress

from docker.errors import NotFound

from environments.builder import run
from environments.models import Build
from environments.models.builds import Reason
from environments.services.builds import request_build
from tests.cast import make_workspace


@contextmanager
def workspace_of_images(client, slug="vision") -> Iterator:
    """A workspace; the images it made are dropped at the end. A slug of its own means caches of its own."""
    workspace = make_workspace(slug)
    yield workspace
    for name in workspace.images.values_list("name", flat=True):
        with suppress(NotFound):
            client.remove_image(name, force=True)


def build_of(version, engine, reason=Reason.CREATE):
    """The ended build of a version, which was asked for and run here."""
    queued = request_build(version, by=None, reason=reason)
    run.run(queued.pk, engine, worker="test")
    return Build.objects.get(pk=queued.pk)


def printed_by(engine, build, *command):
    """What a command printed in a container of the build's image."""
    result = engine.run(build.image.image_id, command, timeout=60)
    assert result.exit_code == 0, result.output
    return result.output
