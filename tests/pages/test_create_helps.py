"""What the pages for a new environment help with: what to start from, what an image is, how long a build takes."""

from dataclasses import replace
from datetime import timedelta

import pytest

from environments import tasks
from environments.builder.bases import image_name
from environments.engine.fake import FakeEngine
from environments.engine.fake_images import fake_image
from tests.cast import make_build, make_user, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database]
HTMX = {"HX-Request": "true"}
IMAGE = "/w/vision/new/image/"


@pytest.fixture
def engine(monkeypatch):
    image = fake_image("python:3.11-slim")
    info = replace(image.info, user="app", entrypoint=("tini", "--"), repo_digest=f"sha256:{'ab' * 32}")
    engine = FakeEngine(images=[replace(image, info=info)])
    monkeypatch.setattr(tasks, "engine", lambda: engine)
    return engine


def look(web, image="python:3.11-slim", **options):
    return web.post(f"{IMAGE}check/", {"name": "x", "image": image, "action": "look"}, **options)


def offered(page):
    return [str(version) for version in page.context["origins"]]


CONDA = "channels:\n  - conda-forge\n  - somebodys\ndependencies:\n  - python=3.12\n  - numpy=2.1\n"


@pytest.mark.parametrize(
    ("mirrors", "is_told"),
    [
        ('[channels]\n"conda-forge" = "https://mirror.example/cf"\n', True),
        ('[channels]\n"conda-forge" = "https://mirror.example/cf"\n"somebodys" = "https://mirror.example/s"\n', False),
        ('[images]\n"docker.io" = "mirror.example"\n', False),
        ("no mirrors file", False),
        (None, False),
    ],
)
def test_the_conda_form_foretells_the_python_and_a_channel_without_a_mirror(
    web, vision, settings, tmp_path, mirrors, is_told
):
    settings.MIRRORS_FILE = None
    if mirrors:
        settings.MIRRORS_FILE = tmp_path / "mirrors.toml"
        settings.MIRRORS_FILE.write_text(mirrors)
    values = {"name": "x", "image": "python:3.11-slim", "text": CONDA}
    page = web.post("/w/vision/new/conda/check/", values, headers=HTMX).text
    assert ("The mirrors file of this site names no mirror of the channel “somebodys”." in page) is is_told
    assert "no mirror of the channel “conda-forge”" not in page
    assert "Python 3.12 will be used, which conda brings. The Python 3.11 of the base image is not." in page


def test_the_curated_and_those_of_the_workspace_are_offered_first(web, vision, alice):
    for workspace in (make_workspace("another", editor=alice), vision, make_workspace("curated")):
        make_version(workspace, "base")
    page = web.get("/w/vision/new/")
    assert offered(page) == ["curated/base:1", "vision/base:1", "another/base:1"]
    assert not page.context["more"]


def test_however_many_there_are_few_are_offered_and_any_is_found(web, vision):
    for number in range(12):
        make_version(vision, f"env-{number:02}")
    page = web.get("/w/vision/new/")
    assert len(offered(page)) == 8
    assert "There are more" in page.text
    found = web.get("/w/vision/new/?q=env-11&look=1")
    assert offered(found) == ["vision/env-11:1"]
    assert found.status_code == 200
    assert 'id="kind-from" checked' in found.text


def test_htmx_gets_the_list_alone(web, vision):
    make_version(vision, "base")
    part = web.get("/w/vision/new/?q=bas", headers=HTMX)
    assert "<html" not in part.text
    assert 'value="vision/base:1"' in part.text
    assert "Nothing is called “zzz”" in web.get("/w/vision/new/?q=zzz", headers=HTMX).text


def test_what_is_archived_or_of_others_is_not_offered(web, vision, now):
    make_version(make_workspace("hidden", editor=make_user("dora")), "hidden-base")
    version = make_version(vision, "old-base")
    version.environment.archived_at = now
    version.environment.save()
    assert offered(web.get("/w/vision/new/?q=base&look=1")) == []


def test_the_chooser_asks_little_of_the_database(queries_of, vision):
    for number in range(20):
        make_version(vision, f"env-{number:02}")
    assert queries_of("/w/vision/new/") <= 12


def test_an_image_is_looked_up_without_building(web, engine):
    part = look(web, headers=HTMX).text
    for words in (f"sha256:{'ab' * 32}", "1 kB, 1 layer", "linux/amd64", "app", "tini --", "2026-01-01"):
        assert words in part
    assert "<html" not in part
    assert {method for method, _ in engine.calls} == {"find_image"}
    assert "tini --" in look(web).text


def test_typing_asks_no_engine(web, engine):
    web.post(f"{IMAGE}check/", {"name": "x", "image": "python:3.11-slim", "action": "check"}, headers=HTMX)
    assert engine.calls == []


def test_an_image_that_is_not_there_or_cannot_be_asked_for_is_told(web, engine):
    assert "The engine does not have python:3.99 yet" in look(web, "python:3.99").text
    engine.available = False
    assert "The container engine does not answer" in look(web).text


def test_the_image_of_another_workspace_is_not_shown(web, engine):
    name = image_name(make_workspace("hidden"), "0" * 64)
    page = look(web, name).text
    assert "is an image of another workspace" in page
    assert engine.calls == []


def test_a_broken_name_is_told_at_its_field(web, engine):
    assert engine.calls == []
    assert look(web, "not an image").status_code == 422


def test_how_long_similar_builds_took_is_told(web, vision, now):
    def outcome():
        sent = {"name": "x", "image": "python:3.11-slim", "text": "numpy==2.1.0\n", "action": "check"}
        return web.post("/w/vision/new/pip/check/", sent, headers=HTMX).text

    assert "A new image will be built." in outcome()
    for seconds in (41, 100):
        make_build(make_version(vision), started_at=now - timedelta(seconds=seconds), finished_at=now)
    assert "A new image will be built; similar builds took 41 s to 1 m 40 s." in outcome()


def test_an_edit_can_be_saved_once_something_has_changed(web, vision):
    version = make_version(vision, "train", "numpy==2.1.0")
    edit = f"{version.get_absolute_url()}edit/"
    sent = {"image": "python:3.11-slim", "text": "numpy==2.1.0\n", "action": "check", "base": "1"}

    def save_button(part):
        return part[part.index('id="save"') :].partition(">")[0]

    assert "disabled" not in save_button(web.get(edit).text)
    assert "disabled" in save_button(web.post(edit, sent, headers=HTMX).text)
    assert "disabled" not in save_button(web.post(edit, sent | {"text": "numpy==2.2.0\n"}, headers=HTMX).text)


def test_images_of_the_newest_versions_are_suggested(web, vision):
    make_version(vision, "train", "numpy", image="debian:12")
    make_version(make_workspace("hidden", editor=make_user("dora")), "train", "numpy", image="hidden:1")
    assert web.get("/w/vision/new/pip/").context["images"] == ["python:3.11-slim", "debian:12"]
