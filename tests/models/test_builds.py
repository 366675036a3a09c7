"""The state machine: guarded moves, fenced attempts."""

from datetime import timedelta

import pytest
from django.utils import timezone

from environments.models import Build, State
from environments.models.builds import ENTERED_FROM
from tests.cast import make_build, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def version():
    return make_version(make_workspace("vision"))


def test_a_queued_build_is_claimed_once(version):
    build = make_build(version, State.QUEUED)
    rival = Build.objects.get(pk=build.pk)
    assert build.claim("worker-a")
    assert not rival.claim("worker-b")
    assert (build.attempt, build.worker, build.state) == (1, "worker-a", State.RUNNING)


def test_a_build_to_be_cancelled_is_not_claimed(version):
    build = make_build(version, State.QUEUED, cancel_requested_at=timezone.now())
    assert not build.claim("worker")


def test_a_heartbeat_tells_when_to_stop(version):
    build = make_build(version, State.QUEUED)
    build.claim("worker")
    assert build.beat()
    Build.objects.filter(pk=build.pk).update(cancel_requested_at=timezone.now())
    assert not build.beat()


def test_a_late_worker_cannot_finish_a_build_that_another_attempt_has(version):
    build = make_build(version, State.QUEUED)
    build.claim("slow")
    late = Build.objects.get(pk=build.pk)
    build.enter(State.QUEUED)
    build.claim("quick")
    assert not late.beat()
    assert not late.enter(State.FAILED, error="late")
    assert build.beat()


def test_a_late_worker_cannot_end_a_build_that_waits_again(version):
    build = make_build(version, State.RUNNING)
    late = Build.objects.get(pk=build.pk)
    build.give_back("lost")
    for state in (State.FAILED, State.CANCELLED, State.SUCCEEDED):
        assert not late.enter(state)
    late.refresh_from_db()
    assert late.state == State.QUEUED


def test_a_build_is_given_back_once_and_then_fails(version):
    build = make_build(version, State.QUEUED)
    build.claim("first")
    build.give_back("lost")
    assert (build.state, build.worker, build.heartbeat_at) == (State.QUEUED, "", None)
    build.claim("second")
    build.give_back("lost twice")
    assert (build.state, build.error) == (State.FAILED, "lost twice")


@pytest.mark.parametrize("attempt", [1, 2])
def test_a_build_to_be_cancelled_is_cancelled_when_it_is_given_back(version, attempt):
    build = make_build(version, State.RUNNING, attempt=attempt, cancel_requested_at=timezone.now())
    build.give_back("lost")
    assert (build.state, build.error) == (State.CANCELLED, "")


def test_a_late_worker_cannot_finish_a_cancelled_build(version):
    build = make_build(version, State.RUNNING)
    late = Build.objects.get(pk=build.pk)
    assert build.enter(State.CANCELLED)
    assert not late.enter(State.FAILED, error="late")
    late.refresh_from_db()
    assert (late.state, late.error) == (State.CANCELLED, "")


@pytest.mark.parametrize("state", [State.SUCCEEDED, State.FAILED, State.CANCELLED])
def test_what_has_ended_stays_ended(version, state):
    build = make_build(version, state)
    for other in State:
        assert not build.enter(other)


def test_every_state_but_the_first_can_be_entered_from_somewhere():
    assert set(ENTERED_FROM) == set(State)


@pytest.mark.parametrize(
    ("silence", "is_told", "is_given_back"), [(5, False, False), (9, True, False), (16, True, True)]
)
def test_a_build_without_a_heartbeat_is_told_first_and_then_given_back(version, silence, is_told, is_given_back):
    build = make_build(version, State.RUNNING, heartbeat_at=timezone.now() - timedelta(seconds=silence))
    assert build.is_silent == is_told
    assert list(Build.objects.stale()) == [build] * is_given_back


def test_what_a_lost_attempt_knew_of_its_image_is_forgotten_by_the_next(vision):
    build = make_build(make_version(vision), State.RUNNING, image_key="a" * 64)
    build.give_back("lost")
    assert build.claim("another")
    assert (build.attempt, build.image_key) == (2, "")
