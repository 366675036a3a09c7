"""Whose turn it is: no workspace waits behind another one's many builds."""

import random
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from environments.builder.turns import claim_next, order
from environments.models import Build, Hold, State, Worker
from tests.cast import make_build, make_version, make_workspace

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def waiting(text):
    """Builds of workspaces named by a letter, the oldest first: "a1 a2 b1"."""
    return [(name, name[0]) for name in text.split()]


def test_one_workspace_is_served_in_the_order_it_asked():
    assert order(waiting("a1 a2 a3"), {}) == ["a1", "a2", "a3"]


def test_workspaces_alternate_whoever_asked_for_more():
    assert order(waiting("a1 a2 a3 b1 c1 b2"), {}) == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_the_workspace_with_the_fewest_running_builds_goes_first():
    assert order(waiting("a1 a2 b1 b2"), {"a": (1, NOON)}) == ["b1", "a1", "b2", "a2"]
    assert order(waiting("a1 b1 b2 b3"), {"a": (2, NOON)}) == ["b1", "b2", "a1", "b3"]


def test_with_equally_many_running_the_one_whose_turn_is_longest_ago_goes_first():
    served = {"a": (0, NOON), "b": (0, NOON - timedelta(seconds=1))}
    assert order(waiting("a1 a2 b1 c1"), served) == ["c1", "b1", "a1", "a2"]


def test_every_build_has_its_turn_and_an_own_order_holds():
    names = [f"{letter}{number}" for number in range(20) for letter in "abcd"]
    asked = waiting(" ".join(random.Random(4).sample(names, len(names))))
    turns = order(asked, {"a": (3, NOON), "b": (1, NOON)})
    assert sorted(turns) == sorted(names)
    for letter in "abcd":
        assert [n for n in turns if n[0] == letter] == [n for n, workspace in asked if workspace == letter]


@pytest.fixture
def queued():
    """queued("vision", 3): so many waiting builds."""

    def make(slug, count):
        workspace = make_workspace(slug)
        names = [f"env-{number}" for number in range(count)]
        return [make_build(make_version(workspace, name), State.QUEUED) for name in names]

    return make


def slugs(builds):
    return [build.version.environment.workspace.slug for build in builds]


@pytest.mark.database
@pytest.mark.django_db
class TestClaiming:
    def test_each_build_is_claimed_once_and_then_there_is_none(self, queued):
        builds = queued("vision", 3)
        assert [claim_next("w") for _ in range(4)] == [*builds, None]
        assert set(Build.objects.values_list("state", "worker", "attempt")) == {(State.RUNNING, "w", 1)}

    def test_a_single_slot_serves_workspaces_in_turn(self, queued):
        queued("many", 4)
        queued("few", 2)
        claimed = []
        while build := claim_next("w"):
            claimed.append(build)
            build.enter(State.FAILED)
        assert slugs(claimed) == ["many", "few", "many", "few", "many", "many"]

    def test_what_waits_longest_of_one_workspace_comes_first_though_it_came_back_from_a_lost_worker(self, queued):
        first, second = queued("vision", 2)
        first.claim("lost")
        first.give_back("lost")
        assert [claim_next("w"), claim_next("w")] == [first, second]

    def test_one_that_is_to_be_cancelled_is_passed_over(self, queued):
        first, second = queued("vision", 2)
        Build.objects.filter(pk=first.pk).update(cancel_requested_at=timezone.now())
        assert claim_next("w") == second

    def test_whoever_loses_a_race_takes_the_next(self, queued, monkeypatch):
        first, second = queued("vision", 2)
        claim = Build.claim
        quick = iter(["quick"])

        def race(build, worker):
            if name := next(quick, None):
                claim(Build.objects.get(pk=build.pk), name)
            return claim(build, worker)

        monkeypatch.setattr(Build, "claim", race)
        assert claim_next("slow") == second
        assert Build.objects.get(pk=first.pk).worker == "quick"

    @pytest.mark.parametrize(("kind", "of"), [("paused", ""), ("disk", "w")])
    def test_a_hold_lets_nothing_start_until_it_ends(self, queued, kind, of):
        [build] = queued("vision", 1)
        hold = Hold.objects.create(kind=kind, worker=of, reason="maintenance")
        assert claim_next("w") is None
        hold.ended_at = timezone.now()
        hold.save()
        assert claim_next("w") == build

    def test_the_full_disk_of_another_worker_holds_nothing(self, queued):
        [build] = queued("vision", 1)
        Hold.objects.create(kind="disk", worker="other", reason="full")
        assert claim_next("w") == build

    def test_a_worker_that_was_asked_to_stop_takes_nothing_new(self, queued):
        queued("vision", 1)
        Worker.objects.create(name="w", host="h", heartbeat_at=timezone.now(), draining=True)
        assert claim_next("w") is None

    def test_a_long_queue_asks_no_more(self, queued):
        queued("vision", 60)
        with CaptureQueriesContext(connection) as captured:
            claim_next("w")
        assert len(captured) <= 15  # half of them keep what lists show
