"""A hostile entry as a form's fields, and as the bodies the API takes."""

import json
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile

from environments.definitions.digest import from_canonical
from environments.definitions.dockerfile import base_images
from environments.models import Version
from environments.services.contexts import load_context
from tests.hostile.archives import zipped
from tests.hostile.entry import CONDA, DOCKERFILE, ENVIRONMENT, IGNORE, PIP, ZIP, Entry

IMAGE = "python:3.11-slim"
FILE = "environment.yml"
_FORMS = {CONDA: "conda", PIP: "pip"}
_KEYS = {CONDA: "conda_file", PIP: "requirements_file"}
_CONTEXT = "name: x\nbuild: {path: .}\n"


def form_of(entry: Entry) -> str:
    """The kind of environment whose form takes it."""
    return _FORMS.get(entry.kind, "context")


def fields_of(entry: Entry) -> tuple[dict[str, Any], str]:
    """What a person fills in, and the field where a problem is told: the text if it can be typed, else a file."""
    values: dict[str, Any] = {"name": "x", "image": IMAGE, "dockerfile_path": "Dockerfile", "way": "write"}
    if entry.is_text and entry.kind != IGNORE:
        return values | {"text": entry.content.decode()}, "text"
    if entry.is_text:
        files = {"extra_name": [IGNORE, "a", "b/c"], "extra_text": [entry.content.decode(), "", ""]}
        return values | {"text": "FROM a\n"} | files, "extra"
    content = entry.content if entry.kind in _FORMS else archive_of(entry)
    return values | {"way": "upload", "upload": SimpleUploadedFile("sent", content)}, "upload"


def archive_of(entry: Entry, *named: tuple[str, bytes]) -> bytes:
    """A zip with it, and with files beside it; a zip that is itself the entry stays as it is."""
    if entry.kind == ZIP:
        return entry.content
    if entry.kind == IGNORE:
        return zipped([(IGNORE, entry.content), ("a", b""), ("b/c", b""), *named])
    return zipped(named, first=(entry.kind if entry.kind == DOCKERFILE else _KEYS[entry.kind], entry.content))


def bodies_of(entry: Entry) -> dict[str, bytes]:
    """{content type: body}: the entry as YAML if it is an environment, else in a zip beside one, and as JSON."""
    if entry.kind == ENVIRONMENT:
        return {"application/yaml": entry.content}
    key = _KEYS.get(entry.kind)
    yaml = f"name: x\nimage: {IMAGE}\n{key}: {key}\n" if key else _CONTEXT
    bodies = {"application/zip": archive_of(entry, (FILE, yaml.encode()))}
    if key and isinstance(entry.data, str):
        text = entry.data if "\n" in entry.data else f"{entry.data}\n"
        bodies["application/json"] = json.dumps({"name": "x", "image": IMAGE, key: text}).encode()
    return bodies


def saved(entry: Entry) -> Any:
    """What the one version there is was made from, in the form of Entry.reads."""
    version = Version.objects.get(environment__workspace__slug="vision")
    definition = from_canonical(version.definition)
    if entry.kind == CONDA:
        return definition.conda
    if entry.kind == PIP:
        return definition.requirements
    if entry.kind == ENVIRONMENT:
        return version.environment.name, version.name, definition.image, version.tags
    if entry.kind == DOCKERFILE:
        return tuple(base_images(load_context(version.context).dockerfile()))
    return tuple(file["path"] for file in version.context.manifest)
