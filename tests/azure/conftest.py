"""Programs that speak to the studio as Azure's SDK does, each with a token of one of the cast."""

import base64
import hashlib
import json

import pytest
from django.test import Client

from environments.models import Member, Role
from environments.services.tokens import issue_token
from tests.cast import make_user

ROOT = "/subscriptions/any-sub/resourceGroups/any-rg/providers/Microsoft.MachineLearningServices/workspaces"
API = "api-version=2023-04-01-preview"
HOST = "studio.test:8443"
UPLOAD = "LocalUpload/59a89dbcde5069b06691fb4c74f12a15ed32a62d323851063e31fe9e830fe57d/ctx"
DOCKERFILE = b"FROM python:3.11-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
FOLDER = {"Dockerfile": DOCKERFILE, "requirements.txt": b"requests==2.32.3\n", "sub/a.txt": b"hi\n"}


class Sdk:
    """Sends what the SDK sends. Paths begin below a workspace, `vision` unless another is named."""

    def __init__(self, secret=None, workspace="vision"):
        token = {"authorization": f"Bearer {secret}"} if secret else {}
        self.client = Client(headers={"host": HOST, **token}, raise_request_exception=False)
        self.workspace = workspace
        self.secret = secret

    def at(self, workspace):
        return Sdk(self.secret, workspace)

    def get(self, path, query="", **headers):
        return self.client.get(self._address(path, query), secure=True, headers=headers)

    def put(self, path, **properties):
        body = json.dumps({"properties": properties})
        return self.client.put(self._address(path), body, content_type="application/json", secure=True)

    def delete(self, path):
        return self.client.delete(self._address(path), secure=True)

    def save(self, name="img", version="1", **properties):
        """PUT of a version, with what the SDK never leaves out."""
        sent = {"isAnonymous": False, "isArchived": False} | (properties or {"image": "pytorch/pytorch:latest"})
        return self.put(f"environments/{name}/versions/{version}", **sent)

    def version(self, name="img", version="1"):
        return self.get(f"environments/{name}/versions/{version}")

    def follow(self, address):
        """GET of an absolute address."""
        return self.client.get(address.removeprefix(f"https://{HOST}"), secure=True)

    def head_blob(self, path):
        return self.client.head(self._blob(path), secure=True)

    def get_blob(self, path, query="", **headers):
        return self.client.get(self._blob(path) + query, secure=True, headers=headers)

    def put_blob(self, path, content=b"", query="", **headers):
        sent = {"x-ms-blob-type": "BlockBlob", **headers}
        if not query:
            sent = {"if-none-match": "*", "content-md5": md5(content)} | sent
        address = self._blob(path) + query
        length = {"CONTENT_LENGTH": str(len(content))}  # Django's client leaves it out where it is 0
        kind = "application/octet-stream"
        return self.client.put(address, content, content_type=kind, secure=True, headers=sent, **length)

    def upload(self, files=FOLDER, folder=UPLOAD):
        """As the SDK does it: every file, then the mark of completion at the first."""
        for path, content in files.items():
            assert self.put_blob(f"{folder}/{path}", content).status_code == 201
        self.complete(f"{folder}/{next(iter(files))}")
        return f"https://{HOST}/azureblob/{self.workspace}/{folder}/"

    def complete(self, path):
        marks = {"x-ms-meta-upload_status": "completed", "x-ms-meta-name": "ctx", "x-ms-meta-version": "1"}
        assert self.put_blob(path, query="?comp=metadata", **marks).status_code == 200

    def _address(self, path, query=""):
        return f"{ROOT}/{self.workspace}/{path}".rstrip("/") + f"?{API}" + (f"&{query}" if query else "")

    def _blob(self, path):
        return f"/azureblob/{self.workspace}.blob.x/{self.workspace}/{path}"


def md5(content):
    return base64.b64encode(hashlib.md5(content).digest()).decode()


def sdk_for(user, **facts):
    return Sdk(issue_token(user, "a test", **facts)[1])


@pytest.fixture
def alice(alice):
    """Edits vision."""
    return sdk_for(alice)


@pytest.fixture
def bob(bob):
    """May look at vision."""
    return sdk_for(bob)


@pytest.fixture
def charlie(charlie):
    """A member of nothing."""
    return sdk_for(charlie)


@pytest.fixture
def manager(vision):
    """Administers vision."""
    Member.objects.create(workspace=vision, user=(user := make_user("mona")), role=Role.ADMIN)
    return sdk_for(user)


@pytest.fixture
def admin(admin):
    """Administers the site."""
    return sdk_for(admin)


@pytest.fixture(autouse=True)
def poked(monkeypatch, plain_files, settings):
    """The ids of builds a worker was told of; no broker is spoken to."""
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, HOST.partition(":")[0]]
    ids = []
    monkeypatch.setattr("environments.tasks.poke", ids.append)
    return ids
