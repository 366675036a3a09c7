"""Conda files become images on a real engine: solved against a real channel, installed on bases that know no conda."""

import uuid
from pathlib import Path

import pytest
import uv
from django.conf import settings

from environments.builder import smoke
from environments.display.smoke import findings
from environments.engine import get_engine
from environments.models import LogPiece, State
from environments.models.builds import Reason
from environments.services import drafts
from environments.services.contexts import context_of
from tests.builder.publishing import publish
from tests.engine.building import build_of, printed_by, workspace_of_images

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine, pytest.mark.usefixtures("plain_files")]

BARE = "debian:bookworm-slim"  # without any Python
FILE = """\
channels: [conda-forge]
dependencies:
  - python=3.11
  - pip
  - rich>=13
  - click=8.1
  - pip:
      - six==1.17.0
      - humanize==4.12.3
"""
# Every file of the environment with the hash of its content, but for bytecode, which knows when it was made.
FIND = "find /opt/env -type f -not -name *.pyc -exec sha256sum {} +"
HASHES = FIND.split()


@pytest.fixture
def vision(client):
    """A workspace of its own, and so with caches of its own; the images it made are dropped afterwards."""
    with workspace_of_images(client, f"vision-{uuid.uuid4().hex[:8]}") as workspace:
        yield workspace


@pytest.fixture
def served(docker_host, bridge_channels, tmp_path):
    """An engine whose mirrors file names the channels of the tests."""
    mirrors = tmp_path / "mirrors.toml"
    mirrors.write_text(bridge_channels.mirrors_file({"extra": bridge_channels.other}))
    uv_path = Path(uv.find_uv_bin())
    return get_engine(docker_host, uv_path=uv_path, site_files=settings.INDEXES.files(), mirrors_file=mirrors)


@pytest.fixture
def built(vision, served):
    def build(text, base=BARE, name="train", reason=Reason.CREATE):
        version = publish(vision, drafts.conda_definition(base, text), name, text=text)
        return build_of(version, served, reason)

    return build


def log_of(build):
    return "\n".join(piece.text for piece in LogPiece.objects.filter(build=build))


def test_a_conda_file_becomes_an_image_on_a_base_without_python(built, served):
    done = built(FILE)
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    program = "import sys, rich, click, six, humanize, ssl, sqlite3; print(sys.prefix, click.__version__)"
    assert printed_by(served, done, "python", "-c", program) == "/opt/env 8.1.8\n"
    assert printed_by(served, done, "sh", "-c", "ls /opt; ls -A /run/studio /run/cache 2>/dev/null; true") == "env\n"
    found = {(package.manager, package.name): package for package in done.image.packages.exclude(manager="dpkg")}
    assert found["conda", "click"].version == "8.1.8"
    assert found["conda", "click"].source == "conda-forge"
    assert found["conda", "markdown-it-py"].required_by == ["rich"]
    assert "click" in found["conda", "python"].required_by
    assert found["pip", "humanize"].version == "4.12.3"
    asked = {name for (_, name), package in found.items() if package.asked}
    assert asked == {"python", "pip", "rich", "click", "six", "humanize"}
    assert done.lock.channels == ["conda-forge"]
    assert "__glibc=2.36" in done.lock.target["virtual_packages"]
    assert "conda-forge" in done.served_by
    smoke.check(done.pk, served)
    done.refresh_from_db()
    assert done.checked, done.check_output
    imported = {package.name: package.modules for package in findings(done.check_output).imported}
    assert imported == {name: [name] for name in ("pip", "rich", "click", "six", "humanize")}


def test_what_conda_brought_is_not_locked_again_for_pip(built):
    done = built("channels: [conda-forge]\ndependencies:\n  - python=3.11\n  - click=8.0\n  - pip:\n      - click\n")
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    assert "click" not in done.lock.texts["pip"]
    assert done.image.packages.get(name="click").version == "8.0.4"


