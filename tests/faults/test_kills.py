"""A part of the studio dies in mid build: the build ends all the same, once, and nothing of it goes on running."""

import os
import signal
from pathlib import Path

import pytest

from studio.launch.leftovers import members
from tests.faults.sleeper import Sleeper, all_gone, mounts_of_steps
from tests.waiting import wait_for


@pytest.fixture
def sleeper(studio):
    return Sleeper(studio).begin()


def test_a_killed_worker_takes_its_builds_with_it_and_they_are_built_again(studio):
    both = [Sleeper(studio, seconds=15).begin() for _ in range(2)]  # longer than is waited for their end
    children = studio.pids("child")
    studio.kill("worker")
    wait_for(lambda: all_gone(children), "its children to end", seconds=30)
    wait_for(lambda: not any(one.is_running() for one in both), "the engine to stop both", seconds=10)
    assert [one.end()["attempt"] for one in both] == [2, 2]


def test_a_worker_that_lost_an_idle_child_goes_on(studio):
    """Each child in its turn, for only one of them waits for the next task."""
    worker = studio.pids("worker")
    for child in studio.pids("child"):
        os.kill(child, signal.SIGKILL)
        Sleeper(studio, 0).end()
    assert studio.pids("worker") == worker


def test_builds_go_on_without_scheduler_and_web(studio, sleeper):
    killed = {studio.kill("scheduler"), studio.kill("web")}
    assert sleeper.end()["attempt"] == 1
    wait_for(studio.is_ready, "the web to be back", seconds=60)
    assert killed.isdisjoint({*studio.pids("scheduler"), *studio.pids("web")})


def test_a_killed_engine_comes_back_without_orphans_and_the_build_is_done_again(studio, sleeper):
    orphans = members(studio.names.cgroup)
    assert orphans
    killed = studio.kill("engine")
    assert sleeper.end()["attempt"] == 2
    assert all_gone([*orphans, killed])
    assert members(studio.names.cgroup) == []
    assert not mounts_of_steps(studio.names.engine_dir)
    assert Path("/sys/class/net", studio.names.bridge).exists()


def busy(studio):
    """The children of the worker that build: only those have a second thread, for the heartbeat."""
    return {child for child in studio.pids("child") if len(os.listdir(f"/proc/{child}/task")) > 1}


def test_lost_children_disturb_no_other_and_one_that_was_only_slow_writes_nothing_more(studio):
    child_of = {}
    for name in ("killed", "slow", "left alone"):
        before = busy(studio)
        sleeper = Sleeper(studio, seconds=8).begin()
        child_of[name] = (sleeper, *(busy(studio) - before))
    (killed, killed_child), (slow, slow_child), (left_alone, _) = child_of.values()
    os.kill(killed_child, signal.SIGKILL)
    os.kill(slow_child, signal.SIGSTOP)
    try:
        assert left_alone.end()["attempt"] == 1
        ended = [killed.end(), slow.end()]
    finally:
        os.kill(slow_child, signal.SIGCONT)
    assert [row["attempt"] for row in ended] == [2, 2]
    wait_for(lambda: not busy(studio), "the slow one to notice", seconds=20)
    assert [killed.end(), slow.end()] == ended
    assert slow.images() == 1


def test_a_studio_that_was_cut_off_does_the_build_again_once_it_is_started_again(studio, sleeper):
    left_behind = [*studio.pids("child"), *members(studio.names.cgroup)]
    studio.cut_off()
    studio.start()
    wait_for(lambda: all_gone(left_behind), "what was left behind to end", seconds=20)
    assert sleeper.end()["attempt"] == 2
