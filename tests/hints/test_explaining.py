"""A build that fails keeps what its log says of why, and fails no differently for it."""

import pytest

from environments.builder import explaining
from environments.models import State
from tests.cast import add_lines, add_step, make_build, make_version

pytestmark = pytest.mark.django_db
ERROR = "The step RUN pip install nmpy ended with exit code 1; its last lines say why."
TELLING = "ERROR: Could not find a version that satisfies the requirement nmpy (from versions: none)"


@pytest.fixture
def build(vision):
    return make_build(make_version(vision), State.RUNNING)


def told(**fields):
    return {"error": ERROR, "error_step": "RUN pip install nmpy", "exit_code": 1} | fields


def test_the_lines_of_the_step_that_failed_are_read(build):
    add_lines(add_step(build, "RUN apt-get update", done=True), "E: Unable to locate package curl")
    add_lines(add_step(build, "RUN pip install nmpy", error="exit code: 1"), "Collecting nmpy", TELLING)
    add_lines(add_step(build, "RUN sleep 9", error="context canceled"), "ERROR: Invalid requirement: 'x=1'")
    assert explaining.hints_of(build, told()) == [
        {"code": "build-no-such-package", "line": 3, "values": {"name": "nmpy", "near": "numpy"}}
    ]


def test_pieces_are_joined_in_their_order(build):
    step = add_step(build, "Lock 1 package", error="No solution")
    add_lines(step, "No solution found when resolving dependencies")
    add_lines(step, "Because there is no version of numpy==99 and you require numpy==99, we can conclude that")
    (hint,) = explaining.hints_of(build, {"error": "No solution found"})
    assert (hint["code"], hint["line"]) == ("build-no-such-version", 2)


def test_lines_of_an_earlier_attempt_are_not_read(build):
    add_lines(add_step(build, "RUN pip install nmpy", error="x", attempt=1), TELLING)
    build.attempt = 2
    assert explaining.hints_of(build, told()) == []


def test_the_error_alone_can_tell(build):
    (hint,) = explaining.hints_of(build, {"error": "Line 2 of the Dockerfile cannot be read: Unknown flag: mont."})
    assert (hint["code"], hint["line"], hint["values"]["at"]) == ("build-unknown-flag", 0, "2")


def test_a_fault_in_reading_leaves_no_hint_and_is_logged(build, monkeypatch, caplog):
    def broken(*_, **__):
        raise RuntimeError("a fault of ours")

    monkeypatch.setattr(explaining, "find_hints", broken)
    assert explaining.hints_of(build, told()) == []
    assert "could not be read" in caplog.text
