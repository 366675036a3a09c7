"""A slot of a worker: a poke makes it run what waits, whoever the poke was for."""

import json
import os

import pytest

from environments import tasks
from environments.builder.alone import alone
from environments.engine.fake import FakeEngine
from environments.engine.protocol import Package, RunResult
from environments.models import Build, State, Worker
from environments.services.builds import cancel_build, request_build
from tests.builder.publishing import from_dockerfile
from tests.cast import make_version, make_workspace

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


@pytest.fixture
def engine(monkeypatch, settings, tmp_path):
    settings.DATA_DIR = tmp_path  # where one process of a host holds its lock: others test beside this one
    engine = FakeEngine()
    monkeypatch.setattr(tasks, "engine", lambda: engine)
    return engine


@pytest.fixture
def sent(monkeypatch):
    """The names of the tasks that were sent."""
    names = []
    monkeypatch.setattr(tasks, "_send", lambda task, *_: names.append(task.__name__))
    return names


@pytest.fixture
def queued(sent):
    """Three builds, two of them of one workspace."""
    places = [("vision", "a"), ("vision", "b"), ("speech", "a")]
    texts = "FROM python:3.11-slim\nRUN echo {}\n"
    versions = [from_dockerfile(make_workspace(slug), texts.format(slug + name), name) for slug, name in places]
    builds = [request_build(version, by=None) for version in versions]
    sent.clear()
    return builds


def states():
    return set(Build.objects.values_list("state", flat=True))


def test_one_poke_runs_all_that_wait(queued, engine, sent):
    tasks.run_builds()
    assert states() == {State.SUCCEEDED}
    assert set(Build.objects.values_list("checked", flat=True)) == {True}  # of contexts nothing is asked
    assert sent == []
    order = Build.objects.order_by("started_at").values_list("version__environment__workspace__slug", flat=True)
    assert list(order) == ["vision", "speech", "vision"]


def test_more_pokes_than_builds_are_harmless(queued, engine, sent):
    for _ in range(5):
        tasks.run_builds()
    assert set(Build.objects.values_list("attempt", flat=True)) == {1}
    assert engine.double_starts == []


def test_a_poke_for_a_build_that_was_cancelled_meanwhile_runs_the_others(queued, engine):
    cancel_build(queued[0], by=None)
    tasks.run_builds()
    assert sorted(Build.objects.values_list("state", flat=True)) == [State.CANCELLED, State.SUCCEEDED, State.SUCCEEDED]


def test_after_a_while_other_messages_have_their_turn_and_the_rest_is_poked_for(queued, engine, sent, monkeypatch):
    monkeypatch.setattr(tasks, "TURN", -1)
    tasks.run_builds()
    assert sent == ["run_builds"]
    assert Build.objects.filter(state=State.QUEUED).count() == 2


def test_what_a_killed_worker_left_behind_takes_nothing_new(queued, engine, monkeypatch):
    parents = iter([7, 1])
    monkeypatch.setattr(os, "getppid", lambda: next(parents))
    tasks.run_builds()
    assert Build.objects.filter(state=State.QUEUED).count() == 2


def test_a_worker_that_was_asked_to_stop_says_so_and_takes_nothing_new(queued, engine, monkeypatch):
    monkeypatch.setattr(tasks._stopping, "is_set", lambda: True)
    tasks.beat_worker()
    assert Worker.objects.get().draining
    tasks.run_builds()
    assert states() == {State.QUEUED}


def test_without_a_broker_the_build_waits_in_the_database(monkeypatch, caplog):
    def vanished(*_, **__):
        raise OSError("no folder")

    monkeypatch.setattr(tasks.run_builds, "apply_async", vanished)
    build = request_build(make_version(make_workspace("vision")), by=None)
    assert build.state == State.QUEUED
    assert f"build {build.pk} waits in the database" in caplog.text


def test_the_image_of_packages_is_checked_once_for_all_builds_that_share_it(queued, engine, sent):
    engine.built_packages = (Package("pip", "six", "1"),)
    engine.built_files = {"/lock/requirements.lock": b"six==1 \\\n    --hash=sha256:aa\n", "/lock/pylock.toml": b""}
    engine.run_result = RunResult(0, json.dumps([{"name": "six", "manager": "pip", "modules": ["six"], "error": ""}]))
    first = request_build(make_version(make_workspace("vision"), "c", "six"), by=None)
    sent.clear()
    tasks.run_builds()
    assert sent == ["check_builds"]
    tasks.check_builds()
    second = request_build(make_version(make_workspace("vision"), "d", "six>=1"), by=None)
    sent.clear()
    tasks.run_builds()
    second.refresh_from_db()
    assert (second.reused, second.checked, sent) == (first, True, [])


def test_one_process_of_a_host_checks_at_a_time(queued, engine, settings):
    tasks.run_builds()
    Build.objects.update(checked=None, check_output="")
    with alone(settings.DATA_DIR / "checks.lock"):
        tasks.check_builds()
    assert Build.objects.filter(checked=None).count() == 3
    tasks.check_builds()
    assert not Build.objects.filter(checked=None).exists()


def test_checks_let_builds_go_first(queued, engine, sent):
    tasks.run_builds()
    Build.objects.update(checked=None, check_output="")
    request_build(from_dockerfile(make_workspace("vision"), "FROM python:3.11-slim\nRUN echo more\n", "more"), by=None)
    sent.clear()
    tasks.check_builds()
    assert Build.objects.filter(state=State.SUCCEEDED, checked=None).count() == 2
    assert sent == ["check_builds"]
