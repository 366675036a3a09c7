"""What every check of the driver stands on: the clients, the names of this run, and the list of checks."""

import os
import sys
import time
import uuid
from pathlib import Path
from tempfile import mkdtemp

URL, WORKSPACE, CA = sys.argv[1:4]
TOKEN = sys.stdin.readline().strip()
os.environ["REQUESTS_CA_BUNDLE"] = CA
VARIABLES = dict(os.environ)  # before the SDK adds its own

from azure.ai.ml import MLClient  # noqa: E402
from azure.core.credentials import AccessToken  # noqa: E402

RUN = uuid.uuid4().hex[:8]  # every run has names of its own, so that a studio can be driven twice
CHECKS = []
ACTIVE = ("none", "queued", "running")


class Token:
    def __init__(self, secret):
        self.secret = secret

    def get_token(self, *scopes, **kwargs):
        return AccessToken(self.secret, int(time.time()) + 86_400)


def client(secret=TOKEN, workspace=WORKSPACE, **more):
    places = ("azure_portal", "resource_manager", "active_directory", "aml_resource_id")
    metadata = dict.fromkeys((*places, "registry_discovery_endpoint"), URL) | {"storage_endpoint": "x"}
    more = {"workspace_name": workspace} | more
    return MLClient(Token(secret), "any-sub", "any-rg", cloud="studio", cloud_metadata=metadata, **more)


ML = client()


def check(function):
    CHECKS.append(function)
    return function


def named(name):
    return f"{name}-{RUN}"


def raises(kind, call, *words):
    """The error that the call ends with; its text must hold the words."""
    try:
        call()
    except kind as error:
        raised = error
    else:
        raise AssertionError(f"no {kind.__name__} was raised")
    missing = [word for word in words if word not in str(raised)]
    assert not missing, f"“{raised}” does not say {missing}"
    return raised


def folder(files):
    """A new folder with these {path: bytes}."""
    root = Path(mkdtemp(prefix="driver-"))
    for path, content in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return root


CONDA = {"channels": ["conda-forge"], "dependencies": ["python=3.11", {"pip": ["rich==13.7.1"]}], "name": "t"}
DOCKERFILE = b"FROM python:3.11-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
SMALL = {"Dockerfile": DOCKERFILE, "requirements.txt": b"requests==2.32.3\n", "sub/a.txt": b"hi\n"}
