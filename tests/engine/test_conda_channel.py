"""Builds reach the channels of the tests over the engine's bridge, and what comes from there runs in any image."""

import io
import tarfile

import pytest

from tests.channel.installing import install, solved
from tests.engine.making import build, built_image, printed

DEBIAN = "debian:bookworm-slim"
FETCH = "import urllib.request as u; print(len(u.urlopen('{url}/noarch/repodata.json').read()))"
RUNS = "import sys, ssl, sqlite3, lzma, bz2, readline, ctypes, zlib, click; print(sys.prefix, click.__version__)"


@pytest.fixture(scope="module")
def environment(bridge_channels, tmp_path_factory) -> bytes:
    """A tar of an environment made for /opt/env."""
    folder = tmp_path_factory.mktemp("environment")
    records = solved([bridge_channels.local], "python 3.11.*", "click", "rich", cache=folder / "gateway")
    install(records, folder / "env", cache=folder / "packages", known_as="/opt/env")
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w") as tar:
        tar.add(folder / "env", "env")
    return whole.getvalue()


def test_a_build_fetches_from_the_channel_and_runs_what_came_from_it(engine, client, bridge_channels, environment):
    fetch = FETCH.format(url=bridge_channels.local)
    lines = [
        f"FROM {DEBIAN}",
        "ADD env.tar /opt/",
        f'RUN /opt/env/bin/python -c "{fetch}"',
        f'RUN /opt/env/bin/python -c "{RUNS}"',
        "RUN /opt/env/bin/pygmentize -V",
    ]
    before = len(bridge_channels.requests)
    events = build(engine, "\n".join(lines), {"env.tar": environment}, no_cache=True)
    image = built_image(events)
    try:
        assert "/opt/env 8.1.8" in printed(events)
        assert "Pygments version" in printed(events)
        assert bridge_channels.requests[before:] == ["/local/noarch/repodata.json"]
    finally:
        client.remove_image(image, force=True)
