"""Tidy-ups beside builds, at the same moment: whichever is first, nothing that is used is gone."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from environments.builder import run
from environments.engine.fake import FakeEngine, fake_image
from environments.models import Build, Image, State, Version
from environments.models.builds import Reason
from environments.retention.tidy import tidy
from environments.services.builds import request_build
from tests.cast import make_build, make_version, make_workspace
from tests.retention.aging import LOCKING, build_it, days_ago, old_build, on_engine

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

ROUNDS = 15


@pytest.fixture(autouse=True)
def vision(settings):
    settings.ENGINE_IS_OURS = True
    return make_workspace("vision")


def side_by_side(*works):
    """Let them begin at the same moment and return what each returned."""
    together = threading.Barrier(len(works))

    def one(work):
        try:
            together.wait()
            return work()
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


class Removing(FakeEngine):
    """Calls `beside` and takes a moment before it removes an image."""

    def remove_image(self, name):
        self.beside()
        super().remove_image(name)


@pytest.mark.parametrize("was_queued", [True, False])
@pytest.mark.parametrize("name", ["studio-tools:a", f"studio-base:{'a' * 32}"])
def test_no_build_begins_while_something_goes_that_every_build_is_lent(vision, name, was_queued):
    engine = Removing(images=[fake_image(name), fake_image("studio-tools:b", created="2026-02-01T00:00:00Z")])
    version, claimed, seen = make_version(vision), [], []
    if was_queued:
        make_build(version, State.QUEUED)

    def begin():
        try:
            claimed.append(request_build(version, by=None).claim("worker"))
        finally:
            connection.close()

    def beside():
        other.start()
        other.join(0.5)
        seen.extend(claimed)

    other = threading.Thread(target=begin)
    engine.beside = beside
    done = tidy(engine)
    other.join()
    assert [verdict.image.name for verdict in done.gone] == [name]
    assert (seen, claimed) == ([], [True])


def test_a_version_made_beside_a_tidy_up_never_stands_for_an_image_that_is_gone(vision):
    engine = FakeEngine(**LOCKING)
    for number in range(ROUNDS):
        old = old_build(make_version(vision, f"old-{number}", f"numpy=={number}.0"), 100, engine=engine)
        Version.objects.filter(pk=old.version_id).update(archived_at=days_ago(90))
        equal = make_version(vision, f"new-{number}", f"numpy=={number}.0")
        done, asked = side_by_side(lambda: tidy(engine), lambda equal=equal: request_build(equal, by=None))
        image = Image.objects.get(pk=old.image_id)
        is_kept = image.name in on_engine(engine)
        assert (image.removed_at is None) == is_kept
        assert asked.state == State.QUEUED or is_kept, [verdict.reason for verdict in done.gone]


def test_a_build_that_runs_beside_a_tidy_up_never_ends_with_an_image_that_is_gone(vision):
    engine = FakeEngine(**LOCKING)
    first = build_it(make_version(vision, "first", "numpy"), engine)
    for number in range(ROUNDS):
        Version.objects.update(archived_at=days_ago(90))
        Build.objects.update(finished_at=days_ago(100))
        Image.objects.update(created_at=days_ago(100))
        version = make_version(vision, f"next-{number}", "numpy", f"# {number}")
        queued = request_build(version, by=None, reason=Reason.RESOLVE)
        side_by_side(lambda: tidy(engine), lambda queued=queued: run.run(queued.pk, engine, worker="worker"))
        ended = Build.objects.get(pk=queued.pk)
        assert (ended.state, ended.error, ended.image) == (State.SUCCEEDED, "", first.image)
        assert ended.image.removed_at is None
        assert ended.image.name in on_engine(engine)
