"""A real engine with a tiny base image, and a registry on loopback. `docker_host` comes from tests/conftest.py."""

import socket
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
import uv
from django.conf import settings
from docker import APIClient
from docker.errors import NotFound

from environments.engine import get_engine
from environments.engine.fake import FakeEngine, fake_image
from environments.engine.protocol import Engine
from tests.engine.making import APPLETS, archive, unpack_debian_package
from tests.ports import free_port
from tests.waiting import wait_for

OS_RELEASE = b'NAME=Tiny\nPRETTY_NAME="Tiny Linux 1"\nID=tiny\nVERSION_ID="1.5"\n'
REGISTRY_SETTINGS = """
version: 0.1
log: {{level: error}}
storage: {{filesystem: {{rootdirectory: {folder}}}}}
http: {{addr: "127.0.0.1:{port}"}}
"""


@dataclass(frozen=True)
class Ground:
    """An engine and the name of a small image with a shell that it holds."""

    engine: Engine
    base: str


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="session")
def engine(docker_host: str) -> Engine:
    return get_engine(docker_host, uv_path=Path(uv.find_uv_bin()), site_files=settings.INDEXES.files())


@pytest.fixture(scope="session")
def client(docker_host: str) -> Iterator[APIClient]:
    """The SDK itself, to arrange and check what our own code must not be trusted with."""
    client = APIClient(base_url=docker_host, version="auto")
    yield client
    client.close()


@pytest.fixture(scope="session")
def tiny(client: APIClient, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Name of an image of 2 MB: one static busybox under a few names, and an os-release."""
    folder = unpack_debian_package("busybox-static", tmp_path_factory.mktemp("busybox"))
    name = f"studio-tests-{uuid.uuid4().hex[:12]}:1"
    files = {
        "bin/busybox": (folder / "bin/busybox").read_bytes(),
        "usr/lib/os-release": OS_RELEASE,
        "etc/whose": name.encode(),  # a layer of its own, so that sessions side by side do not remove each other's
        "tmp/.keep": b"",
    }
    links = {f"bin/{applet}": "busybox" for applet in APPLETS} | {"etc/os-release": "../usr/lib/os-release"}
    repository, tag = name.split(":")
    client.import_image_from_data(archive(files, links), repository=repository, tag=tag)
    yield name
    remove_descendants(client, name)


def remove_descendants(client: APIClient, name: str) -> None:
    """Remove every image the tests built on `name`, and the name itself."""
    layer = client.inspect_image(name)["RootFS"]["Layers"][0]
    for image in client.images(all=True):
        with suppress(NotFound):
            if layer in (client.inspect_image(image["Id"])["RootFS"].get("Layers") or []):
                client.remove_image(image["Id"], force=True)


@pytest.fixture(params=["fake", "docker"])
def ground(request: pytest.FixtureRequest) -> Ground:
    """Each kind of engine in turn: what holds for one must hold for the other."""
    if request.param == "fake":
        return Ground(FakeEngine(images=[fake_image("tiny:1")]), "tiny:1")
    return Ground(request.getfixturevalue("engine"), request.getfixturevalue("tiny"))


@pytest.fixture(scope="session")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """host:port of a registry of our own; engines trust loopback without TLS."""
    folder = tmp_path_factory.mktemp("registry")
    program = unpack_debian_package("docker-registry", folder) / "usr/bin/docker-registry"
    port = free_port()
    settings = folder / "config.yml"
    settings.write_text(REGISTRY_SETTINGS.format(folder=folder / "data", port=port))
    process = subprocess.Popen([program, "serve", settings], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        wait_for(lambda: _listens(port), "the registry to start", seconds=30)
        yield f"127.0.0.1:{port}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def _listens(port: int) -> bool:
    with suppress(OSError):
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
        return True
    return False
