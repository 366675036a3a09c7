"""Versions of any kind, published as the pages do it."""

from environments.contexts import from_texts
from environments.definitions.model import Context, Definition, Kind
from environments.services import drafts
from environments.services.versions import publish_version


def publish(workspace, definition, name="train", **facts):
    version, _ = publish_version(workspace, name, drafts.draft(workspace, definition, **facts), author=None)
    return version


def unchecked(files):
    """The Definition of a context whose Dockerfile nobody has read, as of a version that was saved long ago."""
    return Definition(Kind.CONTEXT, context=Context(files.digest, "Dockerfile"))


def from_dockerfile(workspace, dockerfile, name="train"):
    files = from_texts({"Dockerfile": dockerfile})
    return publish(workspace, drafts.context_definition(files), name, files=files)
