"""The engine of the studio: dockerd through its HTTP API. Builds go through the BuildKit inside it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field

from environments.engine.archives import held, read_one
from environments.engine.builds import cancel_build, run_build
from environments.engine.client import Address, connected
from environments.engine.images import add_name, drop, fetch, find
from environments.engine.limits import NOT_OURS, Limits, LimitsWatch
from environments.engine.look import look_into
from environments.engine.mirrors import Mirrors
from environments.engine.protocol import (
    BuildRequest,
    EngineInfo,
    Event,
    ImageInfo,
    ImageUnavailable,
    Package,
    Probe,
    RunResult,
    Stock,
    always,
)
from environments.engine.run import run_locked_down
from environments.engine.stock import prune_cache, read_stock
from environments.engine.tools import Tools, tools_image
from environments.engine.wording import MIRRORS_HINT

PULL_SECONDS = 600
STOCK_SECONDS = 600  # the engine may walk its whole disk


@dataclass(frozen=True, slots=True)
class DockerEngine:
    """An `Engine` (see protocol.py, which says what each method promises). Making one connects to nothing.

    `tools` are lent to builds; `limits` are those that steps are held to; only an engine of our own can have them.
    """

    address: Address
    tools: Tools
    mirrors: Mirrors = field(default_factory=Mirrors)
    limits: Limits | None = None

    def info(self) -> EngineInfo:
        with connected(self.address) as client:
            version, api_version = client.version(), client.api_version
            folder = client.info()["DockerRootDir"] if self.address.host.startswith("unix://") else ""
        return EngineInfo(
            name=version.get("Platform", {}).get("Name") or "Docker Engine",
            version=version["Version"],
            api_version=api_version,
            os_type=version["Os"],
            architecture=version["Arch"],
            limits=str(self.limits or NOT_OURS),
            data_folder=folder,
        )

    def find_image(
        self, reference: str, *, pull: bool = True, afresh: bool = False, still_wanted: Callable[[], None] = always
    ) -> ImageInfo:
        with connected(self.address, timeout=PULL_SECONDS) as client:
            image = None if afresh else find(client, reference, self.mirrors)
            if image is None and pull:
                image = fetch(client, reference, self.mirrors, still_wanted)
        if image is None:
            raise ImageUnavailable(f"The image {reference} is not here; pull it, or {MIRRORS_HINT}.")
        return image

    def tools_image(self) -> str:
        with connected(self.address) as client:
            return tools_image(client, self.tools)

    def build(self, request: BuildRequest, *, still_wanted: Callable[[], None] = always) -> Iterator[Event]:
        with connected(self.address) as client, self._watch() as watch:
            yield from run_build(client, request, watch, still_wanted)

    def _watch(self) -> AbstractContextManager[LimitsWatch | None]:
        return LimitsWatch(self.limits) if self.limits else nullcontext()

    def cancel(self, build_id: str) -> None:
        with connected(self.address) as client:
            cancel_build(client, build_id)

    def tag(self, image_id: str, name: str) -> None:
        with connected(self.address) as client:
            add_name(client, image_id, name)

    def probe(self, image_id: str) -> Probe:
        return look_into(self.address, image_id).probe

    def packages(self, image_id: str) -> list[Package]:
        return list(look_into(self.address, image_id).packages)

    def read_files(self, image_id: str, paths: Sequence[str], *, max_bytes: int) -> list[bytes]:
        with connected(self.address) as client, held(client, image_id) as container:
            return [read_one(client, container, path, max_bytes) for path in paths]

    def run(self, image_id: str, command: Sequence[str], *, timeout: float) -> RunResult:
        return run_locked_down(self.address, image_id, command, timeout=timeout, gives_way=True)

    def served_channel(self, name: str) -> str:
        return self.mirrors.channel(name)

    def served_index(self, address: str) -> str:
        return self.mirrors.index(address)

    def remove_image(self, name: str) -> None:
        with connected(self.address) as client:
            drop(client, name)

    def stock(self) -> Stock:
        with connected(self.address, timeout=STOCK_SECONDS) as client:
            return read_stock(client)

    def prune_cache(self, keep_bytes: int) -> int:
        with connected(self.address, timeout=STOCK_SECONDS) as client:
            return prune_cache(client, keep_bytes)
