"""What somebody else does in the moment between looking and doing, for programs and for people."""

from threading import Thread

import pytest
from django.db import connection, transaction
from django.test import Client

from environments.models import AuditEvent, Build, Environment, State
from environments.services.builds import cancel_build, make_current, retry_build
from environments.services.deletion import delete
from environments.services.lifecycle import archive, change, describe
from environments.services.versions import publish_version
from tests.api.conftest import caller_for
from tests.cast import make_build, make_draft, make_user, make_version, make_workspace

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.database,
    pytest.mark.usefixtures("plain_files"),
]

MOMENT = 0.5
TRAIN = "/api/v1/workspaces/vision/environments/train"
GONE = {"detail": "There is nothing at this address, or nothing you may see."}
FORM = {"base": "1", "image": "python:3.11-slim", "text": "jax\n", "build": "on", "action": "save"}


@pytest.fixture
def boss():
    return make_user("boss")


@pytest.fixture
def workspace(boss):
    return make_workspace("vision", admin=boss)


@pytest.fixture
def version(workspace):
    return make_version(workspace, "train", "numpy")


@pytest.fixture
def program(boss, version):
    return caller_for(boss).client


@pytest.fixture
def person(boss, version):
    client = Client()
    client.force_login(boss)
    return client


def meanwhile(change, work):
    """What `work` returned, or failed with, that began after `change` and before anybody could see it."""
    came = []

    def act():
        try:
            came.append(work())
        except Exception as error:
            came.append(error)
        finally:
            connection.close()

    other = Thread(target=act)
    with transaction.atomic():
        change()
        other.start()
        other.join(MOMENT)
        assert came == []
    other.join()
    return came[0]


def patch(program, body, path=TRAIN):
    return program.patch(path, body, content_type="application/json")


@pytest.mark.parametrize("what", ["version", "environment"])
@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("patch", "/versions/1", {"tags": {"a": "b"}}),
        ("patch", "/versions/1", {"archived": True}),
        ("delete", "/versions/1", {}),
        ("post", "/versions/1/builds", {}),
    ],
)
def test_a_program_is_told_that_the_version_is_gone(program, version, what, method, path, body):
    subject = version if what == "version" else version.environment
    send = getattr(program, method)
    answer = meanwhile(
        lambda: delete(subject, by=None), lambda: send(TRAIN + path, body, content_type="application/json")
    )
    assert (answer.status_code, answer.json()) == (404, GONE)
    assert not AuditEvent.objects.filter(actor="boss").exclude(action="token.issue").exists()


@pytest.mark.parametrize(
    ("action", "sent"),
    [
        ("rebuild", {"choice": "build"}),
        ("archive", {}),
        ("delete", {}),
        ("details", {"description": "For training"}),
        ("edit", FORM),
    ],
)
def test_a_person_is_told_that_the_version_is_gone(person, version, action, sent):
    keeps = make_version(version.environment.workspace, "train", "scipy")
    keeps.environment.versions.filter(pk=keeps.pk).update(archived_at=keeps.created_at)
    sent = sent | {"base": "2"} if action == "edit" else sent
    answer = meanwhile(
        lambda: delete(version, by=None), lambda: person.post(f"/w/vision/env/train/v/1/{action}/", sent)
    )
    assert answer.status_code == 404
    assert keeps.environment.versions.get() == keeps


def test_no_version_is_made_from_one_of_another_environment_that_is_gone(workspace, version, boss):
    drafted = make_draft("jax", parent=version)
    gone = meanwhile(
        lambda: delete(version.environment, by=None), lambda: publish_version(workspace, "new", drafted, author=boss)
    )
    assert type(gone).__name__ == "Gone"
    assert not Environment.objects.exists()


@pytest.mark.parametrize("verb", [cancel_build, make_current, retry_build])
def test_a_build_goes_with_its_version(version, verb):
    build = make_build(version)
    gone = meanwhile(lambda: delete(version, by=None), lambda: verb(build, by=None))
    assert type(gone).__name__ == "Gone"
    assert not Build.objects.exists()


def test_tags_that_change_leave_a_description_that_changed_meanwhile(program, version):
    environment = version.environment
    answer = meanwhile(
        lambda: describe(environment, description="Theirs", tags={}, by=None),
        lambda: patch(program, {"tags": {"team": "vision"}}),
    )
    assert (answer.json()["description"], answer.json()["tags"]) == ("Theirs", {"team": "vision"})
    environment.refresh_from_db()
    assert (environment.description, environment.tags) == ("Theirs", {"team": "vision"})
    assert AuditEvent.objects.first().detail == {"before": {"tags": {}}, "after": {"tags": {"team": "vision"}}}


def test_a_description_that_changes_leaves_tags_that_changed_meanwhile(program, version):
    answer = meanwhile(
        lambda: describe(version, tags={"team": "audio"}, by=None),
        lambda: patch(program, {"description": "Ours"}, f"{TRAIN}/versions/1"),
    )
    assert (answer.json()["description"], answer.json()["tags"]) == ("Ours", {"team": "audio"})


def test_what_is_asked_for_in_one_piece_is_done_in_one_piece(version, boss, monkeypatch):
    def full(*args, **kwargs):
        raise OSError("the disk is full")

    monkeypatch.setattr("environments.services.lifecycle.timezone.now", full)
    with pytest.raises(OSError, match="full"):
        change(version, description="Ours", archived=True, by=boss)
    version.refresh_from_db()
    assert version.description == ""


def test_a_cancelled_build_is_not_claimed(version):
    build = make_build(version, State.QUEUED)
    late = Build.objects.get(pk=build.pk)
    assert meanwhile(lambda: cancel_build(build, by=None), lambda: late.claim("worker")) is False


def test_what_is_archived_meanwhile_is_archived_once(version):
    assert meanwhile(lambda: archive(version, by=None), lambda: archive(version, by=None)) is False
