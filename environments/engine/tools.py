"""The image that lends its tools to builds (`RUN --mount=type=bind,from=...`), so nothing of them stays behind.

It holds `/uv`, `/conda.py` with `/rattler` beside it, and where this site finds packages: `/uv.toml`, `/ca.crt` and
`/channels.json`.
"""

import hashlib
import importlib.util
import io
import json
import subprocess
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import version
from pathlib import Path

from docker import APIClient

from environments.engine.client import inspect
from environments.engine.lent import SCRIPTS
from environments.engine.protocol import EngineError

REPOSITORY = "studio-tools"
LABEL = "studio.tools"
# The number of a processor family in an ELF header, and Docker's name for it.
_PROCESSORS = {62: "amd64", 183: "arm64"}


@dataclass(frozen=True)
class Tools:
    """This machine's uv and py-rattler, and the site's settings for them by file name."""

    uv_path: Path
    site: Mapping[str, bytes] = field(default_factory=dict)

    @cached_property
    def tag(self) -> str:
        """The same for the same programs and settings. Raises EngineError if uv cannot be started."""
        settings = json.dumps({name: content.hex() for name, content in sorted(self.site.items())})
        scripts = "".join(path.read_text(encoding="utf-8") for path in sorted(SCRIPTS))
        parts = (_uv_version(self.uv_path), version("py-rattler"), scripts, settings)
        return hashlib.sha256(repr(parts).encode()).hexdigest()[:16]


def tools_image(client: APIClient, tools: Tools) -> str:
    """Name of the image that lends the tools, made from this machine's where it is missing.

    Two processes may make it at once: both put the same layer under the same name. Raises EngineError if this
    machine's programs cannot run on the engine's kind of machine.
    """
    name = f"{REPOSITORY}:{tools.tag}"
    if inspect(client, name) is None:
        _import(client, tools)
    return name


def processor(binary: bytes) -> str:
    """Docker's name of the processor a Linux program is for; "" for anything else. ELF: e_machine is at byte 18."""
    if binary[:4] != b"\x7fELF":
        return ""
    return _PROCESSORS.get(int.from_bytes(binary[18:20], "little"), "")


def _uv_version(uv_path: Path) -> str:
    try:
        answer = subprocess.run([uv_path, "--version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineError(f"uv could not be started at {uv_path}; install the studio's requirements again.") from error
    return answer.stdout.split()[1]


def _rattler() -> Path:
    """py-rattler's own folder, found without loading it. Raises EngineError."""
    spec = importlib.util.find_spec("rattler")
    if spec is None or spec.origin is None:
        raise EngineError("py-rattler is missing; install the studio's requirements again.")
    return Path(spec.origin).parent


def _import(client: APIClient, tools: Tools) -> None:
    uv = tools.uv_path.read_bytes()
    wanted = client.version()["Arch"]
    if processor(uv) != wanted:
        raise EngineError(f"The engine needs uv for Linux on {wanted}, and the one of this machine is for another.")
    files = {"uv": uv, **tools.site, **dict(_scripts()), **dict(_rattler_files())}
    client.import_image_from_data(_tar(files), repository=REPOSITORY, tag=tools.tag, changes=[f"LABEL {LABEL}=1"])


def _scripts() -> Iterator[tuple[str, bytes]]:
    return ((path.name, path.read_bytes()) for path in SCRIPTS)


def _rattler_files() -> Iterator[tuple[str, bytes]]:
    folder = _rattler()
    for path in folder.rglob("*"):
        if path.is_file() and path.suffix in {".py", ".so"}:
            yield f"rattler/{path.relative_to(folder)}", path.read_bytes()


def _tar(files: Mapping[str, bytes]) -> bytes:
    """Always the same bytes for the same files, so that the layer, and builds' cache on it, stay the same."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for name, content in sorted(files.items()):
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content), 0o755
            tar.addfile(member, io.BytesIO(content))
    return archive.getvalue()
