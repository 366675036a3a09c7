"""Who may call: tokens, the session, strangers."""

from datetime import timedelta

import pytest
from django.core.exceptions import PermissionDenied
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import timezone

from environments.models import ApiToken, AuditEvent
from environments.services.setup import ensure_admin
from environments.services.tokens import issue_token, owner_of, revoke_token
from tests.api.conftest import Caller, caller_for
from tests.cast import make_user, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.database]

PATH = "workspaces/vision/environments"
BODY = {"name": "serve", "image": "python:3.11-slim"}


@pytest.mark.parametrize("path", [PATH, "openapi.json", "search/packages", "builds/no-uuid/log"])
def test_a_stranger_is_told_to_send_a_token(vision, path):
    response = Caller().get(path)
    assert response.status_code in (401, 404)
    assert response.json()["detail"]
    if response.status_code == 401:
        assert response["WWW-Authenticate"] == "Bearer"


@pytest.mark.parametrize("secret", ["wrong", "studio_", "é", " "])
def test_an_unknown_token_is_refused(vision, secret):
    assert Caller(secret).get(PATH).status_code == 401


def test_only_a_hash_of_a_token_is_kept(vision):
    token, secret = issue_token(make_user("dora"), "nightly", days=30)
    assert secret not in str(vars(ApiToken.objects.get()))
    assert timezone.now() < token.expires_at < timezone.now() + timedelta(days=31)
    assert AuditEvent.objects.filter(action="token.issue", actor="dora").exists()


def test_a_revoked_token_fails_at_once(vision):
    alice = vision.members.get(role="editor").user
    token, secret = issue_token(alice, "nightly")
    assert Caller(secret).get(PATH).status_code == 200
    revoke_token(token, by=alice)
    assert Caller(secret).get(PATH).status_code == 401


