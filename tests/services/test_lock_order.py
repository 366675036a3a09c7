"""Whoever changes something of an environment locks its row first, so nobody waits for somebody who waits for them."""

import re
from contextlib import suppress
from datetime import timedelta
from threading import Barrier, BrokenBarrierError, Event, Thread
from types import SimpleNamespace

import pytest
from django.db import connection, transaction
from django.utils import timezone

from environments.builder import run, smoke
from environments.engine.fake import FakeEngine
from environments.models import Build, Image, State, Version
from environments.models.builds import Reason
from environments.models.listing import hold
from environments.retention.leftovers import remove_leftovers
from environments.services.builds import cancel_build, make_current, reconcile, request_build
from environments.services.deletion import NotDeletable, cancel_active, delete
from environments.services.holding import Gone
from environments.services.lifecycle import archive, describe
from environments.services.versions import EnvironmentArchived, publish_version
from tests.cast import add_lines, add_step, make_build, make_draft, make_image, make_version, make_workspace
from tests.retention.aging import LOCKING, build_it, days_ago

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.database,
    pytest.mark.usefixtures("poked", "plain_files"),
]

MOMENT = 0.5  # seconds in which another thread comes to where it waits
LOCKS = re.compile(r"FOR (NO KEY )?UPDATE|^(UPDATE|INSERT|DELETE)")
VERBS = {
    "claim": lambda has: has.queued.claim("worker"),
    "enter": lambda has: has.running.enter(State.FAILED, error="no"),
    "succeed": lambda has: run._succeed(has.ending, {"image": has.image}),
    "cancel": lambda has: cancel_build(has.queued, by=None),
    "cancel those in the way": lambda has: cancel_active(has.environment, by=None),
    "give back": lambda has: reconcile(),
    "make current": lambda has: make_current(has.good, by=None),
    "archive": lambda has: archive(has.good.version, by=None),
    "archive all": lambda has: archive(has.environment, by=None),
    "describe": lambda has: describe(has.good.version, description="For training", tags={}, by=None),
    "publish": lambda has: publish_version(has.workspace, "train", make_draft("jax", parent=has.bare), author=None),
    "request": lambda has: request_build(has.equal, by=None),
    "delete": lambda has: delete(has.bare, by=None),
}


@pytest.fixture
def poked(monkeypatch):
    monkeypatch.setattr("environments.tasks.poke", lambda build_id: None)


@pytest.fixture
def scene():
    """An environment with builds in every state, each of a version of its own."""
    workspace = make_workspace("vision")
    good = make_build(make_version(workspace, "train", "numpy"))
    add_lines(add_step(good, done=True), "one")
    Build.objects.filter(pk=good.pk).update(finished_at=days_ago(1000))
    lost_at = timezone.now() - timedelta(seconds=20)
    has = SimpleNamespace(
        workspace=workspace,
        environment=good.version.environment,
        good=good,
        image=make_image(workspace),
        queued=make_build(make_version(workspace, "train", "scipy"), State.QUEUED),
        running=make_build(make_version(workspace, "train", "pandas"), State.RUNNING),
        ending=make_build(make_version(workspace, "train", "polars"), State.RUNNING),
        bare=make_version(workspace, "train", "lightgbm"),
        equal=make_version(workspace, "train", "numpy"),
    )
    for name in ("train", "other"):  # lost are one of this environment and one of another
        make_build(make_version(workspace, name, "xgboost"), State.RUNNING, heartbeat_at=lost_at)
    return has


def beside(work, failures):
    """A thread that does the work; what it fails with goes to `failures`, unless somebody was merely faster."""

    def act():
        try:
            work()
        except (NotDeletable, EnvironmentArchived, Gone):
            pass
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    return Thread(target=act)


