"""The texts of a version: what was typed, the Dockerfile made from it, the files of its context."""

import tarfile
from dataclasses import dataclass

from environments.definitions.digest import from_canonical
from environments.definitions.model import Kind
from environments.models import Version
from environments.services.contexts import context_of
from environments.services.drafts import preview_dockerfile
from environments.services.export import environment_text

MOST_SHOWN = 200_000  # bytes of one file
NAMES = {
    Kind.CONDA: ("conda.yaml", "yaml"),
    Kind.PIP: ("requirements.txt", "text"),
    Kind.IMAGE: ("image.txt", "text"),
    Kind.CONTEXT: ("Dockerfile", "dockerfile"),
}


@dataclass(frozen=True)
class Source:
    """`path` is where the text lies in the context of the version, "" if there is none."""

    name: str
    language: str
    text: str
    path: str = ""


@dataclass(frozen=True)
class ShownFile:
    """A file of a context; text is None where it cannot be shown, and `why` says why."""

    size: int
    language: str
    text: str | None = None
    why: str = ""


def source_of(version: Version) -> Source:
    """The text a person typed. For an image that is its name, for an uploaded context its Dockerfile."""
    name, language = NAMES[Kind(version.kind)]
    text = version.text or version.image
    path = from_canonical(version.definition).context.dockerfile_path if version.context else ""
    if version.context and not version.text:
        shown = context_file(version.context, path)
        text = (shown and shown.text) or ""
    return Source(name, language, text, path)


def environment_file(version: Version) -> Source:
    """The version as Azure ML's environment YAML, its packages inline; a build context is taken to lie beside it."""
    return Source("environment.yml", "yaml", environment_text(version))


def generated_dockerfile(version: Version) -> str:
    """The Dockerfile the studio writes for the version: with its lock once it has one. "" where it writes none."""
    definition = from_canonical(version.definition)
    if definition.kind not in (Kind.CONDA, Kind.PIP):
        return ""
    files = context_of(version)
    return files.dockerfile() if files.files else preview_dockerfile(definition)


def context_file(context, path):
    """The ShownFile at path in a stored context, None if there is none."""
    if path not in {file["path"] for file in context.manifest}:
        return None
    with context.archive.open("rb") as archive, tarfile.open(fileobj=archive) as tar:
        member = tar.getmember(path)
        if member.size > MOST_SHOWN:
            return ShownFile(member.size, "text", why="This file is too large to show.")
        content = tar.extractfile(member).read()
    try:
        return ShownFile(member.size, _language(path), content.decode())
    except UnicodeDecodeError:
        return ShownFile(member.size, "text", why="This file is not text.")


def _language(path):
    name = path.rpartition("/")[2].lower()
    if name.startswith("dockerfile") or name.endswith(".dockerfile"):
        return "dockerfile"
    return {"yml": "yaml", "yaml": "yaml", "sh": "shell"}.get(name.rpartition(".")[2], "text")
