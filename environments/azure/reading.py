"""The body of a PUT as a definition and as wishes. Raises DefinitionError or Refused for what is wrong with it."""

import json
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from environments.azure.arm import Refused
from environments.azure.writing import OURS, ROUTES
from environments.contexts import ContextFiles
from environments.definitions.model import Definition
from environments.definitions.parse import parse_environment
from environments.definitions.text import clean_text

MOST_BYTES = 1024 * 1024
MOST_DEPTH = 50
NO_OBJECT = "The body is no JSON object with “properties”."
FOLDER = "."  # stands for the uploaded folder while the rest of the definition is read


@dataclass(frozen=True, slots=True)
class Sent:
    """A version as it was sent. What the body did not mention is None: then what there is stays as it is.

    `address` is that of an uploaded build context, "" where there is none; its digest is then still to be found.
    """

    definition: Definition
    text: str
    address: str
    description: str | None
    tags: dict[str, str] | None
    properties: dict[str, str] | None
    archived: bool | None
    anonymous: bool

    def with_files(self, files: ContextFiles, definition: Definition) -> "Sent":
        """The same with the uploaded folder in it; `definition` is that of the folder."""
        whole = replace(self.definition, context=definition.context)
        return replace(self, definition=whole, text=files.dockerfile(whole.context.dockerfile_path))


def read_properties(request, *, numbers: Callable[[str], Any] = str) -> dict[str, Any]:
    """The object `properties` of the body; numbers are texts as they were written, unless `numbers` reads them."""
    data = request.read(MOST_BYTES + 1)
    if len(data) > MOST_BYTES:
        raise Refused(413, f"The body is larger than {MOST_BYTES // 1024} kB.", code="RequestBodyTooLarge")
    try:
        value = json.loads(data.decode("utf-8-sig"), parse_int=numbers, parse_float=numbers, parse_constant=finite)
    except (ValueError, RecursionError):
        raise Refused(400, NO_OBJECT) from None
    properties = value.get("properties") if isinstance(value, dict) else None
    if not isinstance(properties, dict):
        raise Refused(400, NO_OBJECT)
    return _cleaned(properties)


def finite(written: str) -> int | float:
    """A number that every reader of JSON takes. Raises ValueError."""
    value = float(written)
    if not math.isfinite(value):
        raise ValueError(written)
    return int(written) if written.lstrip("-").isdigit() else value


def read_version(request) -> Sent:
    """A version of an environment. Its definition is read as the YAML of the same words would be."""
    return version_from(read_properties(request))


def version_from(sent: Mapping[str, Any]) -> Sent:
    """The same from the object `properties`."""
    build = sent.get("build")
    address = str(build.get("contextUri") or "") if isinstance(build, dict) else ""
    document = parse_environment(json.dumps(_as_yaml(sent, build, address), ensure_ascii=False))
    mentioned = {name for name in ("description", "tags", "properties") if sent.get(name) is not None}
    kept = {name: value for name, value in document.properties.items() if not name.startswith(OURS)}
    return Sent(
        definition=document.definition,
        text=document.text,
        address=address,
        description=document.description if "description" in mentioned else None,
        tags=dict(document.tags) if "tags" in mentioned else None,
        properties=kept if "properties" in mentioned else None,
        archived=_flag(sent, "isArchived"),
        anonymous=bool(_flag(sent, "isAnonymous")),
    )


def read_container(request):
    """(description, tags, archived) of an environment, each None where it was not mentioned."""
    sent = read_properties(request)
    document = version_from({"image": "python:3"} | {name: sent.get(name) for name in ("description", "tags")})
    return document.description, document.tags, _flag(sent, "isArchived")


def _as_yaml(sent, build, address):
    """The keys of an environment file that say the same."""
    inference = sent.get("inferenceConfig")
    if isinstance(inference, dict):
        inference = {ROUTES.get(name, name): route for name, route in inference.items() if route is not None}
    if isinstance(build, dict):
        build = {"path": FOLDER if address else None, "dockerfile_path": build.get("dockerfilePath")}
    conda = sent.get("condaFile")
    return {
        "image": sent.get("image"),
        "conda_file": f"{conda}\n" if isinstance(conda, str) and conda and "\n" not in conda else conda or None,
        "build": build,
        "os_type": sent.get("osType"),
        "inference_config": inference,
        **{name: sent.get(name) for name in ("description", "tags", "properties")},
    }


def _flag(sent, name):
    value = sent.get(name)
    if value is not None and not isinstance(value, bool):
        raise Refused(400, f"“{name}” is true or false.")
    return value


def _cleaned(value, depth=0):
    """The value with every text in it cleaned, for JSON can hold characters that no text file may."""
    if depth > MOST_DEPTH:
        raise Refused(400, "The body is nested too deeply.")
    if isinstance(value, str):
        return clean_text(value, "body")
    if isinstance(value, list):
        return [_cleaned(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {clean_text(name, "body"): _cleaned(item, depth + 1) for name, item in value.items()}
    return value
