"""The page of one's tokens: made with what was chosen, shown once, revoked at once."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from environments.models import ApiToken, AuditEvent
from environments.services.tokens import issue_token
from tests.cast import make_version

pytestmark = [pytest.mark.django_db, pytest.mark.database]
PAGE = "/profile/tokens/"
SENT = {"name": "nightly", "scopes": ["read", "build"], "workspace": "vision", "days": "30"}


def secret_on(answer):
    return re.search(r"studio_[\w-]{43}", answer.text)[0]


def call(secret, path="vision/environments"):
    return Client(headers={"authorization": f"Bearer {secret}"}).get(f"/api/v1/workspaces/{path}").status_code


def test_a_token_is_made_as_chosen_and_its_secret_shown_once(web, alice):
    answer = web.post(PAGE, SENT)
    assert answer.status_code == 201
    assert "no-store" in answer["Cache-Control"]
    secret, token = secret_on(answer), ApiToken.objects.get()
    assert secret not in web.get(PAGE).text
    assert (token.user, token.name, token.scopes, token.workspace.slug) == (alice, "nightly", "read build", "vision")
    assert timedelta(days=29) < token.expires_at - timezone.now() < timedelta(days=31)
    assert (call(secret), call(secret, "curated/environments")) == (200, 404)


def test_the_form_offers_the_places_one_may_see_and_bounds_the_days(web, settings, vision):
    settings.TOKEN_DAYS = 60
    page = web.get(PAGE).text
    assert '<option value="vision">' in page
    assert 'value="60"' in page  # the usual 90 are more than the site allows
    for wrong, words in (
        ({"days": "61"}, "less than or equal to 60"),
        ({"days": "0"}, "greater than or equal to 1"),
        ({"scopes": []}, "Choose at least one"),
        ({"scopes": ["admin"]}, "not one of the available choices"),
        ({"workspace": "elsewhere"}, "not one of the available choices"),
        ({"name": ""}, "required"),
    ):
        answer = web.post(PAGE, SENT | wrong)
        assert answer.status_code == 422
        assert words in answer.text
    assert not ApiToken.objects.exists()


def test_sending_the_form_again_makes_no_second_token(web):
    web.post(PAGE, SENT)
    answer = web.post(PAGE, SENT)
    assert answer.status_code == 422
    assert "You have a token of this name" in answer.text
    assert ApiToken.objects.count() == 1


def test_a_token_is_revoked_at_once_and_who_does_it_is_told_that_it_is_for_good(web):
    secret = secret_on(web.post(PAGE, SENT))
    address = f"{PAGE}{ApiToken.objects.get().pk}/revoke/"
    assert "cannot be undone" in web.get(address).text
    assert call(secret) == 200
    assert web.post(address).status_code == 303
    assert call(secret) == 401
    assert "Revoked" in web.get(PAGE).text
    assert web.post(PAGE, SENT).status_code == 201  # its name is free again


def test_the_tokens_of_others_are_not_there(web, bob):
    token, secret = issue_token(bob, "of bob")
    assert "of bob" not in web.get(PAGE).text
    assert web.post(f"{PAGE}{token.pk}/revoke/").status_code == 404
    assert call(secret) == 200


def test_the_page_says_how_each_token_stands(web, alice):
    issue_token(alice, "for good")
    used, secret = issue_token(alice, "used", days=3)
    call(secret)
    expired, _ = issue_token(alice, "old", days=1)
    ApiToken.objects.filter(pk=expired.pk).update(expires_at=timezone.now() - timedelta(days=1))
    page = web.get(PAGE).text
    for words in ("Usable", "Expired", "never", "not used yet", "all of yours", "read, write, build", f"#{used.pk}"):
        assert words in page
    assert page.count("/revoke/") == 2


def test_many_tokens_ask_no_more_of_the_database(queries_of, alice, vision):
    issue_token(alice, "one", workspace=vision)
    few = queries_of(PAGE)
    for number in range(30):
        issue_token(alice, f"token {number}", workspace=vision)
    assert queries_of(PAGE) <= max(few, 12)


def test_whatever_a_token_does_is_recorded_with_its_name(vision, alice, plain_files, monkeypatch):
    monkeypatch.setattr("environments.tasks.poke", lambda build_id: None)
    token, secret = issue_token(alice, "nightly")
    make_version(vision, "train", "numpy", author=alice)
    program = Client(headers={"authorization": f"Bearer {secret}"})
    path = "/api/v1/workspaces/vision/environments"
    program.post(f"{path}?build=1", {"name": "serve", "image": "python:3.11-slim"}, content_type="application/json")
    program.patch(f"{path}/serve", {"description": "x"}, content_type="application/json")
    done = AuditEvent.objects.filter(subject__contains="serve").values_list("action", "token")
    assert {action for action, _ in done} >= {"version.create", "build.request", "environment.describe"}
    assert {name for _, name in done} == {f"nightly #{token.pk}"}
    assert not AuditEvent.objects.filter(subject__contains="train").exclude(token="").exists()
    [*events] = program.get(f"{path}/serve/activity").json()["items"]
    assert {event["token"] for event in events} == {f"nightly #{token.pk}"}
    browser = Client()
    browser.force_login(alice)
    assert f"with the token nightly #{token.pk}" in browser.get("/w/vision/env/serve/activity/").text
