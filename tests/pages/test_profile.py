"""What a person sets for the browser at hand, the pages for errors, and what every page says of itself."""

import io
import logging
import zipfile

import pytest
from django.urls import reverse

from environments.pages import home, profile
from tests.cast import make_build, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database]
SENT = {"theme": "dark", "density": "compact", "zone": "Europe/Berlin"}


def test_what_is_set_holds_on_every_page(web, vision):
    assert web.post("/profile/", SENT).status_code == 303
    page = web.get("/w/vision/").text
    assert 'data-theme="dark"' in page
    assert 'data-density="compact"' in page
    assert "data-shortcuts checked" not in page
    assert "data-wrap" not in page
    web.post("/profile/", SENT | {"theme": "system", "density": "normal", "shortcuts": "on", "wrap": "on"})
    page = web.get("/w/vision/").text
    assert "data-theme=" not in page
    assert "data-density" not in page
    assert "data-shortcuts checked" in page
    assert "data-wrap" in page


def test_the_profile_shows_what_is_set(web):
    assert '<option value="system" selected>' in web.get("/profile/").text
    web.post("/profile/", SENT)
    page = web.get("/profile/").text
    for chosen in ("dark", "compact", "Europe/Berlin"):
        assert f'<option value="{chosen}" selected>' in page


def test_times_are_told_in_the_zone_one_chose(web, vision, now):
    build = make_build(make_version(vision, "train"))
    build.created_at = now.replace(2026, 1, 2, 10, 0, 0)
    build.save()
    assert 'title="2026-01-02 10:00:00 UTC"' in web.get("/w/vision/builds/").text
    web.post("/profile/", SENT)
    assert 'datetime="2026-01-02T10:00:00Z" title="2026-01-02 11:00:00 CET"' in web.get("/w/vision/builds/").text
    web.cookies["zone"] = "../../etc/passwd"
    assert 'title="2026-01-02 10:00:00 UTC"' in web.get("/w/vision/builds/").text


def test_nonsense_is_kept_nowhere(web):
    answer = web.post("/profile/", {"theme": "<b>", "density": "none", "zone": "Nowhere/At-all"})
    assert answer.status_code == 422
    assert not {"theme", "density", "zone", "shortcuts", "wrap"} & set(answer.cookies)


def test_the_profile_lists_what_one_may_do_where(client, web, admin, alice):
    make_workspace("nlp", viewer=alice)
    make_workspace("elsewhere")
    page = web.get("/profile/").text
    for words in ("vision</a>", "Editor", "nlp</a>", "Viewer"):
        assert words in page
    assert "elsewhere" not in page
    assert "Every other workspace" not in page
    client.force_login(admin)
    assert "Every other workspace" in client.get("/profile/").text


def test_every_zone_there_is_can_be_chosen():
    assert "Asia/Kathmandu" in profile.zones()


def test_who_may_not_do_something_is_told_who_can_let_them(client, vision, bob, charlie, plain_files):
    client.force_login(bob)
    assert "It is given by its administrators: a site administrator." in client.get("/w/vision/new/").text
    vision.members.create(user=charlie, role="admin")
    assert "It is given by its administrators: charlie." in client.get("/w/vision/new/").text


def test_an_error_of_ours_has_a_number_that_is_in_the_log(web, monkeypatch, caplog):
    monkeypatch.setattr(home.Environment, "objects", None)
    web.raise_request_exception = False
    with caplog.at_level(logging.ERROR):
        answer = web.get("/")
    assert answer.status_code == 500
    [line] = [record.getMessage() for record in caplog.records if record.name == "environments.pages.errors"]
    incident = line.split()[1].rstrip(":")
    assert f"<code>{incident}</code>" in answer.text
    assert "GET / ended in AttributeError" in line
    assert "AttributeError" not in answer.text


def test_too_much_text_in_a_form_is_told_as_that(web, settings):
    settings.DATA_UPLOAD_MAX_MEMORY_SIZE = 100
    form = "application/x-www-form-urlencoded"
    answer = web.post("/w/vision/new/pip/", "text=" + "x" * 200, content_type=form)
    assert answer.status_code == 413
    assert "Go back, where what you typed still is" in answer.text


def test_a_zip_that_is_too_large_keeps_what_was_typed(web, monkeypatch):
    monkeypatch.setattr("environments.uploads.MAX_UPLOAD_BYTES", 50)
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr("Dockerfile", "FROM python:3.11-slim\n")
    archive.seek(0)
    archive.name = "context.zip"
    sent = {"name": "kept-name", "way": "upload", "upload": archive, "tags": "team=robots", "action": "save"}
    answer = web.post("/w/vision/new/context/", sent)
    assert answer.status_code == 413
    assert 'value="kept-name"' in answer.text
    assert "team=robots" in answer.text


def test_every_page_of_a_workspace_knows_its_keys(web, vision):
    version = make_version(vision, "train")
    for address in ("/w/vision/", "/w/vision/builds/", version.get_absolute_url(), f"{version.get_absolute_url()}use/"):
        page = web.get(address).text
        for key in ("e", "c", "b", "create"):
            assert f'data-key="{key}"' in page, (address, key)
    assert "data-key-search" in web.get("/").text


def test_who_may_not_create_has_no_key_for_it(client, vision, bob, plain_files):
    client.force_login(bob)
    assert 'data-key="create"' not in client.get("/w/vision/").text


def test_strangers_too_can_read_about_accessibility(client, plain_files, db):
    assert "Guidelines 2.2" in client.get("/accessibility/").text
    assert f'href="{reverse("accessibility")}"' in client.get("/accessibility/").text
