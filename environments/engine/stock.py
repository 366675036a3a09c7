"""What the engine's disk holds, and how its build cache is made smaller. See the Engine API, SystemDataUsage."""

from collections.abc import Mapping
from typing import Any

from docker import APIClient
from docker.errors import APIError
from docker.utils import version_gte
from requests.exceptions import Timeout

from environments.engine.client import post
from environments.engine.protocol import HeldImage, Stock

NO_NAME = ("<none>:<none>", "<none>@<none>")
CHOOSES_TYPES, NAMES_MOST_USED, IN_GROUPS = "1.42", "1.48", "1.52"  # the API versions that brought these


def read_stock(client: APIClient) -> Stock:
    """All images but the intermediate ones of the classic builder, and the size of the build cache."""
    answer = _usage(client, "image", "build-cache")
    images = tuple(_image(entry) for entry in _entries(answer, "Images", "ImageUsage"))
    cache = _entries(answer, "BuildCache", "BuildCacheUsage")
    total = answer.get("LayersSize") or (answer.get("ImageUsage") or {}).get("TotalSize") or 0
    return Stock(images, total, sum(entry["Size"] for entry in cache if not entry["Shared"]))


def is_building(client: APIClient) -> bool:
    """Whether any build goes on, up to its image's being written: of the build cache something is in use then.

    An engine that does not tell, or not in time, is thought to be building: Docker 20.10 answers one such question at a
    time.
    """
    try:
        cache = _entries(_usage(client, "build-cache"), "BuildCache", "BuildCacheUsage")
    except (Timeout, APIError):
        return True
    return any(entry["InUse"] for entry in cache)


def prune_cache(client: APIClient, keep_bytes: int) -> int:
    """Returns the bytes won."""
    limit = "max-used-space" if version_gte(client.api_version, NAMES_MOST_USED) else "keep-storage"
    with post(client, "/build/prune", params={limit: keep_bytes}) as response:
        return int(response.json().get("SpaceReclaimed") or 0)


def _usage(client: APIClient, *types: str) -> Mapping[str, Any]:
    sdk: Any = client
    choice = {"type": types} if version_gte(client.api_version, CHOOSES_TYPES) else {}
    whole = {"verbose": "1"} if version_gte(client.api_version, IN_GROUPS) else {}
    answer: Mapping[str, Any] = sdk._result(sdk._get(sdk._url("/system/df"), params=choice | whole), True)
    return answer


def _entries(answer: Mapping[str, Any], name: str, group: str) -> list[Mapping[str, Any]]:
    """One kind of thing: a list of its own, or since API 1.52 the items of a group."""
    return answer.get(name) or (answer.get(group) or {}).get("Items") or []


def _image(entry: Mapping[str, Any]) -> HeldImage:
    shared = max(entry.get("SharedSize", 0), 0)  # -1: not worked out
    return HeldImage(
        image_id=entry["Id"],
        names=_names(entry, "RepoTags"),
        digests=_names(entry, "RepoDigests"),
        labels=entry.get("Labels") or {},
        size=entry["Size"],
        own=max(entry["Size"] - shared, 0),
        created=float(entry["Created"]),
        has_container=entry.get("Containers", 0) > 0,
    )


def _names(entry: Mapping[str, Any], kind: str) -> tuple[str, ...]:
    return tuple(name for name in entry.get(kind) or () if name not in NO_NAME)
