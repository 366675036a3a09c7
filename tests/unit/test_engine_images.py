"""Images by their names."""

from collections.abc import Iterator
from itertools import repeat
from typing import Any, cast

import pytest
from docker import APIClient

from environments.engine.images import describe, fetch
from environments.engine.mirrors import Mirrors


class NotWanted(Exception):
    """What asked for an image was told to stop."""


class Endless:
    """A registry that sends an image for ever; `left` says whether anybody still listens."""

    left = False

    def pull(self, *_: object, **__: object) -> Iterator[dict[str, str]]:
        try:
            yield from repeat({"status": "Downloading"})
        finally:
            self.left = True

    def history(self, _: str) -> list[dict[str, Any]]:
        return []


def test_a_pull_that_is_not_wanted_any_more_is_left() -> None:
    registry, asked = Endless(), iter([None, None, NotWanted()])

    def still_wanted() -> None:
        if reason := next(asked):
            raise reason

    with pytest.raises(NotWanted):
        fetch(cast(APIClient, registry), "big:1", Mirrors(), still_wanted)
    assert registry.left


def test_nul_in_an_images_command_is_made_visible() -> None:
    inspected = {"Id": "sha256:00", "Config": {"Cmd": ["run", "a\0b"]}}
    assert describe(cast(APIClient, Endless()), "odd:1", inspected).command == ("run", "a\ufffdb")
