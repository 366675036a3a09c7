"""Images as the engine describes them."""

from typing import Any, cast

from docker import APIClient

from environments.engine.images import describe


class WithoutHistory:
    """An engine that knows no more of an image than what was asked."""

    def history(self, _: str) -> list[dict[str, Any]]:
        return []


def test_nul_in_an_images_command_is_made_visible() -> None:
    inspected = {"Id": "sha256:00", "Config": {"Cmd": ["run", "a\0b"]}}
    assert describe(cast(APIClient, WithoutHistory()), "odd:1", inspected).command == ("run", "a\ufffdb")
