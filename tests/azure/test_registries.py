"""The public workspaces as registries, and versions shared between workspaces."""

import json
from importlib import import_module

import pytest
from django.apps import apps
from django.test import Client

from environments.models import Build, Environment, Member, Role, State, Version, Workspace
from tests.azure.conftest import DOCKERFILE, FOLDER, HOST, sdk_for
from tests.azure.test_jobs import put_by_pass
from tests.cast import PASSWORD, make_user, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.database]
ROOT = (
    "/mferp/managementfrontend/subscriptions/00000000-0000-0000-0000-000000000000/resourceGroups/studio/providers/"
    "Microsoft.MachineLearningServices/registries"
)
API = "api-version=2021-10-01-dataplanepreview"


def ask(sdk, method, path, registry="shared", **properties):
    body = (
        {"data": json.dumps({"properties": properties}), "content_type": "application/json"} if method != "get" else {}
    )
    return getattr(sdk.client, method)(f"{ROOT}/{registry}/{path}?{API}", secure=True, **body)


def save(sdk, name="img", version="1", registry="shared", **properties):
    sent = {"isAnonymous": False, "isArchived": False} | (properties or {"image": "a:1"})
    return ask(sdk, "put", f"environments/{name}/versions/{version}", registry, **sent)


def import_from(sdk, name="train", version="1", registry="shared", to="train", workspace="vision"):
    guid = sdk.at(workspace).get("").json().get("properties", {}).get("workspaceId", "0")
    source = f"azureml://locations/studio/workspaces/{guid}/environments/{name}/versions/{version}"
    sent = {"referenceType": "Id", "destinationName": to, "destinationVersion": version, "sourceAssetId": source}
    return ask(sdk, "post", "import", registry, **sent)


@pytest.mark.parametrize("registry", ["shared", "curated"])
def test_a_registry_is_found_here(charlie, registry):
    answer = charlie.client.get(
        f"/registrymanagement/v1.0/registries/{registry}/discovery?api-version=v1.0", secure=True
    )
    told = answer.json()
    assert told["registryName"] == registry
    assert told["primaryRegionResourceProviderUri"] == f"https://{HOST}/"
    assert told["primaryRegion"] in told["registryFqdns"]


def test_a_workspace_that_not_everyone_may_read_is_no_registry(alice, vision):
    make_version(vision, "train", "numpy")
    address = "/registrymanagement/v1.0/registries/vision/discovery"
    assert alice.client.get(address, secure=True).status_code == 404
    for path in ("environments", "environments/train", "environments/train/versions", "environments/train/versions/1"):
        assert ask(alice, "get", path, "vision").status_code == 404
    assert save(alice, registry="vision").status_code == 404
    assert ask(alice, "put", "tempdatarefs/x/versions/1", "vision").status_code == 404
    assert import_from(alice, registry="vision").status_code == 404


def test_a_version_is_saved_as_a_long_operation(alice):
    answer = save(alice)
    assert (answer.status_code, answer["Retry-After"]) == (202, "1")
    assert alice.follow(answer["Azure-AsyncOperation"]).json() == {"status": "Succeeded"}
    told = ask(alice, "get", "environments/img/versions/1").json()
    assert told["id"] == "azureml://registries/shared/environments/img/versions/1"
    assert told["type"] == "Microsoft.MachineLearningServices/registries/environments/versions"
    container = ask(alice, "get", "environments/img").json()
    assert container["id"] == "azureml://registries/shared/environments/img"
    assert container["properties"]["nextVersion"] == "2"
    assert save(alice, image="a:2").status_code == 409
    assert [row["name"] for row in ask(alice, "get", "environments").json()["value"]] == ["img"]


def test_an_environment_of_a_registry_is_archived_by_its_admins(alice, admin):
    save(alice)
    assert ask(alice, "put", "environments/img", isArchived=True).status_code == 403
    answer = ask(admin, "put", "environments/img", isArchived=True, tags={}, properties={})
    assert (answer.status_code, answer.json()["properties"]["isArchived"]) == (201, True)
    assert ask(alice, "get", "environments/img/versions").json()["value"] == []


def test_everyone_reads_and_only_editors_of_some_workspace_write(alice, bob, charlie):
    save(alice)
    for reader in (bob, charlie):
        assert ask(reader, "get", "environments/img/versions/1").status_code == 200
        assert save(reader, "other").status_code == 403
        assert import_from(reader).status_code == 403
    assert save(alice, registry="curated").status_code == 403


