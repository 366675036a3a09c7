"""What an engine's error texts mean, in one sentence for a person. Pure.

The texts are those of dockerd 20.10 to 29, the BuildKit in them, and the registries behind them.
"""

import re
from collections.abc import Sequence

from environments.engine.protocol import (
    BuildCancelled,
    BuildFailed,
    EngineError,
    EngineUnavailable,
    ImageUnavailable,
    Step,
)

MIRRORS_HINT = "say in the mirrors file (STUDIO_MIRRORS) where it is served"
KILLED = 137

# The first line that fits decides. "pull access denied" is how Docker Hub speaks of names that do not exist.
_REGISTRY_TROUBLE: tuple[tuple[str, str], ...] = (
    ("invalid reference format|repository name must be", "that is not the name of an image"),
    ("toomanyrequests|too many requests", "its registry accepts no more pulls for now"),
    (
        "no matching manifest|does not match the specified platform",
        "its registry has none for this machine's processor",
    ),
    (
        "pull access denied|repository does not exist",
        "its registry has no such image, or gives it only to who signs in",
    ),
    (
        "unauthorized|authentication required|no basic auth|authorization failed|access forbidden|403 forbidden"
        "|requested access to the resource is denied",
        "its registry asks for credentials",
    ),
    ("x509:|tls: |certificate", "its registry's certificate is not trusted by the engine"),
    (
        "no such host|server misbehaving|connection refused|connection reset|i/o timeout|deadline exceeded"
        "|client.timeout|handshake timeout|no route to host|network is unreachable|dial tcp|proxyconnect|: eof$"
        "|http response to https client|bad gateway|service unavailable",
        "its registry cannot be reached",
    ),
    ("manifest unknown|manifest for .* not found|name unknown|not found", "its registry has no such image"),
)

_EXIT_CODE = re.compile(r"(?:executor failed running|process) .*: exit code: (\d+)$", re.DOTALL)
_PARSE_ERROR = re.compile(r"dockerfile parse error(?: on)? line (\d+): (.+)", re.DOTALL)
_NOT_IN_CONTEXT = re.compile(
    r"(?:failed to compute cache key|failed to calculate checksum|lstat ).*"
    r'(?:"|/buildkit-mount\d+|/merged)([^":\s][^":]*)"?(?: not found)?: (?:not found|no such file)'
)
_NO_DOCKERFILE = re.compile(r"failed to read dockerfile: open (\S+): no such file", re.DOTALL)
_PREFIXES = re.compile(
    r"^(?:failed to solve(?: with frontend [\w.]+)?: |failed to create LLB definition: |rpc error: [^:]*: [^:]*: )+"
)
_IMAGE_STEP = re.compile(r"(?:load metadata for|resolve image config for|FROM) (?:docker-image://)?(\S+)")
_MEANINGS = {126: "a program in it cannot be executed", 127: "a program in it was not found"}


def image_unavailable(reference: str, text: str, served_by: str = "") -> ImageUnavailable:
    """The error for an image that could not be pulled; `text` is the engine's, `served_by` a mirror's name for it."""
    asked = f" (asked for as {served_by})" if served_by else ""
    reason = registry_trouble(text) or "the engine could not pull it"
    return ImageUnavailable(f"The image {reference} is not here and {reason}{asked}; check the name or {MIRRORS_HINT}.")


def registry_trouble(text: str) -> str | None:
    """Half a sentence on why a registry did not serve an image; None if the text is about something else."""
    return next((reason for pattern, reason in _REGISTRY_TROUBLE if re.search(pattern, text, re.IGNORECASE)), None)


def build_error(text: str, steps: Sequence[Step]) -> EngineError:
    """The error a build ended with. `text` is the stream's last word, `steps` those of the build as they stand."""
    failed = _failed_step(text, steps)
    name = failed.name if failed else ""
    exited = _EXIT_CODE.search(text)
    if exited:
        return _exited(name, int(exited[1]))
    if text.rstrip().endswith("context canceled"):
        return BuildCancelled("The build was cancelled.")
    plain = _PREFIXES.sub("", text).strip()
    return _refused(plain, failed) or BuildFailed(f"The build failed: {_line(plain)}.", step=name)


def _failed_step(text: str, steps: Sequence[Step]) -> Step | None:
    """Steps beside the failing one are stopped with an error of their own, so the one that says the same goes first."""
    wrong = [step for step in steps if step.error]
    return next((step for step in wrong if text.endswith(step.error)), wrong[0] if wrong else None)


def _exited(name: str, code: int) -> BuildFailed:
    step = f"The step {name}" if name else "A step"
    if code == KILLED:
        return BuildFailed(f"{step} was killed (exit code 137): out of memory or killed from outside.", name, code)
    meaning = f": {_MEANINGS[code]}" if code in _MEANINGS else "; its last lines say why"
    return BuildFailed(f"{step} ended with exit code {code}{meaning}.", name, code)


def _refused(text: str, failed: Step | None) -> EngineError | None:
    """What went wrong before or beside a command of the build; None where the text is not known."""
    if "no space left on device" in text:
        return EngineError("The engine's disk is full; remove images that are not needed and build again.")
    if "closing transport" in text or "transport is closing" in text:
        return EngineUnavailable("The engine stopped in the middle of the build.")
    return _wrong_dockerfile(text, failed) or _missing_image(text, failed)


def _wrong_dockerfile(text: str, failed: Step | None) -> BuildFailed | None:
    name = failed.name if failed else ""
    if match := _PARSE_ERROR.search(text):
        return BuildFailed(f"Line {match[1]} of the Dockerfile cannot be read: {_line(match[2])}.", name)
    if match := _NOT_IN_CONTEXT.search(text):
        where = "the stage or image it copies from" if "--from=" in name else "the build context"
        return BuildFailed(f"The step {name} names {match[1]}, which is not in {where}.", name)
    if match := _NO_DOCKERFILE.search(text):
        return BuildFailed(f"The build context holds no {match[1].rsplit('/', 1)[-1]}.", name)
    if "cannot be empty" in text or "no instructions" in text:
        return BuildFailed("The Dockerfile is empty.", name)
    if "no active sessions" in text:
        return BuildFailed(f"The step {name} asks for a secret or an SSH key, and builds here are given none.", name)
    return None


def _missing_image(text: str, failed: Step | None) -> ImageUnavailable | None:
    """Only a step that fetches an image can lack one; an ADD from an address fails with the same words."""
    image = _IMAGE_STEP.search(failed.name) if failed else None
    return image_unavailable(image[1], text) if image and registry_trouble(text) else None


def _line(text: str) -> str:
    return " ".join(text.split()).rstrip(".")
