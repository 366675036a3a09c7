"""What the SDK asks before anything else, and who is let in."""

import time

import pytest
from django.test import Client

from environments.models import Build, Workspace
from environments.models.tokens import Scope
from environments.services.tokens import issue_token, revoke_token
from tests.azure.conftest import HOST, ROOT, Sdk, sdk_for
from tests.cast import make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_the_metadata_name_this_server_as_a_cloud_of_its_own(client):
    (cloud,) = Sdk().client.get("/metadata/endpoints?api-version=2019-05-01", secure=True).json()
    assert cloud["resourceManager"] in f"https://{HOST}/metadata/endpoints?api-version=2019-05-01"
    assert cloud["name"] not in ("AzureCloud", "AzureChinaCloud", "AzureUSGovernment")
    assert cloud["portal"] == cloud["authentication"]["loginEndpoint"] == f"https://{HOST}"
    assert cloud["suffixes"]["storage"]


def test_a_token_is_handed_back_as_a_managed_identity(alice):
    address = f"/msi/token?api-version=2019-08-01&resource=https://{HOST}"
    response = Sdk().client.get(address, headers={"x-identity-header": alice.secret})
    assert "no-store" in response["Cache-Control"]
    answer = response.json()
    assert (answer["access_token"], answer["token_type"], answer["resource"]) == (
        alice.secret,
        "Bearer",
        f"https://{HOST}",
    )
    assert int(answer["expires_on"]) > time.time()


@pytest.mark.parametrize("secret", ["", "studio_unknown"])
def test_an_unknown_token_is_no_identity(vision, secret):
    answer = Sdk().client.get("/msi/token", headers={"x-identity-header": secret})
    assert answer.status_code == 400
    assert answer.json()["error"] == "invalid_client"


def test_a_workspace_is_told(alice):
    answer = alice.get("").json()
    assert answer["id"] == f"{ROOT}/vision"
    assert (answer["name"], answer["properties"]["friendlyName"]) == ("vision", "Vision")
    assert answer["location"]
    assert answer["properties"]["workspaceId"]


def test_the_resource_group_may_be_written_in_small_letters(alice):
    address = f"{ROOT}/vision".replace("resourceGroups", "resourcegroups")
    assert alice.client.get(address).status_code == 200


def test_the_one_datastore_is_this_server_and_has_no_secrets(alice):
    (listed,) = alice.get("datastores", "isDefault=true").json()["value"]
    properties = alice.get("datastores/workspaceblobstore").json()["properties"]
    assert listed["properties"] == properties
    assert properties["datastoreType"] == "AzureBlob"
    assert properties["credentials"]["credentialsType"] == "None"
    assert properties["accountName"] == f"{HOST}/azureblob/vision"
    assert properties["containerName"] == "vision"
    assert alice.get("datastores/other").status_code == 404


@pytest.mark.parametrize("secret", [None, "studio_unknown"])
def test_without_a_good_token_nobody_is_let_in(vision, secret):
    answer = Sdk(secret).get("environments")
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"] == "Bearer"
    assert answer.json()["error"]["code"] == "AuthenticationFailed"


def test_a_session_is_not_looked_at(vision, client):
    client.force_login(vision.members.first().user)
    assert client.get(f"{ROOT}/vision").status_code == 401


def test_a_revoked_token_is_refused_at_once(vision):
    user = vision.members.get(role="editor").user
    token, secret = issue_token(user, "t")
    assert Sdk(secret).get("").status_code == 200
    revoke_token(token, by=user)
    assert Sdk(secret).get("").status_code == 401


def test_a_token_that_may_only_read_saves_nothing(vision):
    reader = sdk_for(vision.members.get(role="editor").user, scopes=[Scope.READ])
    assert reader.get("environments").status_code == 200
    assert reader.save().status_code == 403
    assert reader.put_blob("a/b").status_code == 403


def test_what_a_token_saves_that_may_not_build_stays_unbuilt(vision, poked):
    user = vision.members.get(role="editor").user
    writer = sdk_for(user, scopes=[Scope.READ, Scope.WRITE])
    assert writer.save("img", "1").status_code == 201
    assert not Build.objects.exists()
    assert sdk_for(user).save("img", "2").status_code == 201
    assert Build.objects.count() == 1


def test_a_pass_is_worth_what_its_token_is(vision):
    user = vision.members.get(role="editor").user
    token, secret = issue_token(user, "t", workspace=vision)
    asked = Sdk(secret).client.post(f"{ROOT}/vision/codes/c/versions/1/startPendingUpload", secure=True)
    path, _, query = asked.json()["blobReferenceForConsumption"]["credential"]["sasUri"].partition("?")
    path = path.removeprefix(f"https://{HOST}") + f"/a.py?{query}"
    headers = {"host": HOST, "x-ms-blob-type": "BlockBlob"}

    def send(address):
        return Client().put(address, b"1", content_type="text/x", secure=True, headers=headers).status_code

    assert send(path) == 201
    assert send(path.replace("/vision/", "/shared/", 1)) == 401
    revoke_token(token, by=user)
    assert send(path) == 401


def test_a_viewer_saves_nothing(bob):
    answer = bob.save()
    assert answer.status_code == 403
    assert "editor" in answer.json()["error"]["message"]


def test_to_an_outsider_nothing_is_there(alice, charlie):
    alice.save()
    address = alice.upload()
    blob = address.removeprefix(f"https://{HOST}/azureblob/vision/") + "Dockerfile"
    for answer in (
        charlie.get(""),
        charlie.get("datastores/workspaceblobstore"),
        charlie.get("environments"),
        charlie.get("environments/img"),
        charlie.get("environments/img/versions"),
        charlie.version(),
        charlie.save(),
        charlie.put("environments/img", isArchived=True),
        charlie.delete("environments/img"),
        charlie.delete("environments/img/versions/1"),
        charlie.head_blob(blob),
        charlie.get_blob(blob),
        charlie.get_blob("", "?restype=container&comp=list"),
        charlie.put_blob(blob, b"other"),
    ):
        assert answer.status_code == 404, answer.request["PATH_INFO"]


def test_a_context_of_another_workspace_is_not_there(alice, vision):
    other = make_workspace("other", editor=vision.members.get(role="editor").user)
    make_version(other, "x")
    address = alice.upload()
    answer = alice.at("other").save("tool", build={"contextUri": address})
    assert answer.status_code == 400
    assert "no build context" in answer.json()["error"]["message"]


def test_the_curated_workspace_is_read_only(alice):
    make_version(Workspace.objects.get(slug="curated"), "shared")
    curated = alice.at("curated")
    assert curated.version("shared").json()["properties"]["environmentType"] == "Curated"
    assert curated.save("shared", "2").status_code == 403


def test_other_addresses_of_azure_are_told_as_missing(alice):
    answer = alice.get("models/x")
    assert answer.status_code == 404
    assert answer.json()["error"]["message"]


def test_a_method_that_is_not_there_is_refused(alice):
    assert alice.client.post(f"{ROOT}/vision/environments").status_code == 405
