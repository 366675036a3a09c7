"""Versions of any kind, published as the pages do it."""

from environments.contexts import from_texts
from environments.services import drafts
from environments.services.versions import publish_version


def publish(workspace, definition, name="train", **facts):
    version, _ = publish_version(workspace, name, drafts.draft(workspace, definition, **facts), author=None)
    return version


def from_dockerfile(workspace, dockerfile, name="train"):
    files = from_texts({"Dockerfile": dockerfile})
    return publish(workspace, drafts.context_definition(files), name, files=files)
