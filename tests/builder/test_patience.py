"""The database goes away in mid build, or its disk is full."""

import pytest
from django.db import OperationalError

from environments.builder import patience, run
from environments.builder.recorder import Recorder
from environments.engine.fake import FakeEngine
from environments.models import Build, BuildStep, State
from environments.services.builds import request_build
from tests.builder.publishing import from_dockerfile

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


@pytest.fixture
def queued(vision):
    return request_build(from_dockerfile(vision, "FROM python:3.11-slim\nRUN true\n"), by=None)


@pytest.fixture
def carry_out(queued, monkeypatch):
    """carry_out(): the build's row after another attempt."""
    monkeypatch.setattr(patience, "EVERY", 0.01)

    def carry_out():
        run.run(queued.pk, FakeEngine(), worker="worker")
        return Build.objects.get(pk=queued.pk)

    return carry_out


def failing(method, times):
    """The method, which finds the database full that many times."""
    left = [OperationalError("database or disk is full")] * times

    def fail_at_first(*arguments, **fields):
        if left:
            raise left.pop()
        return method(*arguments, **fields)

    return fail_at_first


@pytest.mark.parametrize(
    ("owner", "name"), [(Build, "enter"), (Recorder, "finish"), (Recorder, "_flush"), (BuildStep, "save")]
)
def test_a_good_build_is_good_though_not_everything_could_be_written_at_once(carry_out, monkeypatch, owner, name):
    monkeypatch.setattr(owner, name, failing(getattr(owner, name), times=3))
    done = carry_out()
    assert (done.state, done.attempt, done.error) == (State.SUCCEEDED, 1, "")


def test_a_build_that_cannot_be_written_down_is_tried_once_more_then_fails_with_the_reason(carry_out, monkeypatch):
    monkeypatch.setattr(Recorder, "event", failing(Recorder.event, times=2))
    assert carry_out().state == State.QUEUED
    done = carry_out()
    assert (done.state, done.attempt, done.error) == (State.FAILED, 2, run.NO_DATABASE_TWICE)


def test_a_database_that_stays_away_is_told_at_last(monkeypatch):
    monkeypatch.setattr(patience, "PATIENCE", 0.05)
    monkeypatch.setattr(patience, "EVERY", 0.01)
    with pytest.raises(OperationalError, match="full"):
        patience.insist(failing(lambda: None, times=1000))
