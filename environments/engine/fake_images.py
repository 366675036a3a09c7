"""The images a fake engine holds, by their names and ids."""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import Lock

from environments.engine.mirrors import full_name
from environments.engine.protocol import EngineError, HeldImage, ImageInfo, Layer, Package, Probe
from environments.engine.wording import image_unavailable

PROBE = Probe("3.11.2", "/usr/bin/python3", "2.36", "amd64", "Debian GNU/Linux 12 (bookworm)", "debian", "12")


@dataclass(frozen=True, slots=True)
class FakeImage:
    """An image as a test wants it: what it says of itself, its packages, its files by path."""

    info: ImageInfo
    packages: tuple[Package, ...] = ()
    probe: Probe = PROBE
    files: Mapping[str, bytes] = field(default_factory=dict)


def fake_image(
    reference: str, packages: Iterable[Package] = (), *, created: str = "2026-01-01T00:00:00Z", **labels: str
) -> FakeImage:
    """A small Linux image named `reference`; its id follows from the name. Labels have `_` where they mean `.`."""
    image_id = sha256(full_name(reference))
    info = ImageInfo(
        reference=reference,
        image_id=image_id,
        repo_digest=None,
        size=1000,
        layers=(Layer(sha256(image_id), 1000),),
        os_type="linux",
        architecture="amd64",
        user="",
        entrypoint=(),
        command=(),
        environment={"PATH": "/usr/local/bin:/usr/bin:/bin"},
        labels={name.replace("_", ".", 1): value for name, value in labels.items()},
        created=created,
    )
    return FakeImage(info, tuple(packages))


@dataclass(slots=True)
class FakeImages:
    """Names and ids, each for an image; safe for threads. `containers` holds the ids of images with a container."""

    containers: set[str] = field(default_factory=set)
    _by_name: dict[str, FakeImage] = field(default_factory=dict)
    _lock: Lock = field(default_factory=Lock)

    def hold(self, image: FakeImage, name: str) -> None:
        """Keep an image under one more name, or a new one under a name that another had."""
        with self._lock:
            self._by_name[_key(name)] = self._by_name[image.info.image_id] = image

    def find(self, reference: str) -> FakeImage:
        """Raises ImageUnavailable."""
        with self._lock:
            image = self._by_name.get(_key(reference))
        if image is None:
            raise image_unavailable(reference, "no such host")
        return image

    def drop(self, name: str) -> None:
        """Take a name away, and with the last one the image. Raises EngineError if that one has a container."""
        with self._lock:
            image = self._by_name.get(_key(name))
            if image is None:
                return
            others = self._names_of(image) - {_key(name)}
            if not others and image.info.image_id in self.containers:
                raise EngineError("The container engine refused: conflict: a container is using the image")
            self._by_name.pop(_key(name))
            if not others:
                self._by_name.pop(image.info.image_id, None)

    def listed(self) -> tuple[HeldImage, ...]:
        """Images share nothing here, and are as old as they say."""
        with self._lock:
            images = {image.info.image_id: image for image in self._by_name.values()}
            return tuple(self._held(image) for image in images.values())

    def _names_of(self, image: FakeImage) -> set[str]:
        found = {name for name, held in self._by_name.items() if held.info.image_id == image.info.image_id}
        return found - {image.info.image_id}

    def _held(self, image: FakeImage) -> HeldImage:
        info = image.info
        return HeldImage(
            image_id=info.image_id,
            names=tuple(sorted(_short(name) for name in self._names_of(image))),
            digests=(info.repo_digest,) if info.repo_digest else (),
            labels=info.labels,
            size=info.size,
            own=info.size,
            created=datetime.fromisoformat(info.created).timestamp(),
            has_container=info.image_id in self.containers,
        )


def sha256(text: str) -> str:
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def _key(name: str) -> str:
    return name if name.startswith("sha256:") else full_name(name)


def _short(name: str) -> str:
    """As an engine lists it."""
    return name.removeprefix("docker.io/").removeprefix("library/")