def all_at_once(works, at):
    """Do the works, each of which stops behind its first statement like `at` until every other has, or waits for it."""
    together, failures = Barrier(len(works)), []

    def stopping(work):
        met = Event()

        def stop(execute, sql, *rest):
            answer = execute(sql, *rest)
            if at.search(sql) and not met.is_set():
                met.set()
                with suppress(BrokenBarrierError):
                    together.wait(MOMENT)
            return answer

        with connection.execute_wrapper(stop):
            work()

    threads = [beside(lambda work=work: stopping(work), failures) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


def lock_everything_of(environment):
    """As one does who began with the environment."""
    versions = Version.objects.filter(environment=environment)
    list(Image.objects.filter(builds__version__in=versions).select_for_update(of=["self"]))
    list(versions.select_for_update())
    list(Build.objects.filter(version__in=versions).select_for_update())


@pytest.mark.parametrize("verb", VERBS)
def test_nobody_who_waits_for_an_environment_has_locked_anything_of_it(scene, verb):
    failures = []
    other = beside(lambda: VERBS[verb](scene), failures)
    with transaction.atomic():
        hold([scene.environment.pk])
        other.start()
        other.join(MOMENT)
        lock_everything_of(scene.environment)
    other.join()
    assert failures == []


def test_whatever_is_done_at_the_same_moment_is_done(scene):
    assert all_at_once([lambda verb=verb: verb(scene) for verb in VERBS.values()], LOCKS) == []


def test_an_image_that_is_made_again_is_not_held_while_its_environments_are_waited_for(settings):
    settings.ENGINE_IS_OURS = True
    workspace, engine, failures = make_workspace("vision"), FakeEngine(**LOCKING), []
    first = build_it(make_version(workspace, "train", "numpy"), engine)
    twin = request_build(make_version(workspace, "twin", "numpy", "# typed"), by=None, reason=Reason.RESOLVE)
    engine.remove_image(first.image.name)
    other = beside(lambda: run.run(twin.pk, engine, worker="worker"), failures)
    with transaction.atomic():
        hold([first.version.environment_id])
        other.start()
        other.join(4 * MOMENT)
        lock_everything_of(first.version.environment)
    other.join()
    twin.refresh_from_db()
    assert (failures, twin.state, twin.error, twin.image) == ([], State.SUCCEEDED, "", first.image)


def test_two_environments_that_were_given_images_of_each_other_go_at_the_same_moment():
    workspace = make_workspace("vision")
    for name, package in (("a", "numpy"), ("b", "scipy")):
        make_build(make_version(workspace, name, package))
    for name, package in (("a", "scipy"), ("b", "numpy")):
        assert request_build(make_version(workspace, name, package), by=None).reused
    environments = list(workspace.environments.all())
    goes = re.compile('^DELETE FROM "environments_build"')
    assert all_at_once([lambda found=found: delete(found, by=None) for found in environments], goes) == []
    assert not workspace.environments.exists()


def test_what_a_check_found_is_told_of_several_builds_in_turn_with_whoever_holds_them():
    workspace, failures = make_workspace("vision"), []
    first = make_build(make_version(workspace, "train", "numpy"))
    second = request_build(make_version(workspace, "twin", "numpy"), by=None)
    other = beside(lambda: smoke._tell(first, True, {"packages": []}), failures)
    with transaction.atomic():
        hold([first.version.environment_id, second.version.environment_id])
        Build.objects.select_for_update().get(pk=second.pk)
        other.start()
        other.join(MOMENT)
        Build.objects.select_for_update().get(pk=first.pk)
    other.join()
    assert failures == []
    assert set(Build.objects.values_list("checked", flat=True)) == {True}


def test_a_version_goes_at_the_moment_in_which_its_log_does(scene):
    goes = re.compile('^(DELETE FROM "environments_logpiece"|UPDATE "environments_build")')
    assert all_at_once([lambda: delete(scene.good.version, by=None), remove_leftovers], goes) == []
    assert not Build.objects.filter(pk=scene.good.pk).exists()
