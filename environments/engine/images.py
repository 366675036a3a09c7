"""Images an engine holds: finding, pulling through the mirrors, naming and dropping them."""

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from docker import APIClient
from docker.errors import NotFound
from docker.utils import parse_repository_tag

from environments.engine.client import inspect
from environments.engine.mirrors import Mirrors, full_name
from environments.engine.protocol import ImageInfo, Layer
from environments.engine.pulling import pull
from environments.engine.wording import image_unavailable

_OF_NO_SHELL = re.compile(r"^/bin/sh -c #\(nop\)\s*")
_OF_A_SHELL = re.compile(r"^(RUN )?(\|\d+ .*? )?/bin/sh -c ", re.DOTALL)
_MAKES_A_LAYER = re.compile(r"(RUN|COPY|ADD|WORKDIR) ")


def find(client: APIClient, reference: str, mirrors: Mirrors) -> ImageInfo | None:
    """The image if the engine holds it, by any of its names or its whole id: the engine itself takes parts of ids."""
    inspected = inspect(client, reference)
    if inspected is None or not _is_called(inspected, reference):
        return None
    info = describe(client, reference, inspected)
    served = mirrors.image(reference)
    came_from_mirror = served is not None and _repository(served) in map(
        _repository, inspected.get("RepoDigests") or ()
    )
    return replace(info, served_by=served) if served and came_from_mirror else info


def fetch(client: APIClient, reference: str, mirrors: Mirrors, still_wanted: Callable[[], None]) -> ImageInfo:
    """Fetch an image from where the mirrors say, or else from its own registry. Raises ImageUnavailable.

    What a mirror served also gets the name that was asked for, which is the one Dockerfiles use.
    """
    mirror = mirrors.image(reference)
    served_by = mirror or full_name(reference)
    trouble = pull(client, served_by, still_wanted)
    if trouble:
        raise image_unavailable(reference, trouble, mirror or "")
    inspected = inspect(client, served_by)
    if inspected is None:
        raise image_unavailable(reference, "not found", mirror or "")
    if mirror and "@" not in reference:
        add_name(client, inspected["Id"], reference)
    return replace(describe(client, reference, inspected), served_by=served_by)


def add_name(client: APIClient, image_id: str, full: str) -> None:
    """Give an image one more name; without a tag it is `latest`."""
    repository, tag = parse_repository_tag(full)
    client.tag(image_id, repository, tag or "latest")


def drop(client: APIClient, full: str) -> None:
    """Take a name away, and with the last name the image. Nothing happens if there is none."""
    try:
        client.remove_image(full)
    except NotFound:
        return


def describe(client: APIClient, reference: str, inspected: Mapping[str, Any]) -> ImageInfo:
    """What the engine's inspection of an image says, in our words."""
    config = inspected.get("Config") or {}
    return ImageInfo(
        reference=reference,
        image_id=inspected["Id"],
        repo_digest=_digest(reference, inspected.get("RepoDigests") or ()),
        size=inspected.get("Size", 0),
        layers=_layers(client, inspected),
        os_type=inspected.get("Os", ""),
        architecture=inspected.get("Architecture", ""),
        user=config.get("User") or "",
        entrypoint=_words(config.get("Entrypoint")),
        command=_words(config.get("Cmd")),
        environment=dict(pair.split("=", 1) for pair in config.get("Env") or () if "=" in pair),
        labels=config.get("Labels") or {},
        created=inspected.get("Created") or "",
        triggers=_words(config.get("OnBuild")),
    )


def _is_called(inspected: Mapping[str, Any], reference: str) -> bool:
    if reference == inspected["Id"]:
        return True
    starts_like_an_id = inspected["Id"].removeprefix("sha256:").startswith(reference.removeprefix("sha256:"))
    return not starts_like_an_id or full_name(reference) in map(full_name, inspected.get("RepoTags") or ())


def _words(command: str | list[str] | None) -> tuple[str, ...]:
    words = [command] if isinstance(command, str) else command or []
    return tuple(word.replace("\0", "\ufffd") for word in words)  # PostgreSQL cannot store NUL


def _digest(reference: str, repo_digests: Iterable[str]) -> str | None:
    """`sha256:...` of the manifest, that of the asked repository first; None for an image never pulled or pushed."""
    known = {_repository(entry): entry.partition("@")[2] for entry in sorted(repo_digests, reverse=True)}
    return known.get(_repository(reference)) or next(reversed(known.values()), None)


def _repository(reference: str) -> str:
    repository, _ = parse_repository_tag(full_name(reference))
    return str(repository)


def _layers(client: APIClient, inspected: Mapping[str, Any]) -> tuple[Layer, ...]:
    """The engine tells sizes by step of the history, and not every step made a layer."""
    digests = (inspected.get("RootFS") or {}).get("Layers") or []
    sdk: Any = client
    history = list(reversed(sdk.history(inspected["Id"])))
    filled = [step for step in history if step["Size"]]
    made = [step for step in history if step["Size"] or _MAKES_A_LAYER.match(step.get("CreatedBy") or "")]
    steps = next((steps for steps in (filled, made) if len(steps) == len(digests)), [{"Size": 0}] * len(digests))
    return tuple(
        Layer(digest, step["Size"], _instruction(step.get("CreatedBy") or ""))
        for digest, step in zip(digests, steps, strict=True)
    )


def _instruction(made_by: str) -> str:
    """The instruction without what the engine puts around it: `#(nop)`, `# buildkit`, values of ARG, the shell."""
    text = made_by.replace("\0", "\ufffd").removesuffix("# buildkit").strip()
    return _OF_A_SHELL.sub("RUN ", _OF_NO_SHELL.sub("", text))
