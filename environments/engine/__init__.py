"""The engine room. `get_engine` is its door: everything else of it that others need is in protocol.py."""

from pathlib import Path

from environments.engine.client import Address
from environments.engine.docker_engine import DockerEngine
from environments.engine.limits import Limits
from environments.engine.mirrors import Mirrors, read_mirrors
from environments.engine.protocol import Engine

__all__ = ["get_engine"]


def get_engine(
    host: str,
    *,
    uv_path: Path,
    mirrors_file: Path | None = None,
    certificates: Path | None = None,
    limits: Limits | None = None,
) -> Engine:
    """The engine at `host` (as in DOCKER_HOST); nothing is asked of it yet.

    `certificates` is the folder of DOCKER_CERT_PATH for TLS, `limits` what a LimitsWatch keeps there.
    Raises MirrorsError, OSError if the mirrors file cannot be read.
    """
    mirrors = read_mirrors(mirrors_file.read_text(encoding="utf-8")) if mirrors_file else Mirrors()
    return DockerEngine(Address(host, certificates), uv_path=uv_path, mirrors=mirrors, limits=limits)
