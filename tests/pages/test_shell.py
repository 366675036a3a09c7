"""Signing in and out, the theme, and the frame around every page."""

import pytest
from django.core.cache import cache
from django.test import Client

from environments.models import State, Worker
from environments.pages.account import WRONG_LOGINS
from tests.cast import PASSWORD, make_build, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_files")]


@pytest.fixture(autouse=True)
def nobody_has_failed_yet():
    cache.clear()


def sign_in(client, password=PASSWORD, **fields):
    return client.post("/login/", {"username": "alice", "password": password} | fields)


def test_a_stranger_is_asked_to_sign_in_and_comes_back(client, alice):
    asked = client.get("/w/vision/")
    assert asked.url == "/login/?next=/w/vision/"
    assert sign_in(client, next="/w/vision/").url == "/w/vision/"
    assert client.get("/w/vision/").status_code == 200


def test_signing_in_never_leads_to_another_host(client, alice):
    assert sign_in(client, next="https://evil.example/").url == "/"


def test_a_wrong_password_is_told_and_the_name_is_kept(client, alice):
    answer = sign_in(client, "wrong")
    assert answer.status_code == 422
    assert 'value="alice"' in answer.text


def test_after_many_wrong_logins_even_the_right_one_waits(client, alice):
    for _ in range(WRONG_LOGINS):
        assert sign_in(client, "wrong").status_code == 422
    answer = sign_in(client)
    assert answer.status_code == 429
    assert answer["Retry-After"]
    assert "Wait five minutes" in answer.text


def test_other_addresses_may_still_sign_in(client, alice):
    for _ in range(WRONG_LOGINS):
        sign_in(client, "wrong")
    answer = client.post("/login/", {"username": "alice", "password": PASSWORD}, REMOTE_ADDR="192.0.2.7")
    assert answer.status_code == 302


def test_a_part_of_a_page_is_not_replaced_by_the_sign_in_form(client, vision):
    address = "http://testserver/w/vision/?q=torch"
    answer = client.get("/w/vision/?q=torch", headers={"HX-Request": "true", "HX-Current-URL": address}, follow=True)
    assert answer["HX-Redirect"] == "/login/?next=%2Fw%2Fvision%2F%3Fq%3Dtorch"


def typed(csrf=""):
    return {
        "name": "train",
        "text": "numpy\n<b>",
        "image": "python:3.11-slim",
        "csrfmiddlewaretoken": csrf,
        "action": "save",
    }


def test_what_was_typed_survives_the_end_of_the_session(client, vision):
    answer = client.post("/w/vision/new/pip/", typed())
    assert answer.status_code == 403
    assert "numpy\n&lt;b&gt;</textarea>" in answer.text
    assert 'href="/login/?next=/w/vision/new/pip/"' in answer.text


def test_build_arguments_and_texts_of_a_conflict_survive_it_too(client, vision):
    answer = client.post("/w/vision/new/context/", {"args": "CUDA=12", "beside_text": ["mine==1\n"]})
    assert "CUDA=12</textarea>" in answer.text
    assert "mine==1\n</textarea>" in answer.text


def test_what_was_typed_survives_an_old_csrf_token(alice, plain_files):
    client = Client(enforce_csrf_checks=True)
    client.force_login(alice)
    answer = client.post("/w/vision/new/pip/", typed("old"))
    assert answer.status_code == 403
    assert "numpy\n&lt;b&gt;</textarea>" in answer.text


def test_a_password_is_never_shown_again(db, plain_files):
    answer = Client(enforce_csrf_checks=True).post("/login/", {"username": "alice", "password": "hidden-word"})
    assert answer.status_code == 403
    assert "hidden-word" not in answer.text


def test_a_live_check_does_not_lead_away_from_the_text_when_the_session_ended(client, vision):
    answer = client.post("/w/vision/new/pip/check/", typed(), headers={"HX-Request": "true"})
    assert answer.status_code == 403
    assert "HX-Redirect" not in answer


def test_who_may_not_do_something_is_told_what_it_takes(client, vision, bob):
    client.force_login(bob)
    answer = client.get("/w/vision/new/")
    assert answer.status_code == 403
    assert "This needs the role admin or editor in the workspace vision." in answer.text


def test_signing_out_needs_a_post(web):
    assert web.get("/logout/").status_code == 405
    assert web.post("/logout/").url == "/login/"
    assert web.get("/").status_code == 302


def test_the_theme_is_kept_and_rendered(client, db):
    answer = client.post("/theme/", {"theme": "dark", "next": "/login/"})
    assert answer.url == "/login/"
    assert 'data-theme="dark"' in client.get("/login/").text


@pytest.mark.parametrize("back", ["https://evil.example/", "//evil.example", ""])
def test_choosing_a_theme_never_leads_to_another_host(client, db, back):
    assert client.post("/theme/", {"theme": "light", "next": back}).url == "/"


def test_an_unknown_theme_changes_nothing(client, db):
    assert "theme" not in client.post("/theme/", {"theme": "<script>"}).cookies


def test_an_address_without_a_page_answers_404_to_strangers_and_members(client, alice):
    assert client.get("/nothing/").status_code == 404
    client.force_login(alice)
    assert client.get("/nothing/").status_code == 404


def test_a_workspace_one_is_not_in_cannot_be_told_from_none(client, charlie):
    client.force_login(charlie)
    assert client.get("/w/vision/").status_code == client.get("/w/nothing/").status_code == 404


def test_a_viewer_sees_no_button_he_may_not_press(client, vision, bob):
    client.force_login(bob)
    assert "Create environment" not in client.get("/w/vision/").text
    build = make_build(make_version(vision), State.RUNNING)
    assert "/cancel/" not in client.get(build.get_absolute_url()).text


def test_waiting_builds_without_a_worker_are_explained(web, vision):
    make_build(make_version(vision), State.QUEUED)
    assert "No build worker is connected" in web.get("/w/vision/").text


def test_a_worker_that_answers_is_no_news(web, vision, now):
    make_build(make_version(vision), State.QUEUED)
    Worker.objects.create(name="w", host="h", engine="docker", heartbeat_at=now)
    assert "No build worker is connected" not in web.get("/w/vision/").text


def test_the_frame_costs_few_questions(queries_of, vision):
    alone = queries_of("/w/vision/builds/")
    for number in range(20):
        make_workspace(f"other-{number}", viewer=vision.members.first().user)
    assert queries_of("/w/vision/builds/") == alone <= 15


def test_the_start_page_shows_what_one_worked_on(web, vision, alice, bob):
    make_version(vision, "mine", author=alice)
    make_version(vision, "of-bob", author=bob)
    page = web.get("/").text
    assert ">mine</a>" in page
    assert ">of-bob</a>" not in page
    assert "/w/vision/" in page


def test_the_start_page_asks_no_more_for_more(queries_of, vision, alice):
    make_build(make_version(vision, "one", author=alice), State.RUNNING)
    first = queries_of("/")
    for number in range(4):
        make_build(make_version(vision, f"more-{number}", author=alice), State.RUNNING)
    assert queries_of("/") == first


def test_the_start_page_counts_all_builds_under_way(web, vision, alice):
    for number in range(12):
        make_build(make_version(vision, f"env-{number}"), State.RUNNING)
    answer = web.get("/")
    assert answer.context["others_count"] == 12
    assert len(answer.context["others"]) == 10


def test_someone_without_a_workspace_is_told_whom_to_ask(client, charlie):
    client.force_login(charlie)
    assert "Ask an administrator" in client.get("/").text
