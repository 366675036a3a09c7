"""An engine that plays builds from the words of the Dockerfile, for tests that need no real one.

It knows FROM, COPY and ADD, and of RUN: `echo WORDS` (with `>&2` to stderr), `exit N`, and `sleep N`, which lasts until
somebody cancels. Every other line succeeds in silence.
"""

import io
import re
import tarfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from string import Template
from threading import Event as Signal
from threading import Lock

from environments.definitions.images import RESERVED
from environments.engine.fake_images import FakeImage, FakeImages, fake_image, sha256
from environments.engine.mirrors import Mirrors
from environments.engine.protocol import (
    BuildFailed,
    BuildRequest,
    Built,
    EngineError,
    EngineInfo,
    EngineUnavailable,
    Event,
    ImageInfo,
    Output,
    Package,
    Probe,
    RunResult,
    Step,
    Stock,
    always,
)
from environments.engine.steps import kind_of
from environments.engine.wording import build_error, image_unavailable

TOOLS = "studio-tools:fake"
PATIENCE_SECONDS = 60.0
SILENT_SUCCESS = RunResult(0, "")
_ECHO = re.compile(r"echo (.*?)\s*(>&2)?$")


@dataclass(slots=True)
class FakeEngine:
    """An `Engine` in memory, safe for threads.

    `available=False` makes every method raise EngineUnavailable. `built_packages` and `built_files` are what each
    build adds to its base, `images` what it holds from the start, `held` what it holds now, `registry` what is to be
    had by name where it is asked afresh,
    `calls` is (method, argument) in order, `double_starts` the ids of builds begun while one of that id was going on.
    """

    images: list[FakeImage] = field(default_factory=lambda: [fake_image("python:3.11-slim")])
    built_packages: tuple[Package, ...] = ()
    built_files: Mapping[str, bytes] = field(default_factory=dict)
    run_result: RunResult = SILENT_SUCCESS
    available: bool = True
    held: FakeImages = field(default_factory=FakeImages)
    registry: dict[str, FakeImage] = field(default_factory=dict)
    cache_bytes: int = 0
    mirrors: Mirrors = field(default_factory=Mirrors)
    calls: list[tuple[str, str]] = field(default_factory=list)
    double_starts: list[str] = field(default_factory=list)
    _running: dict[str, Signal] = field(default_factory=dict)
    _done: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)

    def __post_init__(self) -> None:
        for image in self.images:
            self.held.hold(image, image.info.reference)

    def info(self) -> EngineInfo:
        self._called("info", "")
        return EngineInfo("Fake Engine", "1", "1.41", "linux", "amd64", "limits not enforced by this engine")

    def find_image(
        self, reference: str, *, pull: bool = True, afresh: bool = False, still_wanted: Callable[[], None] = always
    ) -> ImageInfo:
        self._called("find_image", reference)
        still_wanted()
        if afresh:
            if reference not in self.registry:
                raise image_unavailable(reference, "no such host")
            self.held.hold(self.registry[reference], reference)
        return replace(self.held.find(reference).info, reference=reference)

    def tools_image(self) -> str:
        self._called("tools_image", "")
        self.held.hold(fake_image(TOOLS, studio_tools="1"), TOOLS)
        return TOOLS

    def build(self, request: BuildRequest, *, still_wanted: Callable[[], None] = always) -> Iterator[Event]:
        self._called("build", request.build_id)
        cancelled = self._begin(request.build_id)
        try:
            yield from self._play(request, cancelled)
        finally:
            with self._lock:
                self._running.pop(request.build_id, None)

    def cancel(self, build_id: str) -> None:
        self._called("cancel", build_id)
        with self._lock:
            signal = self._running.get(build_id)
        if signal:
            signal.set()

    def tag(self, image_id: str, name: str) -> None:
        self._called("tag", name)
        self.held.hold(self.held.find(image_id), name)

    def probe(self, image_id: str) -> Probe:
        self._called("probe", image_id)
        return self.held.find(image_id).probe

    def packages(self, image_id: str) -> list[Package]:
        self._called("packages", image_id)
        return sorted(self.held.find(image_id).packages, key=lambda package: (package.manager, package.name.lower()))

    def read_files(self, image_id: str, paths: Sequence[str], *, max_bytes: int) -> list[bytes]:
        self._called("read_files", " ".join(paths))
        files = self.held.find(image_id).files
        for path in paths:
            if path not in files:
                raise FileNotFoundError(path)
            if len(files[path]) > max_bytes:
                raise ValueError(f"{path} holds {len(files[path])} bytes, more than {max_bytes}.")
        return [files[path] for path in paths]

    def run(self, image_id: str, command: Sequence[str], *, timeout: float) -> RunResult:
        """`sleep` of more than `timeout` seconds times out at once; everything else gives `run_result`."""
        self._called("run", " ".join(command))
        self.held.find(image_id)
        if "sleep" in command and float(command[-1]) > timeout:
            raise TimeoutError(f"The command did not end within {timeout:g} seconds.")
        return self.run_result

    def served_channel(self, name: str) -> str:
        return self.mirrors.channel(name)

    def served_index(self, address: str) -> str:
        return self.mirrors.index(address)

    def remove_image(self, name: str) -> None:
        self._called("remove_image", name)
        self.held.drop(name)

    def stock(self) -> Stock:
        self._called("stock", "")
        images = self.held.listed()
        return Stock(images, sum(image.size for image in images), self.cache_bytes)

    def prune_cache(self, keep_bytes: int) -> int:
        self._called("prune_cache", str(keep_bytes))
        before, self.cache_bytes = self.cache_bytes, min(self.cache_bytes, keep_bytes)
        return before - self.cache_bytes

    def _called(self, method: str, argument: str) -> None:
        with self._lock:
            self.calls.append((method, argument))
        if not self.available:
            raise EngineUnavailable("The container engine does not answer.")

    def _begin(self, build_id: str) -> Signal:
        with self._lock:
            if build_id in self._running:
                self.double_starts.append(build_id)
                raise EngineError(f"The build {build_id} is going on already.")
            return self._running.setdefault(build_id, Signal())

    def _play(self, request: BuildRequest, cancelled: Signal) -> Iterator[Event]:
        files = _files(request.context)
        lines = _lines(files, request.dockerfile_path)
        base = self.held.find(_base(_with_values(lines, request.build_args or {})))
        for number, line in enumerate(lines, start=1):
            step = self._step(lines, number, request.no_cache)
            yield step
            if not step.cached:
                yield from _perform(step, line, files, cancelled)
            yield replace(step, completed=time.time())
            self._done.add(step.key)
        yield Built(self._keep(request, base, lines, files))

    def _step(self, lines: list[str], number: int, no_cache: bool) -> Step:
        line = lines[number - 1]
        key = sha256("\n".join(lines[:number]))
        name = f"[{number}/{len(lines)}] {line}"
        return Step(key, name, kind_of(name), cached=key in self._done and not no_cache, started=time.time())

    def _keep(self, request: BuildRequest, base: FakeImage, lines: list[str], files: Mapping[str, bytes]) -> str:
        ran = request.build_id if request.no_cache else ""  # what runs again leaves other files, if only by their times
        image_id = sha256(repr((base.info.image_id, lines, sorted(files.items()), ran)))
        labels = {**base.info.labels, **(request.labels or {})}
        image = replace(
            base,
            info=replace(base.info, image_id=image_id, labels=labels, reference=image_id),
            packages=(*base.packages, *self.built_packages),
            files={**base.files, **self.built_files},
        )
        for name in request.tags or (image_id,):
            self.held.hold(image, name)
        return image_id


