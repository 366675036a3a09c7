"""What lists show is kept in the rows of environments: after whatever happened, it is what one would work out anew."""

from datetime import timedelta

import pytest
from django.db import connection
from django.db.models import F
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from environments.models import Build, Environment, Image, State
from environments.models.builds import Reason
from environments.models.listing import facts_of, keep
from environments.services.builds import cancel_build, make_current, reconcile, request_build, retry_build
from environments.services.deletion import delete
from environments.services.lifecycle import archive, describe, restore
from environments.services.versions import publish_version
from tests.cast import make_build, make_draft, make_image, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def kept(name="train"):
    """The environment of this name, its kept facts found equal to those worked out anew."""
    environment = Environment.objects.get(name=name)
    facts = facts_of(environment)
    facts["newest_build_id"] = facts.pop("newest_build")
    assert facts == {column: getattr(environment, column) for column in facts}
    return environment


@pytest.fixture
def now():
    return timezone.now()


@pytest.fixture
def version(vision):
    return make_version(vision, "train", "torch==2.8")


def test_a_new_environment_waits_for_its_first_build(version):
    assert kept().status == "unbuilt"
    assert kept().newest == version
    assert kept().frameworks == "PyTorch"
    assert (kept().python, kept().accelerator, kept().package_count) == ("", "", None)


def test_each_move_of_a_build_shows_at_once(version, alice):
    build = request_build(version, by=alice)
    assert kept().status == "queued"
    assert build.claim("worker")
    assert kept().status == "running"
    build.give_back("lost")
    assert kept().status == "queued"
    assert build.claim("worker")
    assert build.enter(State.FAILED, error="no")
    assert kept().status == "failed"
    again = retry_build(build, by=alice)
    assert kept().newest_build == again
    cancel_build(again, by=alice)
    assert kept().status == "cancelled"
    assert kept().track == ["cancelled"]


def test_a_move_that_did_not_happen_changes_nothing(version, alice):
    build = request_build(version, by=alice)
    late = Build.objects.get(pk=build.pk)
    assert build.claim("worker")
    assert not late.claim("another")
    assert not late.enter(State.FAILED)
    assert kept().status == "running"


def test_a_move_reads_no_more_where_a_version_was_built_often(version):
    def rows_read():
        with CaptureQueriesContext(connection) as asked:
            keep([version.environment_id])
        with connection.cursor() as cursor:
            return sum(len(cursor.execute(sql).fetchall()) for sql in selects(asked))

    def selects(asked):
        return [query["sql"] for query in asked if query["sql"].startswith("SELECT")]

    make_build(version, State.FAILED, error="no")
    once = rows_read()
    for _ in range(9):
        make_build(version, State.FAILED, error="no")
    assert rows_read() == once


def test_a_lost_worker_puts_it_back_in_the_queue(version, now):
    make_build(version, State.RUNNING, heartbeat_at=now - timedelta(seconds=16))
    reconcile()
    assert kept().status == "queued"


def test_what_is_ready_is_told_of_its_image(version):
    build = make_build(version, packages=[("pip", "torch", "2.8.0"), ("pip", "numpy", "2.0")])
    assert (kept().status, kept().ready, kept().image) == ("ready", version, build.image)
    assert (kept().python, kept().accelerator, kept().package_count) == ("3.11", "CPU", 2)


def test_while_a_newer_version_fails_the_image_stays_that_of_the_one_that_serves(vision, version):
    make_build(version, packages=[("pip", "torch", "2.8.0")])
    for number in range(7):
        make_build(make_version(vision, "train", f"numpy=={number}"), State.FAILED, error="no")
    assert (kept().status, kept().ready, kept().package_count) == ("failed", version, 1)
    assert kept().track == ["failed"] * 6


