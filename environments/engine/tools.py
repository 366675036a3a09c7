"""The image that lends its tools to builds (`RUN --mount=type=bind,from=...`), so nothing of them stays behind."""

import io
import subprocess
import tarfile
from pathlib import Path

from docker import APIClient

from environments.engine.client import inspect
from environments.engine.protocol import EngineError

REPOSITORY = "studio-tools"
LABEL = "studio.tools"
# The number of a processor family in an ELF header, and Docker's name for it.
_PROCESSORS = {62: "amd64", 183: "arm64"}


def tools_image(client: APIClient, uv_path: Path) -> str:
    """Name of the image that holds `/uv` alone, made from this machine's uv where it is missing.

    Two processes may make it at once: both put the same layer under the same name. Raises EngineError if this
    machine's uv cannot run on the engine's kind of machine.
    """
    name, tag = REPOSITORY, f"uv-{_version(uv_path)}"
    if inspect(client, f"{name}:{tag}") is None:
        _import(client, uv_path, name, tag)
    return f"{name}:{tag}"


def _version(uv_path: Path) -> str:
    try:
        answer = subprocess.run([uv_path, "--version"], capture_output=True, text=True, timeout=30, check=True)
    except (OSError, subprocess.SubprocessError) as error:
        raise EngineError(f"uv could not be started at {uv_path}; install the studio's requirements again.") from error
    return answer.stdout.split()[1]


def _import(client: APIClient, uv_path: Path, name: str, tag: str) -> None:
    binary = uv_path.read_bytes()
    wanted = client.version()["Arch"]
    if processor(binary) != wanted:
        raise EngineError(f"The engine needs uv for Linux on {wanted}, and the one of this machine is for another.")
    client.import_image_from_data(_tar(binary), repository=name, tag=tag, changes=[f"LABEL {LABEL}=1"])


def processor(binary: bytes) -> str:
    """Docker's name of the processor a Linux program is for; "" for anything else. ELF: e_machine is at byte 18."""
    if binary[:4] != b"\x7fELF":
        return ""
    return _PROCESSORS.get(int.from_bytes(binary[18:20], "little"), "")


def _tar(binary: bytes) -> bytes:
    """Always the same bytes for the same uv, so that the layer, and builds' cache on it, stay the same."""
    member = tarfile.TarInfo("uv")
    member.size, member.mode = len(binary), 0o755
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        tar.addfile(member, io.BytesIO(binary))
    return archive.getvalue()
