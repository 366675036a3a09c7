"""Locks pip requirements with uv, as a build step on the target base: text in, a Dockerfile and files out.

The resolver runs in the sandbox that the build will run in, on the Python that the packages are for. So a package
that has no wheel may run its own code to say what it needs without reaching the worker, and no user's text is ever
read by a process that knows the studio's secrets.
"""

import re
from collections.abc import Sequence

LOCK_PATH = "/requirements.lock"
MOUNTS = "/run/studio"
NOISE = re.compile(r"^(Using|Resolved|warning: The requested Python|Prepared|Building|Built|Updating)\b")
PIN = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)")


class LockError(Exception):
    """The requirements cannot be resolved for this base. The text is the resolver's explanation."""


def lock_context(requirements: Sequence[str], *, base: str, tools: str, cache_id: str) -> tuple[str, dict[str, bytes]]:
    """Return (Dockerfile, files) of a build whose image holds only LOCK_PATH. uv.toml and ca.crt are to be added."""
    files = {"requirements.in": "".join(f"{line}\n" for line in requirements).encode()}
    binds = " ".join(
        f"--mount=type=bind,source={name},target={MOUNTS}/{name}" for name in ("requirements.in", "uv.toml", "ca.crt")
    )
    dockerfile = f"""FROM {base} AS lock
USER root
RUN --mount=type=bind,from={tools},source=/uv,target={MOUNTS}/uv {binds} \\
    --mount=type=cache,id={cache_id},target=/root/.cache/uv \\
    SSL_CERT_FILE={MOUNTS}/ca.crt UV_CONFIG_FILE={MOUNTS}/uv.toml UV_PYTHON_DOWNLOADS=never \\
    {MOUNTS}/uv pip compile --quiet --no-progress --color never --generate-hashes --no-annotate --no-header \\
    --python-preference only-system --cache-dir /root/.cache/uv \\
    --output-file {LOCK_PATH} {MOUNTS}/requirements.in
FROM scratch
COPY --from=lock {LOCK_PATH} {LOCK_PATH}
"""
    return dockerfile, files


def finished(text: str) -> str:
    """The lock as it is kept: a final newline, and no trace of when or where it was made."""
    lines = [line.rstrip() for line in text.splitlines() if line.strip() and not line.startswith("#")]
    return "".join(f"{line}\n" for line in lines)


def pins(text: str) -> list[tuple[str, str]]:
    """(name, version) of each package in a lock, in its order."""
    return [(found["name"], found["version"]) for line in text.splitlines() if (found := PIN.match(line))]


def explain(output: str) -> str:
    """What uv said of a failure, without its chatter: some lines of plain sentences, at most 2,000 characters."""
    lines = [line.strip(" ×╰─▶│├") for line in output.splitlines() if not NOISE.match(line)]
    text = "\n".join(line.removeprefix("cause: ") for line in lines if line)
    return text.removeprefix("error: ")[:2000]
