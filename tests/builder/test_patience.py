"""The database goes away in mid build, or its disk is full."""

import pytest
from django.db import OperationalError, transaction
from django.db.models import QuerySet

from environments.builder import patience, run
from environments.builder.recorder import Recorder
from environments.engine.fake import FakeEngine
from environments.models import Build, BuildStep, LogPiece, State
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


def losing_the_answer(method, model):
    """The method of a query set of the model, whose work is committed, but nobody is told so the first two times."""
    left = [OperationalError("server closed the connection unexpectedly")] * 2

    def lose():
        if left:
            raise left.pop()

    def do_and_lose(rows, *arguments, **fields):
        done = method(rows, *arguments, **fields)
        if rows.model is model:
            transaction.on_commit(lose)
        return done

    return do_and_lose


@pytest.mark.parametrize("model", [BuildStep, LogPiece])
def test_what_was_written_is_not_written_twice_though_the_answer_was_lost(carry_out, monkeypatch, model):
    monkeypatch.setattr(QuerySet, "bulk_create", losing_the_answer(QuerySet.bulk_create, model))
    done = carry_out()
    assert (done.state, done.attempt, done.error) == (State.SUCCEEDED, 1, "")
    assert [step.number for step in done.steps.all()] == list(range(1, done.steps.count() + 1))
    numbers = [number for piece in done.log.all() for number, _ in piece.numbered()]
    assert numbers == list(range(1, done.line_count + 1)) != []


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
