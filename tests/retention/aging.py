"""Versions, builds and images of long ago, and engines that hold them."""

from datetime import timedelta

from django.utils import timezone

from environments.builder import run
from environments.engine.fake import FakeEngine, fake_image
from environments.engine.protocol import Package
from environments.models import Build, Image, State
from environments.services.builds import request_build
from tests.cast import make_build, make_image, make_version

LOCKING = {  # what an engine adds whose builds lock and install numpy
    "built_packages": (Package("pip", "numpy", "2.1.0"),),
    "built_files": {"/lock/requirements.lock": b"numpy==2.1.0 \\\n    --hash=sha256:aa\n", "/lock/pylock.toml": b""},
}


def days_ago(days):
    return timezone.now() - timedelta(days=days)


def old_build(version, days, *, engine=None, **fields):
    """A build that ended with an image of its own that many days ago; the engine holds it, if one is given."""
    moment = days_ago(days)
    image = fields.pop("image", None) or make_image(version.environment.workspace)
    Image.objects.filter(pk=image.pk).update(created_at=moment)
    build = make_build(version, State.SUCCEEDED, image=image, **fields)
    Build.objects.filter(pk=build.pk).update(created_at=moment, started_at=moment, finished_at=moment)
    if engine:
        engine.held.hold(fake_image(image.name), image.name)
    return Build.objects.get(pk=build.pk)


def superseded(workspace, engine, *, builds=5, days=100, environment="train"):
    """(version, its builds, oldest first): one a day, the last `days` ago, and the version stands for that one."""
    version = make_version(workspace, environment)
    return version, [old_build(version, days + builds - number, engine=engine) for number in range(builds)]


def nothing():
    return FakeEngine(images=[])


def on_engine(engine):
    return {name for image in engine.stock().images for name in image.names}


def build_it(version, engine, **fields):
    queued = request_build(version, by=None, **fields)
    run.run(queued.pk, engine, worker="worker")
    return Build.objects.get(pk=queued.pk)
