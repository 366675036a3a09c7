"""Those who send hostile things: a person with a browser, and a program with a token."""

import pytest
from django.test import Client

from environments.models import Environment, Version
from environments.services.tokens import issue_token
from tests.api.conftest import Caller
from tests.cast import make_user, make_workspace
from tests.engine.conftest import client, engine  # noqa: F401


@pytest.fixture
def vision(db):
    """A workspace with alice alone: it is made a thousand times."""
    return make_workspace("vision", editor=make_user("alice"))


@pytest.fixture(scope="session")
def handler():
    """Django with its middleware, loaded once for the thousand requests of the corpus."""
    return Client().handler


@pytest.fixture
def web(alice, plain_files, handler):
    """A browser in which alice is signed in."""
    browser = Client()
    browser.handler = handler
    browser.force_login(alice)
    return browser


@pytest.fixture
def program(alice, plain_files, handler):
    """alice's program."""
    caller = Caller(issue_token(alice, "a test")[1])
    caller.client.handler = handler
    return caller


@pytest.fixture
def assert_nothing_is_saved():
    def check():
        assert not Environment.objects.filter(workspace__slug="vision").exists()
        assert not Version.objects.filter(environment__workspace__slug="vision").exists()

    return check