def test_an_equal_definition_is_ready_at_once(vision, version, alice):
    make_build(version)
    twin, _ = publish_version(vision, "twin", make_draft("torch==2.8"), author=alice)
    assert kept("twin").status == "unbuilt"
    request_build(twin, by=alice)
    assert kept("twin").status == "ready"
    assert kept("twin").image == kept().image


def test_another_image_that_is_made_current_is_told(version, alice):
    make_build(version, packages=[("pip", "torch", "2.8.0")])
    image = make_image(version.environment.workspace, [("pip", "torch", "2.8.0"), ("pip", "more", "1")])
    again = make_build(version, State.RUNNING, reason=Reason.RESOLVE)
    again.enter(State.SUCCEEDED, image=image)
    assert kept().package_count == 1
    assert make_current(again, by=alice)
    assert kept().package_count == 2


def test_an_image_that_was_removed_is_still_known(version):
    make_build(version, packages=[("pip", "torch", "2.8.0")])
    Image.objects.update(removed_at=F("created_at"))
    assert kept().package_count == 1


def test_the_newest_version_that_is_not_archived_counts(vision, version, now):
    make_build(version)
    newer = make_version(vision, "train", "jax")
    assert (kept().newest, kept().frameworks) == (newer, "JAX")
    type(newer).objects.filter(pk=newer.pk).update(archived_at=now)
    keep([version.environment_id])
    assert (kept().newest, kept().status) == (version, "ready")
    newer.delete()
    assert kept().newest == version


def test_archiving_restoring_describing_and_deleting_show_at_once(vision, version, alice):
    make_build(version)
    newer = make_version(vision, "train", "jax")
    archive(newer, by=alice)
    assert kept().newest == version
    restore(newer, by=alice)
    assert kept().newest == newer
    describe(newer, description="", tags={"framework": "tensorflow"}, by=alice)
    assert kept().frameworks == "TensorFlow, JAX"
    describe(version.environment, description="", tags={"also": "pytorch"}, by=alice)
    assert kept().frameworks == "PyTorch, TensorFlow, JAX"
    delete(newer, by=alice)
    assert (kept().newest, kept().status) == (version, "ready")


def test_what_cannot_be_read_stays_as_it_was_and_keeps_no_build_from_ending(vision, version, caplog):
    make_build(version, packages=[("pip", "torch", "2.8.0")])
    Environment.objects.update(tags=["no", "pairs"])
    build = make_build(make_version(vision, "train", "jax"), State.RUNNING)
    image = make_image(vision)
    Image.objects.filter(pk=image.pk).update(facts={"python": 3.12})
    assert build.enter(State.SUCCEEDED, image=image)
    assert make_current(build, by=None)
    environment = Environment.objects.get()
    assert (environment.status, environment.ready, environment.image) == ("ready", build.version, image)
    assert (environment.frameworks, environment.python, environment.package_count) == ("PyTorch", "3.11", 1)
    assert "of vision/train lists show what they did before" in caplog.text


def test_without_a_version_nothing_is_told(version):
    environment = version.environment
    version.delete()
    keep([environment.pk])
    assert (kept().newest, kept().kind, kept().status, kept().track) == (None, "", "unbuilt", [])


def test_a_deleted_environment_leaves_nothing_behind(version, alice):
    make_build(version)
    version.environment.delete()
    keep([version.environment_id])
    assert not Environment.objects.exists()


@pytest.mark.parametrize(
    ("asked", "tags", "packages", "found"),
    [
        (["numpy"], {}, [("pip", "torch", "2.8")], ""),  # something pulled it in
        (["scikit_learn>=1", "torch"], {}, [], "PyTorch, scikit-learn"),
        (["numpy"], {"framework": "tensorflow"}, [], "TensorFlow"),
        (["numpy"], {"team": "robots"}, [], ""),
    ],
)
def test_frameworks_are_what_was_asked_for_or_tagged(vision, asked, tags, packages, found):
    make_build(make_version(vision, "train", *asked, tags=tags), packages=packages)
    assert kept().frameworks == found
