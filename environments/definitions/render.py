"""From a definition and its lock to a Dockerfile and the files beside it, the same bytes for the same values."""

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass

from environments.definitions.asked import conda_packages, pip_requirements, python_requirement
from environments.definitions.model import Definition

__all__ = ["Rendered", "conda_packages", "image_key", "pip_requirements", "python_requirement", "render"]

TEMPLATE_VERSION = "1"  # raised when the template makes other images from the same lock
LOCK_FILE = "requirements.lock"
INDEX_SETTINGS = "uv.toml"
CA_BUNDLE = "ca.crt"

_ROOT = frozenset({"", "0", "root", "0:0", "root:root"})
_WORD = re.compile(r"[A-Za-z0-9_./:@+-]+")

# The mounts lie on a tmpfs over /run, so that not even their mount points stay in the image. The Python is
# the one that `python3` means in the base, in a virtual environment or not: `--system` would pass over those.
_INSTALL = """\
RUN --mount=type=tmpfs,target=/run \\
    --mount=type=bind,from={tools},source=/uv,target=/run/studio/uv \\
    --mount=type=bind,source={lock_file},target=/run/studio/{lock_file} \\
    --mount=type=bind,source={index_settings},target=/run/studio/{index_settings} \\
    --mount=type=bind,source={ca_bundle},target=/run/studio/{ca_bundle} \\
    --mount=type=cache,id={cache_id},target=/run/studio/cache \\
    TMPDIR=/run/studio SSL_CERT_FILE=/run/studio/{ca_bundle} UV_CONFIG_FILE=/run/studio/{index_settings} \\
    UV_LINK_MODE=copy /run/studio/uv pip install --no-progress \\
    --python "$(command -v python3)" --break-system-packages --no-deps --require-hashes \\
    --cache-dir /run/studio/cache -r /run/studio/{lock_file}
"""


@dataclass(frozen=True, slots=True)
class Rendered:
    """A Dockerfile, and the files of its context that are ours.

    The caller adds uv.toml and ca.crt: where packages come from is the site's business and no part of the image.
    """

    dockerfile: str
    files: Mapping[str, bytes]


def render(definition: Definition, *, base: str, lock: str, tools: str, cache_id: str, user: str = "") -> Rendered:
    """The Dockerfile that installs a lock (hashed requirements, maybe none) on a base image.

    `tools` is the image that holds /uv, `user` the base's USER, which is restored. Only for kinds whose packages pip
    installs; raises ValueError for a definition with conda packages, or for a name no Dockerfile can hold.
    """
    if conda_packages(definition):
        raise ValueError("This template installs no conda packages.")
    for word in (base, tools, cache_id, user or "root"):
        if not _WORD.fullmatch(word):
            raise ValueError(f"{word!r} cannot be written into a Dockerfile.")
    install = _install(tools, cache_id, user) if _has_packages(lock) else ""
    dockerfile = f"FROM {base}\n{_variables(definition)}{install}"
    return Rendered(dockerfile, {LOCK_FILE: lock.encode()} if install else {})


def image_key(
    *,
    base_digest: str,
    lock: str = "",
    context_digest: str = "",
    dockerfile_path: str = "",
    variables: Mapping[str, str] | None = None,
) -> str:
    """The SHA-256, as 64 hexadecimal digits, over everything that decides an image."""
    parts = {
        "template": TEMPLATE_VERSION,
        "base": base_digest,
        "lock": lock,
        "context": context_digest,
        "dockerfile": dockerfile_path,
        "variables": dict(variables or {}),
    }
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _install(tools: str, cache_id: str, user: str) -> str:
    names = {"lock_file": LOCK_FILE, "index_settings": INDEX_SETTINGS, "ca_bundle": CA_BUNDLE}
    run = _INSTALL.format(tools=tools, cache_id=cache_id, **names)
    return run if user in _ROOT else f"USER root\n{run}USER {user}\n"


def _variables(definition: Definition) -> str:
    """A conda file's variables, which conda would set when the environment is activated."""
    variables = definition.conda.variables if definition.conda else {}
    return "".join(f"ENV {name}={_quoted(value)}\n" for name, value in sorted(variables.items()))


def _quoted(value: str) -> str:
    return '"' + re.sub(r'(["\\$])', r"\\\1", value) + '"'


def _has_packages(lock: str) -> bool:
    return any(line.strip() and not line.lstrip().startswith("#") for line in lock.splitlines())