def _perform(step: Step, line: str, files: Mapping[str, bytes], cancelled: Signal) -> Iterator[Event]:
    instruction, _, rest = line.partition(" ")
    if instruction == "RUN":
        yield from _run(step, rest.strip(), cancelled)
    elif instruction in ("COPY", "ADD") and not rest.startswith("--from"):
        _copy(step, rest.split(), files)


def _run(step: Step, command: str, cancelled: Signal) -> Iterator[Event]:
    if match := _ECHO.match(command):
        yield Output(step.key, "stderr" if match[2] else "stdout", f"{match[1]}\n", time.time())
    elif command.startswith("exit ") and command != "exit 0":
        text = f"process {command} did not complete successfully: exit code: {command.split()[1]}"
        yield from _fail(step, text)
    elif command.startswith("sleep ") and cancelled.wait(PATIENCE_SECONDS):
        yield from _fail(step, "context canceled")


def _copy(step: Step, words: list[str], files: Mapping[str, bytes]) -> None:
    for source in (word.strip("/").removeprefix("./") for word in words[:-1] if not word.startswith("--")):
        if source not in ("", ".") and not any(name == source or name.startswith(f"{source}/") for name in files):
            text = f'failed to compute cache key: "/{source}" not found: not found'
            raise build_error(text, [replace(step, error=text)])


def _fail(step: Step, text: str) -> Iterator[Event]:
    failed = replace(step, completed=time.time(), error=text)
    yield failed
    raise build_error(text, [failed])


def _lines(files: Mapping[str, bytes], dockerfile_path: str) -> list[str]:
    if dockerfile_path not in files:
        raise BuildFailed(f"The build context holds no {dockerfile_path}.")
    text = files[dockerfile_path].decode("utf-8", "replace").replace("\\\n", " ")
    lines = [line.strip() for line in text.splitlines()]
    lines = [line for line in lines if line and not line.startswith("#")]
    if not lines:
        raise BuildFailed("The Dockerfile is empty.")
    return lines


def _with_values(lines: list[str], given: Mapping[str, str]) -> list[str]:
    """The lines with the values of ARGs put in, of those above them."""
    values: dict[str, str] = {}
    filled = []
    for line in lines:
        if line.startswith("ARG "):
            name, _, default = line.removeprefix("ARG ").partition("=")
            values[name] = given.get(name, default)
        filled.append(Template(line).safe_substitute(values))
    return filled


def _base(lines: list[str]) -> str:
    """The image the last stage starts from; of one that starts empty, the stage before it."""
    for line in reversed(lines):
        if line.startswith("FROM ") and line.split()[1] != RESERVED:
            return line.split()[1]
    raise BuildFailed("The build failed: the Dockerfile has no FROM.")


def _files(context: bytes) -> dict[str, bytes]:
    with tarfile.open(fileobj=io.BytesIO(context)) as archive:
        members = [(member.name.removeprefix("./"), archive.extractfile(member)) for member in archive]
        return {name: file.read() for name, file in members if file}
