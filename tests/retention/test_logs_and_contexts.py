"""Old logs and contexts that nobody names go; what tells of a build stays."""

import os
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace

import pytest
from django.conf import settings as site
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone

from environments.contexts import from_texts
from environments.models import AuditEvent, Build, Context, LogPiece, State, Worker
from environments.retention.leftovers import Leftovers, read_leftovers, remove_leftovers
from environments.retention.tidy import TIDIED
from environments.services import retention
from environments.services.contexts import store_context
from tests.builder.publishing import from_dockerfile
from tests.cast import add_lines, add_step, make_build, make_version
from tests.retention.aging import days_ago

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def logged(version, days, state=State.FAILED, **fields):
    build = make_build(version, state, error="It failed.", **fields)
    add_lines(add_step(build, done=True), "one", "two")
    if state == State.FAILED:
        Build.objects.filter(pk=build.pk).update(finished_at=days_ago(days))
    return build


def test_the_log_of_an_old_build_goes_and_its_story_stays(vision):
    old, young = (logged(make_version(vision, name), days) for name, days in (("a", 181), ("b", 179)))
    running = logged(make_version(vision, "c"), 0, State.RUNNING, created_at=days_ago(400))
    assert read_leftovers().logs == 1
    assert remove_leftovers().logs == 1
    assert set(LogPiece.objects.values_list("build", flat=True)) == {young.pk, running.pk}
    old.refresh_from_db()
    assert old.log_removed_at is not None
    assert (old.line_count, old.error, old.steps.count()) == (2, "It failed.", 1)
    assert read_leftovers() == remove_leftovers() == Leftovers()


def stored(vision, text, days):
    """A context stored that many days ago, and the file it lies in."""
    context = store_context(vision, from_texts({"Dockerfile": text}))
    Context.objects.filter(pk=context.pk).update(created_at=days_ago(days))
    path = Path(context.archive.path)
    os.utime(path, (days_ago(days).timestamp(),) * 2)
    return path


def test_a_context_that_no_version_names_goes_with_its_file(vision):
    named = from_dockerfile(vision, "FROM python:3.11-slim\n")
    Context.objects.update(created_at=days_ago(9))
    orphan, young = stored(vision, "FROM a\n", 2), stored(vision, "FROM b\n", 0)
    assert read_leftovers().contexts == 1
    assert remove_leftovers().contexts == 1
    assert (orphan.exists(), young.exists()) == (False, True)
    assert Path(named.context.archive.path).exists()
    assert Context.objects.count() == 2


def test_a_context_stored_again_is_as_if_new(vision):
    path = stored(vision, "FROM a\n", 2)
    store_context(vision, from_texts({"Dockerfile": "FROM a\n"}))
    assert remove_leftovers().contexts == 0
    assert path.exists()


def test_a_file_without_a_record_goes(vision):
    kept, stray = stored(vision, "FROM a\n", 0), stored(vision, "FROM b\n", 2)
    Context.objects.get(archive=default_storage.generate_filename(str(stray.relative_to(site.MEDIA_ROOT)))).delete()
    assert len(read_leftovers().files) == 1
    remove_leftovers()
    assert (kept.exists(), stray.exists()) == (True, False)


def test_a_file_that_another_tidy_up_takes_meanwhile_is_passed_over(vision, monkeypatch):
    stray = stored(vision, "FROM b\n", 2)
    Context.objects.all().delete()
    listed = FileSystemStorage.listdir

    def listdir(storage, folder):
        folders, files = listed(storage, folder)
        if stray.name in files:
            stray.unlink()
        return folders, files

    monkeypatch.setattr(FileSystemStorage, "listdir", listdir)
    assert remove_leftovers().files == ()


@pytest.fixture
def asked(monkeypatch):
    told = []
    monkeypatch.setattr("environments.tasks.poke_tidy", lambda by: told.append(by) or True)
    return told


def some_worker():
    Worker.objects.create(name="worker", host="here", heartbeat_at=timezone.now())


@pytest.fixture
def one_round(django_capture_on_commit_callbacks):
    """One look of the scheduler, with what it sends once that is committed."""

    def one_round():
        with django_capture_on_commit_callbacks(execute=True):
            retention.tidy_daily()

    return one_round


@pytest.fixture
def clock(monkeypatch):
    """`clock.hours` is how far the scheduler's clock is ahead of what has been written down."""
    ahead = SimpleNamespace(hours=0)
    ahead.now = lambda: timezone.now() + timedelta(hours=ahead.hours)
    monkeypatch.setattr(retention, "timezone", ahead)
    return ahead


def test_the_scheduler_asks_once_a_day_and_again_where_nothing_came_of_it(one_round, asked, clock):
    one_round()
    assert asked == []
    some_worker()
    for hours, times in ((0, 1), (0, 1), (2, 2)):
        clock.hours = hours
        one_round()
        assert len(asked) == times
    AuditEvent.objects.create(actor="studio", action=TIDIED)
    for hours, times in ((23, 2), (25, 3)):
        clock.hours = hours
        one_round()
        assert len(asked) == times


def test_the_scheduler_asks_for_nothing_where_that_is_turned_off(one_round, asked, settings):
    settings.TIDY_DAILY = False
    some_worker()
    one_round()
    assert asked == []
