"""A build that failed tells programs what it ran into."""

import pytest

from environments.models import State
from tests.cast import add_lines, add_step, make_build, make_version

pytestmark = pytest.mark.django_db
SAID = "ERROR: Could not find a version that satisfies the requirement nmpy (from versions: none)"


def test_a_failed_build_names_the_code_the_line_and_what_to_do(bob, vision):
    hint = {"code": "build-no-such-package", "line": 1, "values": {"name": "nmpy", "near": "numpy"}}
    build = make_build(make_version(vision, "train", "nmpy"), State.FAILED, error="It failed.", hints=[hint])
    add_lines(add_step(build, error="exit code: 1"), SAID)
    (told,) = bob.get(f"builds/{build.pk}").json()["hints"]
    assert (told["code"], told["line"], told["text"]) == ("build-no-such-package", 1, SAID)
    assert told["message"].endswith("Did you mean “numpy”?")
    assert told["docs"].endswith("/problems/build-no-such-package/")


def test_what_only_the_error_says_has_no_line(bob, vision):
    hint = {"code": "build-unknown-user", "line": 0, "values": {"user": "app"}}
    build = make_build(make_version(vision), State.FAILED, error="It failed.", hints=[hint])
    (told,) = bob.get(f"builds/{build.pk}").json()["hints"]
    assert (told["line"], told["text"], told["message"]) == (None, "", "The image has no user “app”.")


def test_a_build_without_a_hint_has_an_empty_list(bob, vision):
    assert bob.get(f"builds/{make_build(make_version(vision)).pk}").json()["hints"] == []
