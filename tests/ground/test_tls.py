"""The certificate of the studio's own, and what is said where https cannot be served."""

import socket
import ssl
import threading
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import pytest
from cryptography import x509
from django.test import Client

from studio.launch import tls
from studio.launch.addresses import bracketed
from studio.launch.certificates import AUTHORITY_LASTS, LASTS, RENEWED, Certificates
from studio.launch.commands import LaunchError
from tests.cast import PASSWORD, make_user
from tests.ports import free_port

HOSTS = {"studio.example", "localhost", "127.0.0.1", "::1", "bücher"}


@pytest.fixture
def own(tmp_path):
    return Certificates(tmp_path / "tls", HOSTS)


def shown(own):
    return x509.load_pem_x509_certificate(own.server.read_bytes())


def greet(own, host):
    """Shake hands as with a server of this name, as a client that knows the authority."""
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(own.server, own.server)
    client = ssl.create_default_context(cafile=own.authority)
    client.verify_flags |= ssl.VERIFY_X509_STRICT  # as Python 3.13 asks by itself
    ours, theirs = socket.socketpair()
    answering = threading.Thread(target=_answer, args=(server, theirs))
    answering.start()
    try:
        with ours, client.wrap_socket(ours, server_hostname=host) as greeted:
            return greeted.version()
    finally:
        answering.join()


def _answer(server, connection):
    with connection, suppress(OSError):
        server.wrap_socket(connection, server_side=True).close()


def test_clients_that_know_the_authority_trust_every_name_of_the_server(own):
    assert own.renew()
    for host in ("studio.example", "localhost", "127.0.0.1", "::1"):
        assert greet(own, host).startswith("TLS")
    with pytest.raises(ssl.SSLCertVerificationError):
        greet(own, "other.example")


def test_only_we_may_read_the_keys(own):
    own.renew()
    assert {path.stat().st_mode & 0o777 for path in own.folder.iterdir()} == {0o600}
    assert own.folder.stat().st_mode & 0o777 == 0o700
    assert b"PRIVATE" not in own.authority.read_bytes()


def test_it_is_made_anew_before_it_ends_and_the_authority_stays(own):
    own.renew()
    first, authority, now = own.server.read_bytes(), own.authority.read_bytes(), datetime.now(UTC)
    assert not own.renew(now + LASTS - RENEWED - timedelta(days=1))
    assert own.server.read_bytes() == first
    assert own.renew(now + LASTS - RENEWED + timedelta(days=1))
    assert own.server.read_bytes() != first
    assert own.authority.read_bytes() == authority
    assert own.renew(now + AUTHORITY_LASTS - LASTS + timedelta(days=1))
    assert own.authority.read_bytes() != authority


def test_what_was_made_while_the_clock_was_ahead_is_made_anew(own):
    own.renew(datetime.now(UTC) + timedelta(days=2))
    assert own.renew()
    assert greet(own, "localhost")
    assert not own.renew()


def test_what_does_not_fit_is_made_anew(own):
    own.renew()
    own.hosts = HOSTS | {"another.example"}
    assert own.renew()
    assert greet(own, "another.example")
    own.server.write_text("cut off")
    assert own.renew()
    own.authority_key.unlink()
    assert own.renew()  # nothing can be signed without it, so there is another authority
    assert greet(own, "localhost")
    assert not own.renew()


def test_an_authority_that_cannot_be_read_is_not_replaced(own):
    own.renew()
    known = own.authority.read_bytes()
    own.authority_key.unlink()
    own.authority_key.symlink_to(own.authority_key)
    with pytest.raises(OSError, match="symbolic links"):
        own.renew()
    assert own.authority.read_bytes() == known


@pytest.fixture
def configured(settings, tmp_path):
    settings.STUDIO_BIND, settings.TLS_CERT, settings.TLS_KEY = "127.0.0.1", None, None
    settings.TLS_AUTHORITY = tmp_path / "tls" / "ca.pem"
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        settings.TLS_PORT = listener.getsockname()[1]
        listener.listen()
        yield settings


def test_a_port_in_use_is_told_and_stops_nothing(configured, capsys):
    assert tls.prepare_tls().options == []
    said = capsys.readouterr().out
    assert f"port {configured.TLS_PORT}" in said
    assert "STUDIO_TLS_PORT" in said
    assert "goes on without TLS" in said


def test_the_port_of_http_is_not_taken_away(configured, capsys):
    configured.TLS_PORT = configured.STUDIO_PORT
    assert tls.prepare_tls().options == []
    assert "STUDIO_TLS_PORT" in capsys.readouterr().out


def test_the_options_name_what_was_made_or_given(configured, own, tmp_path):
    configured.TLS_PORT = free = free_port()
    options = tls.prepare_tls().options
    assert options[:2] == ["--bind", f"127.0.0.1:{free}"]
    assert options[3] == str(tmp_path / "tls" / "server.pem")
    assert b"PRIVATE" not in configured.TLS_AUTHORITY.read_bytes()
    configured.TLS_CERT = configured.TLS_KEY = tmp_path / "tls" / "server.pem"
    assert tls.prepare_tls().options[2:] == options[2:]


@pytest.mark.django_db
def test_the_certificate_names_what_requests_are_answered_under():
    assert {"localhost", "127.0.0.1", "::1"} <= tls.hosts()
    for host in tls.hosts():
        assert Client().get("/healthz", headers={"host": f"{bracketed(host)}:8443"}).status_code == 200, host


@pytest.mark.django_db
def test_one_signs_in_and_sends_forms_over_tls_and_http_stays_possible(plain_files):
    make_user("dora")
    there = "https://127.0.0.1:8443"
    browser = Client(enforce_csrf_checks=True, headers={"host": "127.0.0.1:8443", "origin": there})
    page = browser.get("/login/", secure=True)
    assert "Strict-Transport-Security" not in page
    sent = {"username": "dora", "password": PASSWORD, "csrfmiddlewaretoken": browser.cookies["csrftoken"].value}
    assert browser.post("/login/", sent, secure=True)["Location"] == "/"
    assert not browser.cookies["sessionid"]["secure"]
    sent = {"theme": "dark", "csrfmiddlewaretoken": browser.cookies["csrftoken"].value}
    assert browser.post("/theme/", sent, secure=True).status_code < 400
    browser.defaults["HTTP_ORIGIN"] = "https://other.example"
    assert browser.post("/theme/", sent, secure=True).status_code == 403


def test_a_given_certificate_of_no_use_is_told_at_the_start(configured, own, tmp_path):
    own.renew()
    configured.TLS_CERT, configured.TLS_KEY = own.authority, own.server
    with pytest.raises(LaunchError, match="STUDIO_TLS_CERT and STUDIO_TLS_KEY"):
        tls.prepare_tls()


def test_a_folder_that_cannot_be_written_stops_nothing(configured, tmp_path, capsys):
    configured.TLS_PORT = free_port()
    (tmp_path / "tls").write_text("in the way")
    assert tls.prepare_tls().options == []
    assert "goes on without TLS" in capsys.readouterr().out
