"""What a look into an image costs the one who looks."""

import tracemalloc

from environments.engine import look
from environments.engine.client import Address
from environments.engine.look import _Seeing
from environments.engine.probe import Distribution

MEGABYTE = 1_000_000


def test_all_metadata_of_an_image_is_never_in_memory_at_once(monkeypatch):
    def files(*_):
        for number in range(200):
            text = f"Name: n{number}\nVersion: 1\nSummary: {'x' * (MEGABYTE // 2)}\n\n{'y' * (MEGABYTE // 2 - 50)}"
            yield f"lib/n{number}-1.dist-info/METADATA", text.encode()

    monkeypatch.setattr(look, "read_all", files)
    seeing = _Seeing(Address("unix:///none"), None, "container", {"Id": "sha256:1", "Size": 300 * MEGABYTE})
    tracemalloc.start()
    try:
        found = seeing.walked()
        most = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert (found[:1], len(found), seeing.bare_size) == ([Distribution("n0", "1", "")], 200, 0)
    assert most < 20 * MEGABYTE
