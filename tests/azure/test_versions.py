"""Versions by Azure's words: the exchanges of the SDK, and what must not be possible."""

from threading import Barrier, Thread

import pytest
from django.db import OperationalError, connection

from environments.models import Build, Environment, State, Version, Workspace
from tests.azure.conftest import ROOT, sdk_for
from tests.cast import make_build, make_user, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database]
IMAGE = "pytorch/pytorch:latest"
CONDA = "channels:\n- conda-forge\ndependencies:\n- python=3.11\n- pip:\n  - rich\nname: t\n"
BASE = "mcr.microsoft.com/azureml/openmpi4.1.0-ubuntu22.04"
ROUTES = {
    "livenessRoute": {"port": 1, "path": "/l"},
    "readinessRoute": {"port": 2, "path": "/r"},
    "scoringRoute": {"port": 3, "path": "/s"},
}


def names(answer):
    return [row["name"] for row in answer.json()["value"]]


def error_of(answer):
    return answer.json()["error"]["message"]


def again(answer, **changed):
    """What the SDK sends after a GET: all that it was told but what is read-only."""
    properties = answer.json()["properties"]
    kept = {name: value for name, value in properties.items() if name not in ("environmentType", "provisioningState")}
    return kept | changed


def test_a_version_is_made_from_an_image(alice):
    answer = alice.save(image=IMAGE, tags={"k": "v"}, description="d")
    assert answer.status_code == 201
    body, properties = answer.json(), answer.json()["properties"]
    assert body["id"] == f"{ROOT}/vision/environments/img/versions/1"
    assert body["name"] == "1"
    assert body["type"] == "Microsoft.MachineLearningServices/workspaces/environments/versions"
    assert (properties["image"], properties["osType"]) == (IMAGE, "Linux")
    assert (properties["tags"], properties["description"]) == ({"k": "v"}, "d")
    assert (properties["isAnonymous"], properties["isArchived"]) == (False, False)
    assert body["systemData"]["createdBy"] == "alice"
    assert alice.version().json() == body
    version = Version.objects.get()
    assert (str(version), version.author.username) == ("vision/img:1", "alice")


def test_the_same_definition_again_changes_only_tags_and_description(alice):
    first = alice.save(image=IMAGE, tags={"k": "v"}, description="d").json()
    answer = alice.save(image=IMAGE, tags={"k": "w"}, description="d2")
    assert answer.status_code == 200
    assert answer.json()["properties"]["tags"] == {"k": "w"}
    assert answer.json()["properties"]["description"] == "d2"
    assert answer.json()["systemData"]["createdAt"] == first["systemData"]["createdAt"]
    assert alice.save(image=IMAGE).json()["properties"]["tags"] == {"k": "w"}, "what is not mentioned stays"
    assert Version.objects.count() == 1


def test_another_definition_under_the_same_name_is_a_conflict(alice):
    alice.save(image=IMAGE)
    answer = alice.save(image="pytorch/pytorch:1")
    assert answer.status_code == 409
    assert answer.json()["error"] == {
        "code": "UserError",
        "message": "A resource with this name and version already exists: environment 'img' version '1' is immutable; "
        "only description, tags, properties and isArchived can be changed.",
        "target": "version",
        "details": [],
        "additionalInfo": [],
    }


def test_a_missing_version_and_a_missing_environment_are_named(alice):
    alice.save()
    assert alice.version(version="9").status_code == 404
    assert error_of(alice.version(version="9")) == "Not found: environment 'img' version '9'."
    assert error_of(alice.get("environments/auto")) == "Not found: environment container 'auto'."


def test_a_conda_file_comes_back_as_it_was_sent(alice):
    answer = alice.save("cnd", condaFile=CONDA, image=BASE)
    assert answer.status_code == 201
    assert answer.json()["properties"]["condaFile"] == CONDA
    assert answer.json()["properties"]["image"] == BASE
    assert Version.objects.get().kind == "conda"
    assert alice.save("cnd", condaFile=f"# the same\n{CONDA}", image=BASE).status_code == 200
    assert alice.save("one", condaFile='{"dependencies": ["python=3.11"]}', image=BASE).status_code == 201


