"""Builds reach the channels of the tests over the engine's bridge, and what comes from there runs in any image."""

import io
import json
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


@pytest.fixture
def remove(client):
    """Notes images to be removed when the test is over."""
    images: list[str] = []
    yield images.append
    for image in images:
        client.remove_image(image, force=True)


def test_a_build_fetches_from_the_channel_and_runs_what_came_from_it(engine, remove, bridge_channels, environment):
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
    remove(built_image(events))
    assert "/opt/env 8.1.8" in printed(events)
    assert "Pygments version" in printed(events)
    assert bridge_channels.requests[before:] == ["/local/noarch/repodata.json"]


def test_python_runs_where_there_is_nothing_but_the_c_library(engine, remove, environment):
    lines = [
        f"FROM {DEBIAN} AS debian",
        "RUN mkdir -p /c/lib /c/lib64 && cp -L /lib64/ld-linux-x86-64.so.2 /c/lib64 \\",
        " && cd /lib/x86_64-linux-gnu && cp -L libc.so.6 libm.so.6 /c/lib",
        "FROM scratch",
        "COPY --from=debian /c/ /",
        "ADD env.tar /opt/",
        f"RUN {json.dumps(['/opt/env/bin/python', '-c', RUNS])}",
    ]
    events = build(engine, "\n".join(lines), {"env.tar": environment})
    remove(built_image(events))
    assert "/opt/env 8.1.8" in printed(events)
