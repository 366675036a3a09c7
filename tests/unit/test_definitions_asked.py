"""Which packages of an image a definition asks for."""

import pytest

from environments.definitions.asked import found_as_asked

HELD = [("conda", "numpy"), ("pip", "numpy"), ("conda", "pyyaml"), ("pip", "Typing_Extensions"), ("dpkg", "curl")]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        (("pip", "numpy"), {("pip", "numpy")}),
        (("conda", "numpy"), {("conda", "numpy")}),
        (("pip", "pyyaml"), {("conda", "pyyaml")}),
        (("conda", "typing-extensions"), {("pip", "Typing_Extensions")}),
        (("pip", "curl"), set()),
        (("pip", "torch"), set()),
    ],
)
def test_what_was_asked_for_is_found_with_its_manager_or_else_with_the_other(asked, found):
    assert found_as_asked({asked}, HELD) == found
