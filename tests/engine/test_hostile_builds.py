"""Builds that want more than they may: each ends with a reason of its own, and the next one builds as if nothing was.

The limits are small, so that a step reaches them before it does harm anywhere: its own group holds it.
"""

import uuid
from dataclasses import replace
from pathlib import Path

import pytest
import uv
from django.conf import settings as site

from environments.engine import builds, get_engine
from environments.engine.limits import Limits
from environments.models import LogPiece, State
from studio.launch.bounds import Bounds
from tests.builder.publishing import from_dockerfile
from tests.engine.building import build_of, workspace_of_images
from tests.engine.making import process_runs

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine]
MEMORY_MB, PROCESSES = 96, 64
FLOOD = 40_000_000  # bytes: more than the engine passes on of one step


@pytest.fixture
def held_engine(docker_host):
    """The engine with small limits for each step."""
    if not site.ENGINE_CGROUP_PARENT:
        pytest.skip("Limits are kept on an engine of our own only; this one was there already.")
    limits = Limits(site.ENGINE_CGROUP_PARENT, MEMORY_MB * 1024**2, PROCESSES)
    return get_engine(docker_host, uv_path=Path(uv.find_uv_bin()), limits=limits)


@pytest.fixture
def built(client, tiny, held_engine, plain_files, settings):
    """Builds a Dockerfile's steps, in a workspace of its own each time, out of no cache."""
    with workspace_of_images(client, "hostile") as hostile, workspace_of_images(client, "others") as others:

        def build(*steps, workspace=hostile, engine=held_engine):
            lines = [f"FROM {tiny}", f"RUN echo {uuid.uuid4()}", *steps]
            version = from_dockerfile(workspace, "\n".join(lines) + "\n", f"e{uuid.uuid4().hex[:8]}")
            return build_of(version, engine)

        yield build
        settings.BUILD_TIME_LIMIT = 600
        done = build("RUN true", workspace=others)
        assert (done.state, done.error) == (State.SUCCEEDED, "")


def printed(build):
    return "\n".join(LogPiece.objects.filter(build=build).order_by("first_line").values_list("text", flat=True))


def test_a_step_that_allocates_without_end(built):
    done = built("RUN busybox tail /dev/zero")
    assert done.state == State.FAILED
    assert "used more than the 96 MB of memory one step may use here" in done.error
    assert "STUDIO_BUILD_MEMORY" in done.error


def test_all_builds_together_are_bounded_and_a_step_is_not_blamed_for_that(built, docker_host):
    parent, bounds = site.ENGINE_CGROUP_PARENT, Bounds.of_machine()
    roomy = get_engine(docker_host, uv_path=Path(uv.find_uv_bin()), limits=Limits(parent, 2**40, PROCESSES))
    try:
        assert replace(bounds, memory_bytes=MEMORY_MB * 1024**2).keep(parent)
        done = built("RUN busybox tail /dev/zero", engine=roomy)
    finally:
        bounds.keep(parent)
    assert done.state == State.FAILED
    assert "as all builds together have only so much" in done.error


def test_a_program_that_is_ended_within_a_step_that_ends_with_another_code(built):
    done = built("RUN busybox tail /dev/zero || exit 3")
    assert (done.state, done.exit_code) == (State.FAILED, 3)
    assert "used more than the 96 MB of memory" in done.error


def test_a_step_that_forks_without_end(built):
    done = built("RUN f() { f | f & }; f; while true; do sleep 7213; done")
    assert done.state == State.FAILED
    assert "used more than the 64 processes one step may have here at a time" in done.error
    assert not process_runs("sleep", "7213")


def test_a_step_that_sleeps_for_ever(built, settings):
    settings.BUILD_TIME_LIMIT = 3
    done = built("RUN sleep 7214")
    assert done.state == State.FAILED
    assert "longer than the 3 seconds it may take" in done.error
    assert not process_runs("sleep", "7214")


def test_a_step_that_fills_the_shared_memory(built):
    done = built("RUN busybox dd if=/dev/zero of=/dev/shm/x bs=1M")
    assert done.state == State.FAILED
    assert "filled /dev/shm, which holds 64 MB in a step" in done.error


def test_what_a_step_puts_into_a_file_system_in_memory_counts_as_its_memory(built):
    done = built("RUN --mount=type=tmpfs,target=/t busybox dd if=/dev/zero of=/t/x bs=1M")
    assert done.state == State.FAILED
    assert "used more than the 96 MB of memory" in done.error


def test_a_step_that_prints_without_measure_builds_on_and_its_log_is_cut(built):
    done = built(f"RUN yes {'x' * 78} | busybox head -c {FLOOD}", "RUN true")
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    assert len(printed(done)) < FLOOD / 4


def test_a_step_that_prints_without_measure_and_fails_ends_as_failed(built, monkeypatch):
    monkeypatch.setattr(builds, "LOST_ASKED_EVERY", 2)
    done = built(f"RUN yes {'x' * 78} | busybox head -c {FLOOD}; exit 3")
    assert done.state == State.FAILED
    assert "exit code 3" in done.error or "printed faster than this engine can tell" in done.error


def test_a_step_that_prints_without_measure_can_be_stopped(built, settings):
    settings.BUILD_TIME_LIMIT = 5
    done = built(f"RUN yes {'x' * 78} | busybox head -c {FLOOD}; sleep 7215")
    assert done.state == State.FAILED
    assert "longer than the 5 seconds" in done.error
    assert not process_runs("sleep", "7215")


def test_a_step_that_is_killed_from_elsewhere_is_not_said_to_have_used_too_much(built):
    done = built("RUN exit 137")
    assert done.state == State.FAILED
    assert "was killed (exit code 137)" in done.error
