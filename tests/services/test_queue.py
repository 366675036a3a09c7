"""The queue as people see it: places, guesses, pauses, and builds that do not stop."""

import logging
import threading
from datetime import timedelta
from math import inf

import pytest
from django.core.management import call_command
from django.db import connection, transaction
from django.utils import timezone

from environments import tasks
from environments.builder.turns import claim_next
from environments.models import AuditEvent, Build, Hold, State, Worker
from environments.services.builds import reconcile
from environments.services.queue import Queue, pause, resume, starts_in
from tests.cast import make_build, make_user, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def vision():
    return make_workspace("vision")


@pytest.fixture(autouse=True)
def poked(monkeypatch):
    ids = []
    monkeypatch.setattr(tasks, "poke", ids.append)
    return ids


@pytest.fixture(autouse=True)
def worker():
    """A worker with two slots."""
    return Worker.objects.create(name="w", host="h", capabilities={"slots": 2}, heartbeat_at=timezone.now())


def took(version, *seconds):
    """Good builds of a version that ran so long."""
    end = timezone.now()
    for number in seconds:
        make_build(version, started_at=end - timedelta(seconds=number), finished_at=end)


def running(version, seconds=0):
    return make_build(version, State.RUNNING, started_at=timezone.now() - timedelta(seconds=seconds), worker="w")


def place_of(build):
    return Queue().places([build])[build.pk]


@pytest.mark.parametrize(
    ("slots", "left", "takes", "starts"),
    [
        (2, [], [60, 60, 60], [0, 0, 60]),
        (2, [30], [60, 60], [0, 30]),
        (2, [30, 90], [60, 10, 10], [30, 90, 90]),
        (1, [30, 90], [60], [30]),
        (0, [], [60], [None]),
        (1, [inf], [60], [None]),
        (2, [10], [inf, 5, 5], [0, 10, 15]),
        (1, [], [inf, 5], [0, None]),
    ],
)
def test_a_build_starts_when_a_slot_gets_free(slots, left, takes, starts):
    assert starts_in(slots, left, takes) == starts


def test_places_follow_the_turns_that_workers_take(vision):
    mine = [make_build(make_version(vision, name), State.QUEUED) for name in ("a", "b", "c")]
    other = make_build(make_version(make_workspace("speech")), State.QUEUED)
    places = Queue().places([*mine, other])
    expected = sorted(places, key=lambda pk: places[pk].position)
    assert [places[build.pk].position for build in (*mine, other)] == [1, 3, 4, 2]
    assert {place.of for place in places.values()} == {4}
    assert [claim_next("w").pk for _ in expected] == expected


def test_the_guess_is_the_median_of_the_environment_else_of_the_workspace_else_of_all(vision):
    train = make_version(vision, "train")
    took(train, 100, 10, 20)
    running(train, seconds=5)
    running(make_version(vision, "score"))  # as long as others here take: 20 s
    took(make_version(make_workspace("far"), "x"), 1000, 1000, 1000, 1000)
    running_elsewhere = make_version(make_workspace("speech"), "y")
    waits = make_build(make_version(vision, "third"), State.QUEUED)
    assert place_of(waits).seconds == pytest.approx(15, abs=2)
    Worker.objects.update(capabilities={"slots": 3})
    running(running_elsewhere)
    assert place_of(waits).seconds == pytest.approx(15, abs=2)


def test_no_start_is_promised_where_what_runs_takes_longer_than_usual(vision):
    train = make_version(vision, "train")
    took(train, 20)
    longest = running(train, seconds=200)
    other = running(make_version(vision, "score"), seconds=300)
    waits = [make_build(make_version(vision, name), State.QUEUED) for name in ("first", "second")]
    assert [(place_of(build).seconds, place_of(build).late) for build in waits] == [(None, True), (None, True)]
    Build.objects.filter(pk=other.pk).update(started_at=timezone.now())
    first, second = map(place_of, waits)
    assert (first.seconds, second.seconds) == (pytest.approx(20, abs=2), pytest.approx(40, abs=2))
    Build.objects.filter(pk__in=(longest.pk, other.pk)).update(started_at=timezone.now() - timedelta(seconds=90))
    pause("disk swap", by=None)
    assert not place_of(waits[0]).late


