"""The engine room. `get_engine` is its door: everything else of it that others need is in protocol.py."""

import json
from collections.abc import Mapping
from pathlib import Path

from environments.engine.client import Address
from environments.engine.docker_engine import DockerEngine
from environments.engine.limits import Limits
from environments.engine.mirrors import Mirrors, MirrorsError, read_mirrors
from environments.engine.protocol import Engine
from environments.engine.tools import Tools

__all__ = ["get_engine", "load_mirrors"]


def get_engine(
    host: str,
    *,
    uv_path: Path,
    site_files: Mapping[str, bytes] | None = None,
    mirrors_file: Path | None = None,
    certificates: Path | None = None,
    limits: Limits | None = None,
) -> Engine:
    """The engine at `host` (as in DOCKER_HOST); nothing is asked of it yet.

    `uv_path` is the uv that builds are lent, `site_files` the site's settings for it by name (see locking/indexes.py).
    `certificates` is the folder of DOCKER_CERT_PATH for TLS, `limits` what build steps there
    are held to, which takes an engine of our own.
    Raises MirrorsError if the mirrors file cannot be used.
    """
    mirrors = load_mirrors(mirrors_file) if mirrors_file else Mirrors()
    tools = Tools(uv_path, {**(site_files or {}), "channels.json": json.dumps(dict(mirrors.channels)).encode()})
    return DockerEngine(Address(host, certificates), tools=tools, mirrors=mirrors, limits=limits)


def load_mirrors(file: Path) -> Mirrors:
    """Read the mirrors file. Raises MirrorsError."""
    try:
        return read_mirrors(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise MirrorsError(f"The mirrors file {file} cannot be read: {error}.") from error
