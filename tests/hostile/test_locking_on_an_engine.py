"""Text that reads files or runs code while it is locked runs in the engine's sandbox, which knows no secret of ours."""

import io
import tarfile
import uuid
from pathlib import Path

import pytest
from django.apps import apps
from django.core import serializers

from environments.definitions.digest import from_canonical
from environments.definitions.model import Definition, Kind
from environments.models import State
from environments.services import drafts
from environments.services.versions import Draft, publish_version
from tests.channel.fixtures import gateway_of
from tests.channel.serving import served
from tests.engine.building import build_of, workspace_of_images

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine, pytest.mark.usefixtures("plain_files")]

BASE = "python:3.11-slim"
SETUP = """\
import os, pathlib, sys
from setuptools import setup
print("{nonce} in the sandbox:", os.path.exists("/run/studio/uv"), os.getppid())
print(dict(os.environ))
print(pathlib.Path("/proc/self/environ").read_bytes())
for status in pathlib.Path("/proc").glob("[0-9]*/environ"):
    try:
        print(status.read_bytes())
    except OSError:
        pass
pathlib.Path("/tmp/{nonce}").write_text("was here")
sys.stdout.flush()
setup(name="{name}", version="1.0", py_modules=[]) if {builds} else sys.exit("{nonce} has seen enough")
"""


@pytest.fixture
def nonce():
    return f"nonce-{uuid.uuid4().hex}"


@pytest.fixture
def secrets(monkeypatch, settings):
    """What the worker knows: one secret in its environment, which no mask knows of, and one in its settings."""
    in_environment, in_settings = (f"planted-{uuid.uuid4().hex}" for _ in range(2))
    monkeypatch.setenv("STUDIO_PLANTED", in_environment)
    settings.SECRET_KEY = in_settings
    return in_environment, in_settings


@pytest.fixture
def index(client, tmp_path, nonce):
    """The address of a page of links to two source distributions, where builds reach it."""
    for name, builds in (("quiet", True), ("loud", False)):
        source = SETUP.format(nonce=nonce, name=name, builds=builds)
        (tmp_path / f"{name}-1.0.tar.gz").write_bytes(source_distribution(name, source))
    with served(tmp_path, gateway_of(client)) as files:
        yield files


@pytest.fixture
def vision(client):
    """A workspace of its own, and so with a cache of its own; what it made is dropped afterwards."""
    with workspace_of_images(client, f"vision-{uuid.uuid4().hex[:8]}") as workspace:
        yield workspace


@pytest.fixture
def built(vision, engine):
    def build(draft):
        version, _ = publish_version(vision, "train", draft, author=None)
        return build_of(version, engine)

    return build


def source_distribution(name, setup):
    whole = io.BytesIO()
    metadata = f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n"
    with tarfile.open(fileobj=whole, mode="w:gz") as tar:
        for path, text in (("setup.py", setup), ("PKG-INFO", metadata)):
            member = tarfile.TarInfo(f"{name}-1.0/{path}")
            member.size = len(text)
            tar.addfile(member, io.BytesIO(text.encode()))
    return whole.getvalue()


def assert_nothing_is_known(secrets):
    """Look through every row of every table."""
    models = apps.get_app_config("environments").get_models()
    rows = "".join(serializers.serialize("json", model.objects.all()) for model in models)
    assert '"environments.build"' in rows
    assert not [secret for secret in secrets if secret in rows]


def test_a_source_distribution_that_fails_aloud_has_seen_the_sandbox_only(built, index, nonce, secrets):
    done = built(drafts.draft(None, drafts.pip_definition(BASE, f"--find-links {index.address}/\nloud==1.0\n")))
    assert done.state == State.FAILED
    assert f"{nonce} in the sandbox: True" in done.error
    assert not Path(f"/tmp/{nonce}").exists()
    assert_nothing_is_known(secrets)


def test_a_source_distribution_that_is_installed_has_seen_the_sandbox_only(built, index, nonce, secrets):
    done = built(drafts.draft(None, drafts.pip_definition(BASE, f"--find-links {index.address}/\nquiet==1.0\n")))
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    assert done.image.packages.filter(manager="pip", name="quiet", version="1.0").exists()
    assert "/quiet-1.0.tar.gz" in index.requests
    assert not Path(f"/tmp/{nonce}").exists()
    assert_nothing_is_known(secrets)


@pytest.mark.parametrize(
    "lines",
    [("-r /proc/self/environ",), ("-c /proc/self/environ", "six"), ("x @ file:///proc/self/environ",), ("-e /",)],
)
def test_a_text_that_got_past_the_readers_still_finds_nothing(built, secrets, lines):
    definition = Definition(kind=Kind.PIP, image=BASE, requirements=lines)
    done = built(Draft(definition=definition))
    assert from_canonical(done.version.definition).requirements == lines
    assert done.state == State.FAILED
    assert done.error
    assert_nothing_is_known(secrets)
