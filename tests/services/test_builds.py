"""Asking for builds, reusing them, stopping them, and putting right what was lost."""

from datetime import timedelta

import pytest
from django.utils import timezone

from environments import tasks
from environments.models import Build, Image, State, Version, Worker, Workspace
from environments.models.builds import Reason
from environments.services.builds import cancel_build, make_current, reconcile, request_build
from tests.cast import make_build, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def poked(monkeypatch):
    """The ids of builds that workers were told of."""
    ids = []
    monkeypatch.setattr(tasks, "poke", ids.append)
    return ids


@pytest.fixture
def vision():
    return make_workspace("vision")


def test_a_build_is_queued_and_a_worker_poked_on_commit(vision, poked, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        build = request_build(make_version(vision), by=None)
    assert (build.state, poked) == (State.QUEUED, [build.pk])


def test_asking_twice_gives_the_build_under_way(vision, poked):
    version = make_version(vision)
    assert request_build(version, by=None) == request_build(version, by=None)
    assert Build.objects.count() == 1


def test_builds_are_numbered_within_their_workspace(vision, poked):
    numbers = [request_build(make_version(vision, name), by=None).number for name in ("a", "b")]
    other = request_build(make_version(make_workspace("speech")), by=None)
    assert [*numbers, other.number] == [1, 2, 1]


def test_the_same_definition_builds_nothing_and_names_the_build_that_made_the_image(vision, poked):
    made = make_build(make_version(vision, "train", "numpy"))
    twin = make_version(vision, "score", "numpy")
    build = request_build(twin, by=None)
    assert (build.state, build.reused, build.image) == (State.SUCCEEDED, made, made.image)
    assert poked == []
    twin.refresh_from_db()
    assert twin.current_build == build


def test_reuse_names_the_build_that_ran_not_the_one_that_reused_it(vision, poked):
    made = make_build(make_version(vision, "train", "numpy"))
    request_build(make_version(vision, "score", "numpy"), by=None)
    assert request_build(make_version(vision, "third", "numpy"), by=None).reused == made


def test_curated_builds_are_reused_and_other_workspaces_never(vision, poked):
    make_build(make_version(make_workspace("speech"), "train", "numpy"))
    assert request_build(make_version(vision, "train", "numpy"), by=None).state == State.QUEUED
    made = make_build(make_version(make_workspace("curated"), "train", "scipy"))
    assert request_build(make_version(vision, "score", "scipy"), by=None).reused == made


@pytest.mark.parametrize("setting", [{"compile_bytecode": True}, {"network": False}])
def test_an_image_made_with_other_settings_is_not_reused(vision, poked, setting):
    version = make_version(vision, "train", "numpy")
    make_build(version)
    Workspace.objects.update(**setting)
    assert request_build(Version.objects.get(), by=None).state == State.QUEUED
    Build.objects.filter(state=State.QUEUED).delete()
    Image.objects.update(made_with=Workspace.objects.get().builds_like(version.kind))
    assert request_build(Version.objects.get(), by=None).state == State.SUCCEEDED


def test_resolving_again_builds_afresh_and_a_rebuild_keeps_the_lock(vision, poked):
    version = make_version(vision, "train", "numpy")
    make_build(version)
    again = request_build(version, by=None, reason=Reason.RESOLVE)
    assert (again.state, again.lock) == (State.QUEUED, None)


def test_a_queued_build_is_cancelled_at_once(vision, poked):
    build = cancel_build(request_build(make_version(vision), by=None), by=None)
    assert (build.state, build.finished_at is not None) == (State.CANCELLED, True)


def test_a_running_build_is_asked_to_stop(vision):
    build = cancel_build(make_build(make_version(vision), State.RUNNING), by=None)
    assert (build.state, build.cancel_requested_at is not None) == (State.RUNNING, True)


def test_cancelling_what_has_ended_changes_nothing(vision):
    build = cancel_build(make_build(make_version(vision), State.FAILED), by=None)
    assert (build.state, build.cancel_requested_at) == (State.FAILED, None)


def test_only_a_good_build_becomes_current(vision):
    version = make_version(vision)
    good, bad = make_build(version), make_build(version, State.FAILED)
    assert not make_current(bad, by=None)
    assert make_current(good, by=None)
    assert Version.objects.get().current_build == good


@pytest.fixture
def worker():
    """A worker that runs one build at a time."""
    return Worker.objects.create(
        name="one", host="one", engine="Engine", capabilities={"slots": 1}, heartbeat_at=timezone.now()
    )


def untaken(vision, name="train"):
    build = request_build(make_version(vision, name), by=None)
    Build.objects.filter(pk=build.pk).update(created_at=timezone.now() - timedelta(seconds=6))
    return build


def test_a_build_nobody_took_is_poked_again(vision, poked, worker):
    request_build(make_version(vision), by=None)
    reconcile()
    assert poked == []
    build = untaken(vision, "score")
    reconcile()
    assert poked == [build.pk]


def test_pokes_do_not_pile_up_while_every_worker_is_busy(vision, poked, worker):
    make_build(make_version(vision), State.RUNNING)
    untaken(vision, "score")
    reconcile()
    assert poked == []


def test_pokes_do_not_pile_up_while_there_is_no_worker(vision, poked, worker):
    untaken(vision)
    Worker.objects.update(heartbeat_at=timezone.now() - timedelta(minutes=1))
    reconcile()
    assert poked == []


def lost(version, **fields):
    return make_build(version, State.RUNNING, heartbeat_at=timezone.now() - timedelta(seconds=16), **fields)


def test_a_lost_build_is_queued_once_more_and_then_failed(vision, poked):
    build = lost(make_version(vision))
    reconcile()
    build.refresh_from_db()
    assert (build.state, poked) == (State.QUEUED, [build.pk])
    build.claim("second")
    Build.objects.update(heartbeat_at=timezone.now() - timedelta(seconds=16))
    reconcile()
    build.refresh_from_db()
    assert build.state == State.FAILED
    assert "worker stopped answering" in build.error


def test_a_lost_build_that_was_to_be_cancelled_is_cancelled(vision, poked):
    build = lost(make_version(vision), cancel_requested_at=timezone.now())
    reconcile()
    build.refresh_from_db()
    assert build.state == State.CANCELLED


def test_a_build_that_still_beats_is_left_alone(vision, poked):
    build = make_build(make_version(vision), State.RUNNING)
    reconcile()
    build.refresh_from_db()
    assert (build.state, poked) == (State.RUNNING, [])
