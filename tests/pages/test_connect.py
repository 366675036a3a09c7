"""The page that fills in what connects a program, and the authority it hands out. tests/azure runs its very lines."""

import re
from html import unescape

import pytest
from django.test import Client
from django.urls import reverse

from environments.display import connecting
from environments.services.tokens import issue_token
from studio.launch.certificates import Certificates

pytestmark = pytest.mark.django_db


@pytest.fixture
def served(settings, tmp_path):
    """As `make run` has it: over TLS, with a certificate of the studio's own."""
    settings.TLS_PORT, settings.TLS_URL, settings.TLS_CERT = 8443, "https://studio.example:8443", None
    settings.TLS_AUTHORITY = tmp_path / "tls" / "ca.pem"
    Certificates(tmp_path / "tls", {"studio.example"}).renew()
    return settings


def copied(page):
    """What the copy buttons of a page copy."""
    return [unescape(piece.partition('"')[0]) for piece in page.split('data-copy="')[1:]]


def test_everything_is_filled_in_for_this_server_and_workspace(web, served, vision):
    texts = copied(web.get("/connect/?ws=vision").text)
    assert connecting.client_lines("https://studio.example:8443", "vision") in texts
    assert connecting.variable_lines("https://studio.example:8443") in texts
    assert connecting.credential_lines("vision") in texts
    assert connecting.authority_lines(served.STUDIO_URL + reverse("authority")) in texts
    assert connecting.first_script(may_edit=True) in texts


def test_who_may_only_look_is_shown_how_to_look(client, served, bob, plain_files):
    client.force_login(bob)
    page = client.get("/connect/?ws=vision").text
    assert connecting.first_script(may_edit=False) in copied(page)
    assert "create_or_update" not in page
    assert "?name=Azure+ML+SDK&amp;workspace=vision&amp;scopes=read#new" in page


def test_it_names_the_tokens_that_do_and_prints_no_secret(web, served, alice, vision):
    assert "None of yours does yet" in web.get("/connect/?ws=vision").text
    secrets = [
        issue_token(alice, "everything")[1],
        issue_token(alice, "looks", ["read"])[1],
        issue_token(alice, "elsewhere", workspace=vision.__class__.objects.get(slug="shared"))[1],
    ]
    page = web.get("/connect/?ws=vision").text
    assert ">everything</span> does" in page
    assert ">looks<" not in page
    assert ">elsewhere<" not in page
    assert not any(secret in page for secret in secrets)


def test_the_link_to_make_one_fills_in_the_form(web, served):
    page = web.get("/profile/tokens/?name=Azure+ML+SDK&workspace=vision&scopes=read&scopes=build").text
    assert 'value="Azure ML SDK"' in page
    assert '<option value="vision" selected>' in page
    assert re.findall(r'name="scopes" value="(\w+)"[^>]* checked', page) == ["read", "build"]


def test_without_a_choice_it_is_a_workspace_one_may_edit(web, served):
    assert connecting.credential_lines("vision") in copied(web.get("/connect/").text)


def test_a_workspace_one_may_not_see_is_not_there(client, served, charlie, plain_files):
    client.force_login(charlie)
    assert client.get("/connect/?ws=vision").status_code == 404
    assert client.get("/connect/").status_code == 200


def test_anybody_gets_the_authority_and_nobody_a_key(served, plain_files):
    answer = Client().get("/tls/ca.pem")
    assert answer.content == served.TLS_AUTHORITY.read_bytes()
    assert "studio-ca.pem" in answer["Content-Disposition"]
    for name in ("ca-key.pem", "server.pem"):
        assert Client().get(f"/tls/{name}").status_code in (302, 404)


def test_a_certificate_that_was_given_needs_no_authority_of_ours(web, served):
    served.TLS_CERT = served.TLS_AUTHORITY
    assert Client().get("/tls/ca.pem").status_code == 404
    page = web.get("/connect/").text
    assert "REQUESTS_CA_BUNDLE" not in page
    assert "2. The client" in page


def test_without_tls_the_page_says_so(web, served):
    served.TLS_PORT, served.TLS_URL = 0, ""
    page = web.get("/connect/").text
    assert "serves no TLS" in page
    assert "MLClient(" not in page
    assert "/api/v1/workspaces/vision/environments" in page


def test_it_asks_little_of_the_database(queries_of, served):
    assert queries_of("/connect/") <= 12
