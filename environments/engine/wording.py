"""What an engine's error texts mean, in one sentence for a person. Pure.

The texts are those of dockerd 20.10 to 29, the BuildKit in them, and the registries behind them.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from environments.engine.limits import Reached
from environments.engine.protocol import (
    BuildCancelled,
    BuildFailed,
    EngineError,
    EngineUnavailable,
    ImageUnavailable,
    Step,
)

MIRRORS_HINT = "say in the mirrors file (STUDIO_MIRRORS) where it is served"
NO_SPACE = "no space left on device"
DISK_FULL = "The engine's disk is full; remove images that are not needed and build again."
KILLED = 137
SHARED_MEMORY = "64 MB"  # BuildKit's /dev/shm, unless it is told otherwise

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
_NO_SPACE = re.compile(r"no space left on device|Errno 28\b", re.IGNORECASE)
_NO_NETWORK = re.compile(
    r"could not resolve|couldn't resolve|name resolution|name or service not known|network is unreachable|bad address"
    r"|failed to lookup address|dns error|no address associated|nodename nor servname|temporary failure resolving",
    re.IGNORECASE,
)
_MEANINGS = {126: "a program in it cannot be executed", 127: "a program in it was not found"}


@dataclass(frozen=True, slots=True)
class Circumstances:
    """What is known of a build beside its error: which limit ended a step, what each printed last, if it had network.

    `printed` is by the step's key.
    """

    reached: Callable[[Step], Reached | None] = lambda step: None
    printed: Mapping[str, str] = field(default_factory=dict)
    network: bool = True


PLAIN = Circumstances()


def image_unavailable(reference: str, text: str, served_by: str = "") -> ImageUnavailable:
    """The error for an image that could not be pulled; `text` is the engine's, `served_by` a mirror's name for it."""
    if NO_SPACE in text:
        return ImageUnavailable(f"The image {reference} is not here. {DISK_FULL}")
    asked = f" (asked for as {served_by})" if served_by else ""
    reason = registry_trouble(text) or "the engine could not pull it"
    return ImageUnavailable(f"The image {reference} is not here and {reason}{asked}; check the name or {MIRRORS_HINT}.")


def registry_trouble(text: str) -> str | None:
    """Half a sentence on why a registry did not serve an image; None if the text is about something else."""
    return next((reason for pattern, reason in _REGISTRY_TROUBLE if re.search(pattern, text, re.IGNORECASE)), None)


def build_error(text: str, steps: Sequence[Step], around: Circumstances = PLAIN) -> EngineError:
    """The error a build ended with. `text` is the stream's last word, `steps` those of the build as they stand."""
    failed = _failed_step(text, steps)
    name = failed.name if failed else ""
    exited = _EXIT_CODE.search(text)
    if exited:
        return _exited(failed, int(exited[1]), around)
    if text.rstrip().endswith("context canceled"):
        return BuildCancelled("The build was cancelled.")
    plain = _PREFIXES.sub("", text).strip()
    return _refused(plain, failed) or BuildFailed(f"The build failed: {_line(plain)}.", step=name)


def _failed_step(text: str, steps: Sequence[Step]) -> Step | None:
    """Steps beside the failing one are stopped with an error of their own, so the one that says the same goes first."""
    wrong = [step for step in steps if step.error]
    return next((step for step in wrong if text.endswith(step.error)), wrong[0] if wrong else None)


def _exited(failed: Step | None, code: int, around: Circumstances) -> BuildFailed:
    """A limit that was reached explains any exit code: it may have ended a program that the step only called."""
    name = failed.name if failed else ""
    step = f"The step {name}" if name else "A step"
    printed = around.printed.get(failed.key, "") if failed else ""
    reached = around.reached(failed) if failed else None
    if reached:
        used = "used" if reached.is_sure else "was ended from outside, probably because it used"
        return BuildFailed(f"{step} {used} more than {reached.words}.", name, code)
    if code == KILLED:
        return BuildFailed(f"{step} was killed (exit code 137): out of memory or killed from outside.", name, code)
    if code and _NO_SPACE.search(printed):
        return BuildFailed(f"{step} {_full(name, printed)} (exit code {code}).", name, code)
    if not around.network and _NO_NETWORK.search(printed):
        return BuildFailed(
            f"{step} ended with exit code {code} as it found no network: in this workspace the steps of Dockerfiles "
            "reach none. Put what it fetches into the build context.",
            name,
            code,
        )
    why = "; it printed nothing" if failed and not printed.strip() else "; its last lines say why"
    meaning = f": {_MEANINGS[code]}" if code in _MEANINGS else why
    return BuildFailed(f"{step} ended with exit code {code}{meaning}.", name, code)


def _full(name: str, printed: str) -> str:
    if "/dev/shm" in f"{name}\n{printed}" or "shared memory" in printed:
        return f"filled /dev/shm, which holds {SHARED_MEMORY} in a step; make it write to another folder, such as /tmp"
    return (
        "found no space left where it writes: on the engine's disk, or in a small file system in memory; "
        "its last lines say where"
    )


def _refused(text: str, failed: Step | None) -> EngineError | None:
    """What went wrong before or beside a command of the build; None where the text is not known."""
    if NO_SPACE in text:
        return EngineError(DISK_FULL)
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
