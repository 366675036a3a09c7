"""A browser that notes every violation of the policy and every error, and a worker that really builds."""

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings as django_settings
from django.db import connection
from playwright.sync_api import expect

from environments.models import Worker, builds
from tests.browser.walk import violations
from tests.waiting import wait_for

# htmx reports as errors of the console: a request that the next one or the next page replaced, and every answer from
# 400 on. A request that fails otherwise is told as htmx:sendError as well.
HARMLESS = ("htmx:sendAbort", "htmx:afterRequest", "Response Status Error Code 4")
PATIENCE = 60_000  # milliseconds; other tests run beside these, and an engine that builds
expect.set_options(timeout=PATIENCE)


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.browser)


@pytest.fixture
def studio(live_server, vision, settings, monkeypatch):
    """The address of a studio with alice, bob and charlie in it, where builds that no worker runs are not yet lost."""
    monkeypatch.setattr(builds, "SILENT_AFTER", timedelta(hours=1))
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }
    return live_server.url


@pytest.fixture
def watched(page):
    """The page; at the end of the test no error, no refused load and no answer of 500 may have been seen."""
    seen = []
    page.on("pageerror", lambda error: seen.append(f"error: {error}"))
    page.on("console", lambda message: seen.append(message.text) if _is_fault(message) else None)
    page.on("response", lambda answer: seen.append(f"{answer.status} {answer.url}") if answer.status >= 500 else None)
    page.set_default_timeout(PATIENCE)
    yield page
    assert seen == []


def _is_fault(message):
    if "Content Security Policy" in message.text:
        return True
    # Chromium logs every answer from 400 on as an error; those are tested where they are meant.
    is_answer = message.text.startswith("Failed to load resource")
    return message.type == "error" and not is_answer and not message.text.startswith(HARMLESS)


@pytest.fixture
def sign_in(context, client, studio):
    """sign_in(user): the browser has that user's session."""

    def sign_in(user):
        client.force_login(user)
        session = client.cookies[django_settings.SESSION_COOKIE_NAME].value
        context.add_cookies([{"name": django_settings.SESSION_COOKIE_NAME, "value": session, "url": studio}])

    return sign_in


@pytest.fixture(scope="module")
def celery(django_db_setup, docker_host):
    """A Celery worker of its own process, on the tests' database, the tests' broker and the real engine."""
    variables = os.environ | {"DATABASE_URL": _database_url(), "DOCKER_HOST": docker_host, "STUDIO_WORKERS": "1"}
    words = ["celery", "--quiet", "-A", "studio", "worker", "--without-gossip", "--without-mingle"]
    process = subprocess.Popen([sys.executable, "-m", *words, "--loglevel", "WARNING"], env=variables)
    try:
        yield
    finally:
        process.send_signal(signal.SIGQUIT)  # without waiting for a smoke test that may be under way
        process.wait(timeout=60)


@pytest.fixture
def worker(celery, studio, transactional_db):
    """The same worker for all tests of a module, as soon as the empty database of this one knows of it."""
    wait_for(lambda: Worker.objects.alive().exclude(engine="").exists(), "the worker to be there", seconds=60)


def _database_url():
    values = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{values['NAME']}"
    host = values["HOST"].replace("/", "%2F")
    return f"postgresql://{values['USER']}:{values['PASSWORD']}@{host}:{values['PORT']}/{values['NAME']}"


@pytest.fixture
def axe():
    """axe(page): what axe-core finds wrong, as sentences."""
    return violations
