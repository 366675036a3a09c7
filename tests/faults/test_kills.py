"""A part of the studio dies in mid build: the build ends all the same, once, and nothing of it goes on running."""

import os
import signal
import uuid
from pathlib import Path

import pytest

from studio.launch.leftovers import members
from tests.engine.making import process_runs
from tests.waiting import wait_for


class Sleeper:
    """A build with one step that sleeps for a time no other process sleeps for."""

    def __init__(self, studio, seconds=3):
        self.studio = studio
        self.mark = uuid.uuid4().hex
        self.seconds = f"{seconds}.{self.mark[:8].translate(str.maketrans('abcdef', '012345'))}"
        self.id = studio.build(f"b{self.mark[:12]}", f"RUN echo {self.mark} && sleep {self.seconds} && echo done")

    def is_running(self):
        return process_runs("sleep", self.seconds)

    def begin(self):
        wait_for(self.is_running, "the step to run", seconds=60)

    def end(self, *states, seconds=75):
        """The ended build's row. Its log is whole, its image recorded once, and its process gone."""
        row = self.studio.wait_until(self.id, "succeeded", "failed", "cancelled", seconds=seconds)
        assert row["state"] in (states or ("succeeded",)), (row["state"], row["error"])
        wait_for(lambda: not self.is_running(), "the step's process to be gone", seconds=10)
        said = [line for line in self.studio.printed(self.id) if line == self.mark]
        assert len(said) <= row["attempt"] <= 2
        assert (row["image_id"] is not None) == (row["state"] == "succeeded")
        if row["state"] == "failed":
            assert row["error"]
        return row


@pytest.fixture
def sleeper(studio):
    return Sleeper(studio)


def test_a_worker_killed_takes_its_builds_with_it_and_they_are_built_again(studio):
    both = [Sleeper(studio), Sleeper(studio)]
    for one in both:
        one.begin()
    children = studio.pids("child")
    studio.kill("worker")
    wait_for(lambda: not any(one.is_running() for one in both), "the engine to stop both", seconds=10)
    assert not any(os.path.exists(f"/proc/{child}") for child in children)
    assert [one.end()["attempt"] for one in both] == [2, 2]


def test_a_killed_child_of_the_worker_does_not_disturb_its_sibling(studio):
    both = [Sleeper(studio, 5), Sleeper(studio, 5)]
    for one in both:
        one.begin()
    studio.kill("child")
    assert sorted(one.end()["attempt"] for one in both) == [1, 2]


def test_builds_go_on_without_scheduler_and_web(studio, sleeper):
    sleeper.begin()
    killed = {studio.kill("scheduler"), studio.kill("web")}
    assert sleeper.end()["attempt"] == 1
    wait_for(studio.is_ready, "the web to be back", seconds=60)
    now = wait_for(lambda: studio.pids("scheduler") + studio.pids("web"), "both to be back", seconds=60)
    assert killed.isdisjoint(now)


def test_a_killed_engine_comes_back_without_orphans_and_the_build_is_done_again(studio, sleeper):
    sleeper.begin()
    orphans = members(studio.names.cgroup)
    assert orphans
    studio.kill("engine")
    assert sleeper.end()["attempt"] == 2
    assert not any(os.path.exists(f"/proc/{orphan}") for orphan in orphans)


def test_a_worker_process_that_was_taken_for_lost_writes_nothing_more(studio, sleeper):
    sleeper.begin()
    frozen = studio.pids("child")
    for child in frozen:
        os.kill(child, signal.SIGSTOP)
