"""What the settings make of environment variables."""

import runpy
import stat

import pytest
from django.core.exceptions import ImproperlyConfigured

from studio import settings as settings_module


@pytest.fixture
def read(monkeypatch, tmp_path):
    """The settings as they are with these variables and a data folder of their own."""

    def read(**variables):
        for name, value in {"STUDIO_DATA_DIR": str(tmp_path / "data"), **variables}.items():
            monkeypatch.setenv(name, value)
        return runpy.run_path(settings_module.__file__)

    for name in ("DATABASE_URL", "STUDIO_URL", "STUDIO_BIND", "STUDIO_SECRET_KEY"):
        monkeypatch.delenv(name, raising=False)
    return read


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("STUDIO_URL", "http:8000"),
        ("STUDIO_URL", "https://studio.example/below"),
        ("STUDIO_URL", "https://user@studio.example"),
        ("STUDIO_URL", "https://studio.example:port"),
        ("STUDIO_URL", "studio.example"),
        ("STUDIO_URL", "http://[::"),
        ("DATABASE_URL", "mysql://studio:geheim@host/studio"),
        ("DATABASE_URL", "postgres://studio:geheim@host:port/studio"),
        ("STUDIO_BROKER_URL", "http://:geheim@host"),
        ("STUDIO_LOG_LEVEL", "LOUD"),
        ("STUDIO_MIRRORS", "/no/such/file"),
        ("STUDIO_PORT", "many"),
        ("STUDIO_TLS_PORT", "many"),
        ("STUDIO_TLS_CERT", "/no/such/file"),
        ("STUDIO_TLS_KEY", __file__),
        ("STUDIO_DATA_DIR", "/dev/null/data"),
    ],
)
def test_a_wrong_value_is_told_by_its_variable_and_shows_no_password(read, name, value):
    with pytest.raises(ImproperlyConfigured, match=name) as refusal:
        read(**{name: value})
    assert "geheim" not in str(refusal.value)


def test_behind_https_cookies_are_secure_and_only_this_host_is_bound_to_it(read):
    settings = read(STUDIO_URL="https://studio.example:8443/")
    assert settings["STUDIO_URL"] == "https://studio.example:8443"
    assert settings["CSRF_TRUSTED_ORIGINS"] == ["https://studio.example:8443"]
    assert "studio.example" in settings["ALLOWED_HOSTS"]
    assert settings["SESSION_COOKIE_SECURE"]
    assert settings["SECURE_HSTS_SECONDS"]
    assert not settings.get("SECURE_HSTS_INCLUDE_SUBDOMAINS")


def test_an_ipv6_address_to_listen_on_makes_a_sound_address(read):
    settings = read(STUDIO_BIND="::1")
    assert (settings["STUDIO_URL"], "[::1]" in settings["ALLOWED_HOSTS"]) == ("http://[::1]:8000", True)


def test_the_data_folder_is_for_us_alone_and_keeps_its_secret(read, tmp_path):
    first, second = read(), read()
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700
    assert stat.S_IMODE((tmp_path / "data/secret-key").stat().st_mode) == 0o600
    assert first["SECRET_KEY"] == second["SECRET_KEY"] != ""
    assert [path.name for path in (tmp_path / "data").glob("secret-key*")] == ["secret-key"]


def test_tls_is_served_beside_http_and_no_browser_is_bound_to_it(read):
    settings = read(STUDIO_URL="http://studio.example:8000")
    assert (settings["TLS_PORT"], settings["TLS_URL"]) == (8443, "https://studio.example:8443")
    assert not settings["SECURE_HSTS_SECONDS"]
    assert not settings["SECURE_SSL_REDIRECT"]
    assert read(STUDIO_TLS_PORT="0")["TLS_URL"] == ""
    behind_a_proxy = read(STUDIO_URL="https://studio.example")
    assert (behind_a_proxy["TLS_PORT"], behind_a_proxy["TLS_URL"]) == (0, "https://studio.example")