def test_an_expired_token_and_one_of_an_inactive_user_fail(vision):
    alice = vision.members.get(role="editor").user
    token, secret = issue_token(alice, "nightly", days=1)
    ApiToken.objects.filter(pk=token.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert Caller(secret).get(PATH).status_code == 401
    caller = caller_for(alice)
    alice.is_active = False
    alice.save()
    assert caller.get(PATH).status_code == 401


def test_a_token_that_may_only_read_can_look_and_check_but_not_write(vision):
    reader = caller_for(vision.members.get(role="editor").user, scopes=["read"])
    assert reader.get(PATH).status_code == 200
    assert reader.post("check", BODY).status_code == 200
    response = reader.post(PATH, BODY)
    assert response.status_code == 403
    assert "has the scope “read” only" in response.json()["detail"]


def test_the_use_of_a_token_is_noted_at_most_once_a_minute(alice):
    alice.get(PATH)
    first = ApiToken.objects.get().last_used_at
    assert first
    alice.get(PATH)
    assert ApiToken.objects.get().last_used_at == first
    ApiToken.objects.update(last_used_at=first - timedelta(minutes=2))
    alice.get(PATH)
    assert ApiToken.objects.get().last_used_at > first


def test_the_fixed_token_acts_as_admin(vision, settings):
    settings.STUDIO_ADMIN_TOKEN = "a fixed token for automation"
    automation = Caller(settings.STUDIO_ADMIN_TOKEN)
    assert automation.get(PATH).status_code == 401
    ensure_admin("a password")
    assert automation.post(PATH, BODY).status_code == 201
    assert AuditEvent.objects.get(action="version.create").token == "STUDIO_ADMIN_TOKEN"


def test_an_empty_fixed_token_lets_nobody_in(vision, settings):
    settings.STUDIO_ADMIN_TOKEN = ""
    ensure_admin("a password")
    client = Client(headers={"authorization": "Bearer "})
    assert client.get(f"/api/v1/{PATH}").status_code == 401


def test_roles_are_those_of_the_pages(alice, bob, charlie, vision):
    make_version(vision, "train", "numpy")
    version = f"{PATH}/train/versions/1"
    assert [caller.get(version).status_code for caller in (alice, bob, charlie)] == [200, 200, 404]
    assert [caller.post(PATH, BODY).status_code for caller in (alice, bob, charlie)] == [201, 403, 404]
    assert "editor" in bob.post(PATH, BODY).json()["detail"]


def test_everyone_may_read_but_not_write_the_curated(charlie, alice):
    assert charlie.get("workspaces/curated/environments").status_code == 200
    assert alice.post("workspaces/curated/environments", BODY).status_code == 403


def test_the_session_of_a_browser_needs_its_csrf_token_to_write(vision):
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(vision.members.get(role="editor").user)
    path = f"/api/v1/{PATH}"
    assert browser.get(path).status_code == 200
    refused = browser.post(path, BODY, content_type="application/json")
    assert refused.status_code == 403
    assert "CSRF" in refused.json()["detail"]
    browser.cookies["csrftoken"] = token = "a" * 32
    allowed = browser.post(path, BODY, content_type="application/json", headers={"x-csrftoken": token})
    assert allowed.status_code == 201


def test_a_wrong_token_is_not_saved_by_a_session(vision):
    browser = Client(headers={"authorization": "Bearer wrong"})
    browser.force_login(vision.members.get(role="editor").user)
    assert browser.get(f"/api/v1/{PATH}").status_code == 401


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_a_method_that_is_not_possible_is_told_as_json(alice, method):
    response = getattr(alice.client, method)(f"/api/v1/{PATH}")
    assert response.status_code == 405
    assert response.json()["detail"]
    assert "GET" in response["Allow"]


def test_the_openapi_document_describes_every_route_and_its_errors(alice):
    document = alice.get("openapi.json").json()
    assert len(document["paths"]) >= 10
    for path, methods in document["paths"].items():
        for operation in methods.values():
            assert {"401", "403", "404"} <= operation["responses"].keys(), path
            assert operation["security"] == [{"BearerToken": []}, {"SignedIn": []}]
    publish = document["paths"]["/api/v1/workspaces/{ws}/environments"]["post"]
    assert {"200", "201", "400", "409", "413", "415", "422"} <= publish["responses"].keys()
    assert set(publish["requestBody"]["content"]) == {"application/yaml", "application/json", "application/zip"}


def test_an_administrator_issues_a_token_on_the_command_line(vision, capsys):
    call_command("issue_token", "alice", "nightly builds", "--scope", "read", "--days", "30")
    secret = capsys.readouterr().out.strip()
    assert Caller(secret).get(PATH).status_code == 200
    assert ApiToken.objects.get().scopes == "read"


@pytest.mark.parametrize("arguments", [["nobody", "x"], ["alice", ""], ["alice", "x", "--days", "0"]])
def test_the_command_refuses_what_makes_no_sense(vision, arguments):
    with pytest.raises(CommandError):
        call_command("issue_token", *arguments)


def test_a_token_that_may_not_build_saves_but_asks_for_no_build(vision):
    writer = caller_for(vision.members.get(role="editor").user, scopes=["write"])
    refused = writer.post(f"{PATH}?build=1", BODY)
    assert refused.status_code == 403
    assert "“build”" in refused.json()["detail"]
    assert not vision.environments.exists()
    assert writer.post(PATH, BODY).status_code == 201
    assert writer.get(PATH).status_code == 403


def test_a_token_makes_no_tokens(vision):
    _, secret = issue_token(vision.members.get(role="editor").user, "nightly")
    with pytest.raises(PermissionDenied):
        issue_token(owner_of(secret), "stronger")


def test_the_command_binds_a_token_to_a_workspace(vision, capsys):
    call_command("issue_token", "alice", "nightly", "--scope", "read", "--scope", "build", "--workspace", "vision")
    secret = capsys.readouterr().out.strip()
    assert ApiToken.objects.get().scopes == "read build"
    assert Caller(secret).get(PATH).status_code == 200
    assert Caller(secret).get("workspaces/shared/environments").status_code == 404
    with pytest.raises(CommandError, match="no workspace nowhere"):
        call_command("issue_token", "alice", "x", "--workspace", "nowhere")
