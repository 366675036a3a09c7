"""What the engine tests are made of: build contexts, tiny base images, Debian packages, a look at processes."""

import io
import subprocess
import tarfile
import uuid
from collections.abc import Iterable, Mapping
from pathlib import Path

from environments.engine.protocol import BuildRequest, Built, Engine, Event, Output, Step

APPLETS = ("sh", "cat", "echo", "id", "ls", "printf", "sleep", "touch", "true", "yes")


def context(dockerfile: str, files: Mapping[str, bytes] | None = None) -> bytes:
    """A build context as a tar."""
    return archive({"Dockerfile": dockerfile.encode(), **(files or {})})


def archive(files: Mapping[str, bytes], links: Mapping[str, str] | None = None) -> bytes:
    """A tar of executable files, and of symbolic links (path -> target)."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        for path, content in files.items():
            member = tarfile.TarInfo(path)
            member.size, member.mode = len(content), 0o755
            tar.addfile(member, io.BytesIO(content))
        for path, target in (links or {}).items():
            member = tarfile.TarInfo(path)
            member.type, member.linkname = tarfile.SYMTYPE, target
            tar.addfile(member)
    return whole.getvalue()


def request(dockerfile: str, files: Mapping[str, bytes] | None = None, **options: object) -> BuildRequest:
    """A build request with an id of its own."""
    build_id = str(options.pop("build_id", uuid.uuid4()))
    return BuildRequest(build_id, context(dockerfile, files), "Dockerfile", **options)  # type: ignore[arg-type]


def build(engine: Engine, dockerfile: str, files: Mapping[str, bytes] | None = None, **options: object) -> list[Event]:
    """All events of one build."""
    return list(engine.build(request(dockerfile, files, **options)))


def built_image(events: Iterable[Event]) -> str:
    """Id of the image a build made: it must be the last thing said."""
    last = list(events)[-1]
    assert isinstance(last, Built)
    return last.image_id


def last_steps(events: Iterable[Event]) -> dict[str, Step]:
    """The steps as they stood at the end, by name."""
    return {step.name: step for step in events if isinstance(step, Step)}


def printed(events: Iterable[Event], stream: str = "stdout") -> str:
    """Everything a build printed on one stream."""
    return "".join(event.text for event in events if isinstance(event, Output) and event.stream == stream)


def unpack_debian_package(name: str, folder: Path) -> Path:
    """Fetch a Debian package and unpack it below `folder`, without installing anything."""
    subprocess.run(["apt-get", "download", "-q", name], cwd=folder, check=True, capture_output=True)
    package = next(folder.glob(f"{name}_*.deb"))
    subprocess.run(["dpkg", "-x", package, folder / name], check=True, capture_output=True)
    return folder / name


def process_runs(*command: str) -> bool:
    """Whether some process on this machine was started with exactly these words."""
    wanted = "\0".join(command).encode() + b"\0"
    return any(_command_line(folder) == wanted for folder in Path("/proc").glob("[0-9]*"))


def _command_line(folder: Path) -> bytes:
    try:
        return (folder / "cmdline").read_bytes()
    except OSError:
        return b""