def test_a_context_is_uploaded_to_a_registry(alice):
    answer = ask(alice, "put", "tempdatarefs/ctx/versions/1", assetId="azureml://registries/shared/environments/ctx")
    reference = answer.json()["blobReferenceForConsumption"]
    for path, content in FOLDER.items():
        assert put_by_pass(reference, f"ctx/{path}", content).status_code == 201
    query = reference["credential"]["sasUri"].partition("?")[2]
    path = reference["blobUri"].removeprefix(f"https://{HOST}")
    marked = Client(headers={"host": HOST}).put(f"{path}/ctx/Dockerfile?comp=metadata&{query}", secure=True)
    assert marked.status_code == 200
    assert save(alice, "ctx", build={"contextUri": f"{reference['blobUri']}/ctx/"}).status_code == 202
    assert Version.objects.get().text == DOCKERFILE.decode()


def test_a_version_is_shared_with_its_tags_and_built_there(alice, vision):
    make_version(vision, "train", "numpy", tags={"k": "v"}, description="d")
    answer = import_from(alice, to="vision-train")
    assert (answer.status_code, answer.json()) == (200, {})
    shared = Version.objects.get(environment__workspace__slug="shared")
    original = Version.objects.get(environment__workspace=vision)
    assert (shared.definition_digest, shared.tags) == (original.definition_digest, {"k": "v"})
    assert shared.message == "Shared from vision/train:1"
    assert Build.objects.get().version == shared
    assert Build.objects.get().state == State.QUEUED
    assert import_from(alice, to="vision-train").status_code == 200
    assert import_from(alice, to=None).status_code == 200, "without a name it keeps its own"
    assert set(Environment.objects.filter(workspace__slug="shared").values_list("name", flat=True)) == {
        "vision-train",
        "train",
    }
    make_version(vision, "train", "scipy")
    assert Version.objects.filter(environment__workspace__slug="shared").count() == 2


def test_a_context_is_shared_with_its_files(alice):
    alice.save("ctx", build={"contextUri": alice.upload()})
    assert import_from(alice, "ctx", to="ctx").status_code == 200
    shared = Version.objects.get(environment__workspace__slug="shared")
    assert shared.context.workspace.slug == "shared"
    assert {entry["path"] for entry in shared.context.manifest} == set(FOLDER)


def test_a_version_that_the_caller_may_not_see_is_not_shared(vision):
    make_version(vision, "train", "numpy")
    other = Workspace.objects.create(slug="other", title="Other")
    Member.objects.create(workspace=other, user=(user := make_user("otto")), role=Role.EDITOR)
    outsider = sdk_for(user)
    assert import_from(outsider).status_code == 404
    guid = sdk_for(vision.members.get(role="editor").user).get("").json()["properties"]["workspaceId"]
    source = f"azureml://locations/studio/workspaces/{guid}/environments/train/versions/1"
    sent = {"destinationName": "t", "destinationVersion": "1", "sourceAssetId": source}
    assert ask(outsider, "post", "import", **sent).status_code == 404
    assert ask(outsider, "post", "import", **(sent | {"sourceAssetId": "x"})).status_code == 400
    Member.objects.create(workspace=vision, user=user, role=Role.VIEWER)
    assert ask(sdk_for(user), "post", "import", **sent).status_code == 403, "what is shared everyone may read"
    assert not Environment.objects.filter(workspace__slug="shared").exists()


def test_a_workspace_that_was_called_so_before_is_not_opened_to_everyone(vision):
    Workspace.objects.filter(slug="shared").delete()
    Workspace.objects.filter(pk=vision.pk).update(slug="shared")
    Workspace.objects.create(slug="shared-2", title="Another")
    import_module("environments.migrations.0011_azure_clients").make_room(apps, None)
    vision.refresh_from_db()
    assert vision.slug == "shared-3"
    assert vision.members.exists()


def test_editors_find_the_shared_workspace_on_the_pages(alice, vision):
    save(alice)
    for name in ("alice", "bob"):
        client = Client()
        client.login(username=name, password=PASSWORD)
        assert client.get("/w/shared/env/img/v/1/").status_code == 200
        assert client.get("/w/shared/new/").status_code == (200 if name == "alice" else 403)
