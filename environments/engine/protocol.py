"""What the studio asks of a container engine. Everything above this room knows only these names."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol


class EngineError(Exception):
    """The engine could not do it. The text may be shown to people after masking."""


class EngineUnavailable(EngineError):
    """No engine answers, or it went away in the middle: ours to mend, so the build is tried again."""


class ImageUnavailable(EngineError):
    """An image is neither here nor to be had. The sentence names the image and the mirrors file."""


class BuildFailed(EngineError):
    """A step of the user's build failed. `step` is its name, `exit_code` its status where one is known."""

    def __init__(self, message: str, step: str = "", exit_code: int | None = None) -> None:
        super().__init__(message)
        self.step = step
        self.exit_code = exit_code


class BuildCancelled(EngineError):
    """The build ended because cancel() was called for it."""


@dataclass(frozen=True, slots=True)
class EngineInfo:
    """The engine as it describes itself; `limits` says in words which limits it enforces on builds.

    `data_folder` is where it keeps images and caches, "" if that is not known to be on this machine.
    """

    name: str
    version: str
    api_version: str
    os_type: str
    architecture: str
    limits: str
    data_folder: str = ""


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of an image: its digest (diff id), size in bytes and the step that made it (0, "" if not known)."""

    digest: str
    size: int
    made_by: str = ""


@dataclass(frozen=True, slots=True)
class ImageInfo:
    """An image this engine holds. `served_by` is the name it was really pulled from, "" if it was here already.

    `triggers` are the instructions its Dockerfile put off by ONBUILD: they run in every build from the image.
    """

    reference: str
    image_id: str
    repo_digest: str | None
    size: int
    layers: tuple[Layer, ...]
    os_type: str
    architecture: str
    user: str
    entrypoint: tuple[str, ...]
    command: tuple[str, ...]
    environment: Mapping[str, str]
    labels: Mapping[str, str]
    created: str
    served_by: str = ""
    triggers: tuple[str, ...] = ()

    @property
    def is_stand_in(self) -> bool:
        return self.labels.get("studio.standin") == "1"


@dataclass(frozen=True, slots=True)
class HeldImage:
    """An image in the engine's list. `names` are its tags, `digests` its names by digest, as `repository@sha256:...`.

    `size` is all of it in bytes, `own` the part no other image here has; `created` in seconds since the epoch.
    """

    image_id: str
    names: tuple[str, ...]
    digests: tuple[str, ...]
    labels: Mapping[str, str]
    size: int
    own: int
    created: float
    has_container: bool


@dataclass(frozen=True, slots=True)
class Stock:
    """What the engine's disk holds: images, and bytes of build cache that are no part of any image.

    `images_bytes` is what all images take together, with what they share counted once.
    """

    images: tuple[HeldImage, ...]
    images_bytes: int
    cache_bytes: int


@dataclass(frozen=True, slots=True)
class Probe:
    """What a container of the image says of itself; "" where it has none. Python as "3.11.2", glibc as "2.36".

    `system` is its full name, `system_id` and `system_version` are ID and VERSION_ID of os-release(5).
    """

    python: str
    python_path: str
    glibc: str
    architecture: str
    system: str
    system_id: str = ""
    system_version: str = ""


@dataclass(frozen=True, slots=True)
class Need:
    """One package that another needs: its name (pip's normalized, dpkg's of the one that is there) and its extras.

    `under` is the extra of the needing package that asks for it; "" if it is needed in any case.
    """

    name: str
    extras: tuple[str, ...] = ()
    under: str = ""


@dataclass(frozen=True, slots=True)
class Package:
    """One package found in an image. manager is "pip", "conda" or "dpkg".

    `source` is a channel, or where a direct reference came from, if known. `requires` holds for this image: markers
    were compared with its Python, and only names of packages that may be in it are told.
    """

    manager: str
    name: str
    version: str
    source: str = ""
    requires: tuple[Need, ...] = ()


@dataclass(frozen=True, slots=True)
class Step:
    """A step of the build as it now stands; sent again each time something of it changes.

    `key` is stable within the build. Times are seconds since the epoch. `kind` is one of
    "pull", "run", "copy", "export", "internal".
    """

    key: str
    name: str
    kind: str
    cached: bool = False
    started: float | None = None
    completed: float | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Output:
    """Raw text a step printed; it may hold half a line. stream is "stdout" or "stderr"."""

    step: str
    stream: str
    text: str
    time: float


@dataclass(frozen=True, slots=True)
class Built:
    """The last event of a build that succeeded."""

    image_id: str


Event = Step | Output | Built


@dataclass(frozen=True, slots=True)
class BuildRequest:
    """One image build. `context` is a tar; `build_id` lets any process cancel it; `tags` are full names.

    Without `network` no step of the Dockerfile reaches any; base images are pulled all the same.
    """

    build_id: str
    context: bytes
    dockerfile_path: str
    tags: tuple[str, ...] = ()
    labels: Mapping[str, str] | None = None
    build_args: Mapping[str, str] | None = None
    no_cache: bool = False
    network: bool = True


@dataclass(frozen=True, slots=True)
class RunResult:
    """What a short container run left: exit status and what it printed (both streams, at most 64 kB)."""

    exit_code: int
    output: str


def always() -> None:
    """What is asked for is still wanted."""


class Engine(Protocol):
    """A container engine. Every method raises EngineUnavailable if it does not answer."""

    def info(self) -> EngineInfo:
        """Ask the engine what it is."""

    def find_image(
        self, reference: str, *, pull: bool = True, afresh: bool = False, still_wanted: Callable[[], None] = always
    ) -> ImageInfo:
        """Return the image with this name, or this whole id, pulling it through the mirrors where it is not here.

        `afresh`: its registry says which image that is now, whatever is here. While it is pulled, `still_wanted` is
        called again and again and may raise. Raises ImageUnavailable.
        """

    def tools_image(self) -> str:
        """Return the name of the image that lends tools to builds (see tools.py), made where it is missing."""

    def build(self, request: BuildRequest, *, still_wanted: Callable[[], None] = always) -> Iterator[Event]:
        """Build, yielding events as they happen. Raises BuildFailed, BuildCancelled. The last event is Built.

        While an engine has lost track of the build, `still_wanted` is called again and again and may raise.
        """

    def cancel(self, build_id: str) -> None:
        """Ask for the end of a build; harmless for unknown ids. The caller repeats it until the stream ends."""

    def tag(self, image_id: str, name: str) -> None:
        """Give an image one more full name (repository:tag)."""

    def probe(self, image_id: str) -> Probe:
        """Ask a container of the image, without network or rights, which Python and libc it has."""

    def packages(self, image_id: str) -> list[Package]:
        """Every pip, conda and dpkg package in the image, sorted by manager and name."""

    def read_files(self, image_id: str, paths: Sequence[str], *, max_bytes: int) -> list[bytes]:
        """The bytes of regular files of the image. Raises FileNotFoundError, ValueError if one is larger."""

    def run(self, image_id: str, command: Sequence[str], *, timeout: float) -> RunResult:
        """Run a command in a container without network, rights or writable root. Raises TimeoutError (seconds).

        It gives way to builds.
        """

    def served_channel(self, name: str) -> str:
        """Where a mirror serves a conda channel; the name itself where none does. Asks no engine."""

    def served_index(self, address: str) -> str:
        """Where a mirror serves a package index; the address itself where none does. Asks no engine."""

    def remove_image(self, name: str) -> None:
        """Drop a name (and the image, if it was the last one), or the nameless image of a whole id.

        Harmless if it is not there. Raises EngineError if it is the last name and a container, even an ended one, is of
        the image.
        """

    def stock(self) -> Stock:
        """Every image and the size of the build cache. Takes seconds where there are thousands of images."""

    def prune_cache(self, keep_bytes: int) -> int:
        """Let go of build cache, what was used longest ago first, until it is this small. Return the bytes won.

        What builds under way use stays.
        """
