"""Look for a container engine that already runs: DOCKER_HOST, the current docker context, the usual sockets.

The files of contexts are laid out as in https://docs.docker.com/engine/manage-resources/contexts/.
"""

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from environments.engine.client import Address, connected
from environments.engine.protocol import EngineError
from studio.launch.commands import LaunchError

ANSWER_SECONDS = 5


@dataclass(frozen=True, slots=True)
class Found:
    """An engine and the variables with which other processes find it."""

    host: str
    source: str
    certificates: Path | None = None

    def variables(self) -> dict[str, str]:
        if self.certificates is None:
            return {"DOCKER_HOST": self.host}
        return {"DOCKER_HOST": self.host, "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": str(self.certificates)}

    def answers(self) -> bool:
        """Ask the engine for its version and wait a few seconds at most."""
        try:
            with connected(Address(self.host, self.certificates), timeout=ANSWER_SECONDS):
                return True
        except EngineError:
            return False


def find_engine(environ: Mapping[str, str]) -> Found | None:
    """Return the first engine that answers. Raises LaunchError if DOCKER_HOST names one that does not."""
    if environ.get("DOCKER_HOST"):
        return _named(environ)
    return next((found for found in candidates(environ) if found.answers()), None)


def candidates(environ: Mapping[str, str]) -> Iterator[Found]:
    """Yield the current context, then the usual sockets that are there."""
    home = Path(environ.get("HOME", "/nonexistent"))
    context = current_context(Path(environ.get("DOCKER_CONFIG") or home / ".docker"), environ.get("DOCKER_CONTEXT", ""))
    if context:
        yield context
    runtime_dir = Path(environ.get("XDG_RUNTIME_DIR", "/nonexistent"))
    sockets = [Path("/var/run/docker.sock"), runtime_dir / "docker.sock", home / ".docker/run/docker.sock"]
    yield from (Found(f"unix://{path}", "a usual socket") for path in sockets if path.is_socket())


def current_context(config_dir: Path, name: str = "") -> Found | None:
    """Read the engine of a docker context (the current one if no name is given); None for the default context."""
    name = name or str(_read_json(config_dir / "config.json").get("currentContext", ""))
    if name in ("", "default"):
        return None
    digest = hashlib.sha256(name.encode()).hexdigest()
    endpoint = _read_json(config_dir / "contexts/meta" / digest / "meta.json").get("Endpoints", {}).get("docker", {})
    certificates = config_dir / "contexts/tls" / digest / "docker"
    if not endpoint.get("Host"):
        return None
    return Found(endpoint["Host"], f"docker context {name}", certificates if certificates.is_dir() else None)


def _named(environ: Mapping[str, str]) -> Found:
    certificates = environ.get("DOCKER_CERT_PATH") if environ.get("DOCKER_TLS_VERIFY") else None
    found = Found(environ["DOCKER_HOST"], "DOCKER_HOST", Path(certificates) if certificates else None)
    if not found.answers():
        raise LaunchError(
            f"DOCKER_HOST names {found.host}, where no container engine answers. "
            "Start that engine, or unset DOCKER_HOST."
        )
    return found


def _read_json(path: Path) -> dict:
    try:
        content = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}