def test_where_pip_needs_another_version_than_conda_brings_its_wish_wins(built):
    done = built(
        "channels: [conda-forge]\ndependencies:\n  - python=3.11\n  - click=8.0\n  - pip:\n      - click==8.1.7\n"
    )
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    assert done.image.packages.get(manager="pip", name="click").version == "8.1.7"


def test_what_pip_replaces_is_told_and_everything_else_of_conda_stays(built):
    conda = "channels: [conda-forge]\ndependencies:\n  - python=3.11\n  - click=8.0\n  - jinja2\n  - markupsafe=3.0.2\n"
    done = built(f"{conda}  - pip:\n      - click==8.1.7\n      - jinja2\n      - flask\n")
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    assert "replaces them: click 8.1.7" in log_of(done)
    assert "markupsafe" not in done.lock.texts["pip"].lower()
    found = {(package.manager, package.name.lower()) for package in done.image.packages.all()}
    assert {("conda", "markupsafe"), ("conda", "jinja2"), ("pip", "click"), ("pip", "flask")} <= found


def test_the_same_lock_built_twice_gives_the_same_files(built, served, client, vision):
    """On an engine that has forgotten the first image and everything it cached of it."""
    first = built(FILE)
    assert (first.state, first.error) == (State.SUCCEEDED, "")
    before = sorted(printed_by(served, first, *HASHES).splitlines())
    packages = list(first.image.packages.values_list("manager", "name", "version", "source"))
    client.remove_image(first.image.name, force=True)
    client._post(client._url("/build/prune"), params={"all": "true"})
    again = built(FILE, reason=Reason.REBUILD)
    assert (again.state, again.reused, again.lock) == (State.SUCCEEDED, None, first.lock)
    assert not again.steps.filter(cached=True).exists()
    after = sorted(printed_by(served, again, *HASHES).splitlines())
    assert after == before
    assert any(line.endswith("/RECORD") for line in before)
    assert any("/conda-meta/python-3.11" in line for line in before)
    assert list(again.image.packages.values_list("manager", "name", "version", "source")) == packages


def test_the_packages_of_a_conflict_are_named_by_the_solver(built):
    done = built("channels: [conda-forge]\ndependencies:\n  - clash-left\n  - clash-right\n")
    assert done.state == State.FAILED
    for part in ("clash-left 1.0 would require", "clash-right 1.0 would require", "click <8.1"):
        assert part in done.error
    assert "studio-tools" not in done.error


def test_the_first_channel_that_has_a_package_is_the_one_it_comes_from(built):
    both = "channels: [conda-forge, extra]\ndependencies:\n  - python=3.11\n"
    assert built(f"{both}  - humanize\n", name="a").image.packages.get(name="humanize").version == "4.11.0"
    refused = built(f"{both}  - humanize>=4.12\n", name="b")
    assert (refused.state, "strict channel priority" in refused.error) == (State.FAILED, True), refused.error
    chosen = built(f"{both}  - extra::humanize\n", name="c")
    assert chosen.image.packages.get(name="humanize").version == "4.12.3"


def test_a_channel_that_is_nowhere_is_named_with_the_way_on(built):
    done = built("channels: [no-such-channel]\ndependencies:\n  - rich\n")
    assert done.state == State.FAILED
    assert done.error.startswith("The channel ")
    assert "no-such-channel" in done.error
    assert "STUDIO_MIRRORS" in done.error


def test_a_dockerfile_taken_over_builds_the_same_files(built, served, vision):
    first = built(FILE)
    assert (first.state, first.error) == (State.SUCCEEDED, "")
    files = context_of(first.version)
    own = publish(vision, drafts.context_definition(files), "own", files=files, parent=first.version)
    done = build_of(own, served)
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    assert sorted(printed_by(served, done, *HASHES).splitlines()) == sorted(
        printed_by(served, first, *HASHES).splitlines()
    )
