"""What becomes of environments and versions, for programs."""

import pytest

from environments.models import AuditEvent, Environment, State, Version
from environments.services.lifecycle import archive
from tests.api.conftest import caller_for
from tests.cast import make_build, make_user, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database]

ENVIRONMENTS = "workspaces/vision/environments"
TRAIN = f"{ENVIRONMENTS}/train"
SECOND = f"{TRAIN}/versions/2"


@pytest.fixture
def boss(vision):
    user = make_user("boss")
    vision.members.create(user=user, role="admin")
    return caller_for(user)


@pytest.fixture
def second(vision):
    first = make_version(vision, "train", "numpy")
    return make_version(vision, "train", "scipy", parent=first)


def patch(caller, path, body):
    return caller.client.patch(f"/api/v1/{path}", body, content_type="application/json")


def remove(caller, path):
    return caller.client.delete(f"/api/v1/{path}")


def test_details_change_one_by_one_and_make_no_version(alice, second):
    answer = patch(alice, SECOND, {"description": " For training ", "tags": {"team": "vision"}})
    assert answer.status_code == 200
    assert (answer.json()["description"], answer.json()["tags"]) == ("For training", {"team": "vision"})
    answer = patch(alice, SECOND, {"tags": {"priority": 1}})
    assert (answer.json()["description"], answer.json()["tags"]) == ("For training", {"priority": "1"})
    assert patch(alice, TRAIN, {"description": "All of it"}).json()["description"] == "All of it"
    assert Version.objects.count() == 2
    assert AuditEvent.objects.filter(action__endswith=".describe").count() == 3


@pytest.mark.parametrize(
    "body",
    [
        {"tags": {"": "empty key"}},
        {"tags": {"k" * 101: "long"}},
        {"tags": ["a"]},
        {"description": "NUL \0"},
        {"archived": "yes"},
        {"name": "other"},
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(boss, second, body):
    answer = patch(boss, SECOND, body)
    assert answer.status_code == 422
    assert "does not fit" in answer.json()["detail"]
    second.refresh_from_db()
    assert (second.tags, second.archived_at) == ({}, None)


@pytest.mark.parametrize(
    ("body", "status"), [("null", 400), ("[]", 400), ('{"description": "%s"}' % ("x" * 70_000), 413)]
)
def test_what_is_no_change_is_not_told_to_be_no_definition(boss, second, body, status):
    answer = patch(boss, SECOND, body)
    assert (answer.status_code, "definition" in answer.json()["detail"]) == (status, False)


def test_archiving_needs_an_admin_and_comes_back(alice, boss, second):
    refused = patch(alice, SECOND, {"archived": True, "description": "not kept either"})
    assert refused.status_code == 403
    second.refresh_from_db()
    assert second.description == ""
    assert patch(boss, SECOND, {"archived": True}).json()["archived"] is True
    assert boss.get(TRAIN).json()["latest"] == "1"
    assert patch(boss, SECOND, {"archived": False}).json()["archived"] is False
    assert boss.get(TRAIN).json()["latest"] == "2"


def test_an_archived_environment_is_not_listed_and_takes_no_versions(boss, alice, second):
    assert patch(boss, TRAIN, {"archived": True}).json()["latest"] is None
    assert boss.get(ENVIRONMENTS).json()["count"] == 0
    assert boss.get(TRAIN).json()["archived"] is True
    body = {"name": "train", "image": "python:3.11-slim", "requirements_file": "jax==0.4\n"}
    answer = alice.post(ENVIRONMENTS, body)
    assert answer.status_code == 409
    assert answer.json()["detail"] == "train is archived. Restore it first, or choose another name."


def test_nobody_changes_what_is_curated(admin, vision):
    make_version(make_workspace("curated"), "base", "numpy")
    caller = caller_for(admin)
    path = "workspaces/curated/environments/base"
    assert [patch(caller, path, {"archived": True}).status_code, remove(caller, path).status_code] == [403, 403]


def test_what_deleting_takes_along_is_told_first(boss, second, vision):
    build = make_build(second)
    assert boss.get(f"{SECOND}/deletion").json() == {
        "versions": ["2"],
        "builds": 1,
        "log_lines": 0,
        "images": [build.image.name],
        "refused": [],
    }
    assert boss.get(f"{TRAIN}/versions/1/deletion").json()["refused"] == ["1 version was made from it."]
    assert remove(boss, f"{TRAIN}/versions/1").status_code == 409
    assert remove(boss, SECOND).status_code == 204
    assert boss.get(SECOND).status_code == 404
    assert remove(boss, TRAIN).status_code == 204
    assert not Environment.objects.filter(name="train").exists()


def test_a_version_with_a_build_under_way_is_not_deleted(boss, second):
    build = make_build(second, State.RUNNING)
    answer = remove(boss, SECOND)
    assert answer.status_code == 409
    assert answer.json()["detail"] == f"Not ended yet: 1 build ({build.number}). Cancel first, or wait."


def test_an_exported_version_is_published_again_from_its_zip(alice, vision, second):
    files = {
        "environment.yml": "name: tool\nbuild:\n  path: .\n",
        "Dockerfile": "FROM python:3.11-slim\nCOPY a /\n",
        "a": "b\n",
    }
    assert alice.post_zip(ENVIRONMENTS, files).status_code == 201
    for name in ("tool/versions/1", "train/versions/2"):
        exported = alice.get(f"{ENVIRONMENTS}/{name}/export")
        assert exported["Content-Type"] == "application/zip"
        again = alice.post(ENVIRONMENTS, exported.content, "application/zip")
        assert (again.status_code, again.json()["version"]) == (200, name[-1])
    assert Version.objects.count() == 3
    assert alice.get(f"{ENVIRONMENTS}/tool/versions/1/context")["Content-Type"] == "application/zip"
    missing = alice.get(f"{SECOND}/context")
    assert missing.status_code == 404
    assert "not locked yet" in missing.json()["detail"]


def test_the_activity_is_told_newest_first(boss, bob, second):
    archive(second, by=None)
    told = bob.get(f"{SECOND}/activity").json()
    assert [event["action"] for event in told["items"]] == ["version.archive", "version.create"]
    told = bob.get(f"{TRAIN}/activity", limit=1).json()
    assert (len(told["items"]), told["count"]) == (1, 3)