def test_nobody_guesses_without_experience_worker_or_while_the_queue_is_paused(vision):
    train = make_version(vision, "train")
    running(train), running(make_version(vision, "score"))
    waits = make_build(make_version(vision, "third"), State.QUEUED)
    assert place_of(waits).seconds is None
    took(make_version(vision, "fourth"), 30)
    assert place_of(waits).seconds is not None
    pause("disk swap", by=None)
    assert place_of(waits).seconds is None
    resume(by=None)
    Worker.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=1))
    assert place_of(waits).seconds is None


def test_the_load_counts_all_workspaces(vision):
    running(make_version(vision, "train"))
    make_build(make_version(make_workspace("speech")), State.QUEUED)
    load = Queue().load
    assert (load.running, load.slots, load.waiting) == (1, 2, 1)


def test_a_paused_queue_starts_nothing_and_goes_on_when_resumed(vision, poked, django_capture_on_commit_callbacks):
    ana = make_user("ana")
    builds = [make_build(make_version(vision, name), State.QUEUED) for name in ("a", "b", "c")]
    Build.objects.update(created_at=timezone.now() - timedelta(minutes=1))
    pause("the disk is swapped", by=ana)
    reconcile()
    assert (claim_next("w"), poked) == (None, [])
    with django_capture_on_commit_callbacks(execute=True):
        resume(by=ana)
    assert len(poked) == 2  # one for each free slot
    assert set(poked) < {build.pk for build in builds}
    assert list(AuditEvent.objects.filter(actor="ana").order_by("pk").values_list("actor", "action")) == [
        ("ana", "queue.pause"),
        ("ana", "queue.resume"),
    ]


def test_pausing_again_gives_the_newer_reason_and_resuming_twice_is_harmless():
    pause("first", by=None)
    pause("second", by=None)
    assert [hold.reason for hold in Hold.objects.paused()] == ["second"]
    resume(by=None)
    resume(by=None)
    assert AuditEvent.objects.filter(action="queue.resume").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_who_pause_at_the_same_moment_neither_reason_is_lost():
    is_paused = threading.Event()

    def pause_second():
        try:
            is_paused.wait()
            pause("second", by=None)
        finally:
            connection.close()

    other = threading.Thread(target=pause_second)
    other.start()
    with transaction.atomic():
        pause("first", by=None)
        is_paused.set()
        other.join(0.5)  # what is written here cannot be seen there yet
    other.join()
    assert [hold.reason for hold in Hold.objects.paused()] == ["second"]
    told = AuditEvent.objects.filter(action="queue.pause").order_by("pk")
    assert [event.detail["reason"] for event in told] == ["first", "second"]


def test_commands_pause_and_resume():
    call_command("pause_queue", "moving house")
    assert Hold.objects.paused().get().reason == "moving house"
    call_command("resume_queue")
    assert not Hold.objects.paused().exists()


def test_admins_are_told_once_of_a_build_that_does_not_stop(vision, caplog):
    build = running(make_version(vision, "train"))
    Build.objects.update(cancel_requested_at=timezone.now() - timedelta(seconds=20))
    reconcile()
    assert not caplog.records
    Build.objects.update(cancel_requested_at=timezone.now() - timedelta(seconds=31))
    reconcile()
    reconcile()
    assert [record.levelno for record in caplog.records] == [logging.ERROR]
    assert str(build.pk) in caplog.text
    assert Build.objects.get().state == State.RUNNING
    assert AuditEvent.objects.filter(action="build.does_not_stop").count() == 1


def test_a_build_that_is_being_stopped_beats_on_and_is_not_taken_for_lost(vision):
    build = running(make_version(vision, "train"))
    Build.objects.update(cancel_requested_at=timezone.now(), heartbeat_at=timezone.now() - timedelta(seconds=16))
    assert build.beat() is False
    reconcile()
    assert Build.objects.get().state == State.RUNNING
