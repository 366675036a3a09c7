"""Programs that speak to the API: each with a token of one of the cast."""

import json
import zipfile
from io import BytesIO

import pytest
from django.test import Client

from environments.services.tokens import issue_token


class Caller:
    """A client that sends a token, and bodies of a content type."""

    def __init__(self, secret=None):
        self.client = Client(headers={"authorization": f"Bearer {secret}"} if secret else None)

    def get(self, path, **query):
        return self.client.get(f"/api/v1/{path}", query)

    def post(self, path, body=b"", content_type="application/json"):
        data = json.dumps(body) if isinstance(body, dict) else body
        return self.client.post(f"/api/v1/{path}", data, content_type=content_type)

    def post_yaml(self, path, text):
        return self.post(path, text, "application/yaml")

    def post_zip(self, path, files):
        return self.post(path, zipped(files), "application/zip")


def zipped(files):
    """The bytes of a zip of {path: text}."""
    archive = BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writing:
        for path, text in files.items():
            writing.writestr(path, text)
    return archive.getvalue()


def caller_for(user, **facts):
    return Caller(issue_token(user, "a test", **facts)[1])


@pytest.fixture
def alice(alice):
    """Edits vision."""
    return caller_for(alice)


@pytest.fixture
def bob(bob):
    """May look at vision."""
    return caller_for(bob)


@pytest.fixture
def charlie(charlie):
    """An outsider."""
    return caller_for(charlie)


@pytest.fixture(autouse=True)
def poked(monkeypatch, plain_files):
    """The ids of builds a worker was told of; no broker is spoken to."""
    ids = []
    monkeypatch.setattr("environments.tasks.poke", ids.append)
    return ids
