"""Fixtures for tests anywhere: the channels as folders, on loopback, and where builds of the engine reach them."""

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest
from django.conf import settings
from docker import APIClient

from tests.channel.making import kept_channels
from tests.channel.serving import Channels, served

NOT_SERVED = (
    "The engine's bridge has the address {gateway}, at which this machine cannot serve ({reason}), so no build could "
    "reach the channels. Run `make test`, which starts an engine on this machine."
)


@pytest.fixture(scope="session")
def channel() -> Path:
    """The folder with the channels `local` and `other`; made the first time, which takes some seconds."""
    return kept_channels(settings.DATA_DIR / "channels")


@pytest.fixture(scope="session")
def channels(channel: Path) -> Iterator[Channels]:
    """The channels on loopback, for tests without an engine."""
    with served(channel, "127.0.0.1") as addresses:
        yield addresses


@pytest.fixture(scope="session")
def bridge_channels(channel: Path, docker_host: str) -> Iterator[Channels]:
    """The channels at the address under which containers and builds reach this machine without its network."""
    with closing(APIClient(base_url=docker_host, version="auto")) as client:
        gateway = gateway_of(client)
    with ExitStack() as stack:
        try:
            addresses = stack.enter_context(served(channel, gateway))
        except OSError as error:
            pytest.fail(NOT_SERVED.format(gateway=gateway, reason=error.strerror), pytrace=False)
        yield addresses


def gateway_of(client: APIClient) -> str:
    """This machine's address on the engine's default bridge."""
    for pool in client.inspect_network("bridge")["IPAM"]["Config"]:
        if pool.get("Gateway"):
            return str(pool["Gateway"])
    pytest.fail("The engine has no default bridge with a gateway. Run `make test`, which starts one.", pytrace=False)