@pytest.mark.parametrize("os_type", ["linux", "Linux", None])
def test_routes_and_the_system_come_back(alice, os_type):
    answer = alice.save("inf", image="a:b", inferenceConfig=ROUTES, **({"osType": os_type} if os_type else {}))
    assert answer.status_code == 201
    assert answer.json()["properties"]["inferenceConfig"] == ROUTES
    assert answer.json()["properties"]["osType"] == "Linux"
    assert alice.save("inf", **again(answer)).status_code == 200


def test_the_environment_tells_its_latest_and_its_next_version(alice):
    alice.save("auto", image="a:1")
    assert alice.save("auto", "1", image="a:2").status_code == 409
    assert alice.save("auto", "2", image="a:2").status_code == 201
    alice.save("auto", "rc1", image="a:3")
    properties = alice.get("environments/auto").json()["properties"]
    assert (properties["latestVersion"], properties["nextVersion"]) == ("rc1", "3")


def test_an_environment_without_versions_names_the_next_one(manager):
    manager.save("auto", image="a:1")
    Build.objects.all().delete()
    assert manager.delete("environments/auto/versions/1").status_code == 200
    properties = manager.get("environments/auto").json()["properties"]
    assert (properties["latestVersion"], properties["nextVersion"]) == ("2", "2")


def test_the_latest_is_the_last_one_made_and_not_the_highest(alice):
    alice.save(version="5", image="a:1")
    alice.save(version="2", image="a:2")
    alice.save(version="5", image="a:1", tags={"changed": "later"})
    answer = alice.get("environments/img/versions", "$orderBy=createdtime%20desc&$top=1")
    assert names(answer) == ["2"]
    assert "nextLink" not in answer.json()


@pytest.mark.parametrize("sent", [{"image": "a:1", "build": {"contextUri": "x"}}, {}, {"image": "UPPER CASE"}])
def test_a_definition_that_is_none_is_refused(alice, sent):
    answer = alice.put("environments/img/versions/1", isAnonymous=False, **sent)
    assert answer.status_code == 400
    assert answer.json()["error"]["details"]
    assert not Environment.objects.exists()


@pytest.mark.parametrize(
    "path",
    ["-bad/versions/1", "a b/versions/1", "AzureML-mine/versions/1", "x/versions/-1", f"x/versions/{'1' * 101}"],
)
def test_a_name_that_is_none_is_refused(alice, path):
    assert alice.put(f"environments/{path}", image="a:1").status_code == 400


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'{"properties": 1}', b'{"properties": {"image": "a\\u0000"}}'])
def test_a_body_that_is_none_is_refused(alice, body):
    address = f"{ROOT}/vision/environments/img/versions/1"
    answer = alice.client.put(address, body, content_type="application/json")
    assert answer.status_code == 400
    assert answer.json()["error"]["code"] == "UserError"


def test_a_context_at_an_address_is_refused(alice):
    answer = alice.save("git", build={"contextUri": "https://github.com/o/r.git#main:sub"})
    assert answer.status_code == 400
    assert "not fetched from an address" in error_of(answer)


def test_a_new_version_is_built_at_once(alice, poked, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        alice.save(condaFile=CONDA, image=BASE)
    build = Build.objects.get()
    assert (build.reason, build.state, poked) == ("create", State.QUEUED, [build.pk])
    alice.save(condaFile=CONDA, image=BASE)
    assert Build.objects.count() == 1


def test_a_version_is_never_saved_without_the_build_it_is_to_have(alice, monkeypatch):
    """Clients ask again after a 503: what is there already would then never be built."""

    def busy(version, **how):
        raise OperationalError("database is locked")

    with monkeypatch.context() as patched:
        patched.setattr("environments.services.registering.request_build", busy)
        assert alice.save().status_code == 503
    assert alice.save().status_code == 201
    assert Build.objects.get().version.environment.name == "img"


def test_a_workspace_may_wait_until_someone_asks_for_the_build(alice, vision):
    Workspace.objects.filter(pk=vision.pk).update(build_at_once=False)
    alice.save(condaFile=CONDA, image=BASE)
    assert not Build.objects.exists()
    answer = alice.save("tool", build={"contextUri": alice.upload()})
    assert answer.status_code == 201, answer.content
    assert Build.objects.get().version.environment.name == "tool"


def test_properties_tell_how_the_build_stands(alice, vision):
    alice.save(image=IMAGE, properties={"mine": "kept", "studio.state": "made up"})
    properties = alice.version().json()["properties"]["properties"]
    version = Version.objects.get()
    assert properties.pop("studio.build_url").endswith(f"/w/vision/builds/{version.newest_build().pk}/")
    assert properties.pop("studio.url").endswith("/w/vision/env/img/v/1/")
    assert properties == {
        "mine": "kept",
        "studio.state": "queued",
        "studio.kind": "image",
        "studio.definition_digest": version.definition_digest,
    }
    Build.objects.all().delete()
    build = make_build(version)
    told = alice.version()
    properties = told.json()["properties"]["properties"]
    assert properties["studio.state"] == "succeeded"
    assert (properties["studio.image"], properties["studio.image_digest"]) == (build.image.name, build.image.image_id)
    alice.save(**again(told))
    assert Version.objects.get().properties == {"mine": "kept"}, "what the studio says is no property of the user's"


@pytest.mark.parametrize("requirements", [("numpy==1.26.4", "scikit-learn"), ("--extra-index-url https://a.b/c", "x")])
def test_requirements_are_told_as_a_conda_file_and_taken_back(manager, vision, requirements):
    make_version(vision, "serve", *requirements)
    told = manager.version("serve")
    assert "- pip:" in told.json()["properties"]["condaFile"]
    assert manager.put("environments/serve/versions/1", **again(told, isArchived=True)).status_code == 200
    assert Version.objects.get().archived_at


def test_the_prefix_of_a_reference_is_no_part_of_the_name(alice):
    alice.save()
    assert names(alice.get("environments/azureml%3Aimg/versions")) == ["1"]


def test_an_anonymous_environment_is_found_by_its_version_only(alice):
    version = "a055fa646e632861d21b7c2decacadc233a48543e7376376258fb5e2e09a598d"
    answer = alice.save("CliV2AnonymousEnvironment", version, image="a:1", isAnonymous=True)
    assert answer.status_code == 201
    assert answer.json()["properties"]["isAnonymous"] is True
    assert alice.save("CliV2AnonymousEnvironment", version, image="a:1", isAnonymous=True).status_code == 200
    assert alice.version("CliV2AnonymousEnvironment", version).status_code == 200
    assert names(alice.get("environments", "listViewType=All")) == []
    changed = alice.save("CliV2AnonymousEnvironment", version, image="a:2", isAnonymous=True)
    assert changed.status_code == 409, "the hash is the client's; what it stands for is ours to hold"


@pytest.mark.django_db(transaction=True)
def test_two_clients_that_ask_for_the_next_version_get_it_once():
    vision = make_workspace("vision", editor=(user := make_user("alice")))
    make_version(vision, "auto", "numpy")
    together, answers = Barrier(2), []

    def save(caller, image):
        together.wait()
        try:
            answers.append(caller.save("auto", "2", image=image).status_code)
        finally:
            connection.close()

    threads = [Thread(target=save, args=(sdk_for(user), f"a:{number}")) for number in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201, 409]
    assert Version.objects.filter(environment__name="auto", name="2").count() == 1
