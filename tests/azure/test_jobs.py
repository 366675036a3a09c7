"""Jobs are recorded with the very version they named, and their code with them."""

import json
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from environments.models import Build, Code, Environment, Image, Job, State, Version
from environments.models.tokens import ApiToken
from environments.services.deletion import delete
from environments.services.tokens import revoke_token
from tests.azure.conftest import API, HOST, ROOT, md5
from tests.cast import PASSWORD, make_build, make_image, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database]
ANONYMOUS = "a055fa646e632861d21b7c2decacadc233a48543e7376376258fb5e2e09a598d"
CODE = "1715cd87-604e-4a0c-aa04-3ab1e03eab73"
HASH = "84a9189c33bb647ef0d7bac22501f92d428f143401f64cedcbafe283a871b208"


def submit(sdk, name="job1", environment=f"{ROOT}/vision/environments/train/versions/1", **properties):
    sent = {
        "command": "python a.txt",
        "computeId": f"{ROOT}/vision/computes/cpu",
        "experimentName": "exp",
        "isArchived": False,
        "environmentId": environment,
        "jobType": "Command",
        "displayName": name,
    }
    return sdk.put(f"jobs/{name}", **(sent | properties))


def see(user, job="job1"):
    client = Client()
    client.login(username=user, password=PASSWORD)
    return client.get(f"/w/vision/jobs/{job}/")


def test_a_job_is_recorded_with_its_version_and_image(alice, vision):
    build = make_build(make_version(vision, "train", "numpy"))
    answer = submit(alice)
    assert answer.status_code == 201
    assert answer.json()["id"] == f"{ROOT}/vision/jobs/job1"
    properties = answer.json()["properties"]
    assert (properties["command"], properties["status"]) == ("python a.txt", "NotStarted")
    assert properties["services"]["Studio"]["endpoint"].endswith("/w/vision/jobs/job1/")
    assert alice.get("jobs/job1").json() == answer.json()
    job = Job.objects.get()
    assert (job.version, job.image) == (build.version, build.image)
    assert job.definition_digest == build.version.definition_digest


def test_a_version_that_was_never_built_is_built_for_its_job(alice, vision):
    version = make_version(vision, "train", "numpy")
    submit(alice)
    build = Build.objects.get()
    assert (build.version, build.state, Job.objects.get().image) == (version, State.QUEUED, None)
    submit(alice)
    assert Build.objects.count() == 1
    assert build.claim("a worker")
    assert build.enter(State.SUCCEEDED, image=(image := make_image(vision)))
    assert Job.objects.get().image == image


def test_the_page_says_in_which_environment_it_was_even_when_that_is_gone(alice, vision):
    version = make_version(vision, "train", "numpy==1.26.4")
    build = make_build(version)
    submit(alice)
    page = see("bob").text
    assert f'href="{version.get_absolute_url()}"' in page
    assert build.image.name in page
    delete(version, by=None)
    page = see("bob").text
    assert "vision/train:1, which has been deleted since" in page
    assert "numpy==1.26.4" in page
    assert build.image.name in page
    assert Image.objects.exists()


def test_jobs_are_not_for_outsiders(alice, charlie, vision):
    make_version(vision, "train", "numpy")
    submit(alice)
    alice.put(f"codes/{CODE}/versions/1", codeUri="x")
    assert see("charlie").status_code == 404
    for answer in (
        charlie.get("jobs"),
        charlie.get("jobs/job1"),
        submit(charlie, "job2"),
        charlie.get("codes/x/versions"),
        charlie.get(f"codes/{CODE}/versions/1"),
        charlie.put(f"codes/{CODE}/versions/2", codeUri="x"),
        charlie.client.post(f"{ROOT}/vision/codes/{CODE}/versions/2/startPendingUpload", secure=True),
    ):
        assert answer.status_code == 404


def test_an_inline_environment_is_registered_for_its_job(alice):
    alice.save("CliV2AnonymousEnvironment", ANONYMOUS, image="a:1", isAnonymous=True)
    identity = f"{ROOT}/vision/environments/CliV2AnonymousEnvironment/versions/{ANONYMOUS}"
    assert submit(alice, environment=identity).status_code == 201
    assert Job.objects.get().version.name == ANONYMOUS
    assert Environment.objects.listed().count() == 0


@pytest.mark.parametrize(
    ("written", "version"),
    [
        ("azureml:train:1", "1"),
        ("azureml:train@latest", "2"),
        ("train:2", "2"),
        (f"{ROOT}/vision/environments/azureml:train/labels/latest", "2"),
        ("azureml://registries/curated/environments/shared/versions/1", "1"),
        ("azureml://registries/curated/environments/shared/labels/latest", "1"),
    ],
)
def test_every_spelling_of_a_reference_means_its_version(alice, vision, written, version):
    for requirement in ("numpy", "scipy"):
        make_version(vision, "train", requirement)
    make_version(make_workspace("curated"), "shared", "numpy")
    assert submit(alice, environment=written).status_code == 201
    assert Job.objects.get().version.name == version
    assert Job.objects.get().asked_for == written


@pytest.mark.parametrize(
    "written",
    [
        "",
        "azureml:train:9",
        "azureml:nothing@latest",
        "https://elsewhere/x",
        f"{ROOT}/other/environments/train/versions/1",
    ],
)
def test_a_reference_to_nothing_is_refused(alice, vision, written):
    make_version(vision, "train", "numpy")
    make_version(make_workspace("other"), "train", "numpy")
    assert submit(alice, environment=written).status_code == 400
    assert not Job.objects.exists()


def test_numbers_come_back_as_they_were_sent(alice, vision):
    make_version(vision, "train", "numpy")
    told = submit(alice, resources={"instanceCount": 2, "share": 0.5}).json()["properties"]
    assert told["resources"] == {"instanceCount": 2, "share": 0.5}
    address = f"{ROOT}/vision/jobs/job2"
    for number in ("NaN", "1e999"):
        body = f'{{"properties": {{"environmentId": "train:1", "x": {number}}}}}'
        assert alice.client.put(address, body, content_type="application/json").status_code == 400


def test_a_job_never_tells_of_another_workspaces_environment(alice, vision):
    other = make_workspace("other", editor=vision.members.get(role="editor").user)
    make_version(other, "secret", "numpy")
    answer = submit(alice, environment=f"{ROOT}/other/environments/secret/versions/1")
    assert answer.status_code == 400


def test_a_job_without_an_environment_and_one_with_a_bad_name_are_refused(alice, vision):
    make_version(vision, "train", "numpy")
    assert alice.put("jobs/job1", jobType="Pipeline").status_code == 400
    assert submit(alice, "a b").status_code == 400


def test_the_name_of_a_job_stands_for_one_environment(alice, vision):
    for requirement in ("numpy", "scipy"):
        make_version(vision, "train", requirement)
    submit(alice)
    again = submit(alice, isArchived=True, tags={"a": "b"})
    assert (again.status_code, again.json()["properties"]["isArchived"]) == (200, True)
    other = submit(alice, environment="azureml:train:2")
    assert other.status_code == 409
    assert "vision/train:1" in other.json()["error"]["message"]


def test_jobs_are_listed_page_by_page(alice, vision, monkeypatch):
    monkeypatch.setattr("environments.azure.paging.MOST_ROWS", 2)
    make_version(vision, "train", "numpy")
    for number in range(3):
        submit(alice, f"job{number}")
    first = alice.get("jobs")
    second = alice.follow(first.json()["nextLink"])
    names = [row["name"] for page in (first, second) for row in page.json()["value"]]
    assert names == ["job2", "job1", "job0"]


def test_the_page_of_jobs_reads_no_more_than_it_shows(alice, vision):
    """A job's properties may be a megabyte long."""
    make_version(vision, "train", "numpy")
    submit(alice)
    client = Client()
    client.login(username="alice", password=PASSWORD)
    with CaptureQueriesContext(connection) as sent:
        assert "job1" in client.get("/w/vision/jobs/").text
    assert not [query for query in sent.captured_queries if '"environments_job"."properties"' in query["sql"]]


def start(sdk):
    """The reference that code is uploaded by."""
    address = f"{ROOT}/vision/codes/{CODE}/versions/1/startPendingUpload?{API}"
    answer = sdk.client.post(
        address, json.dumps({"pendingUploadType": "TemporaryBlobReference"}), "application/json", secure=True
    )
    assert answer.status_code == 200
    return answer.json()["blobReferenceForConsumption"]


def put_by_pass(reference, name, content=b"hi\n", folder=None):
    """As the SDK writes: by the address alone, without a token."""
    url = urlsplit(reference["credential"]["sasUri"])
    headers = {"host": HOST, "x-ms-blob-type": "BlockBlob", "content-md5": md5(content)}
    address = f"{folder or url.path}/{name}?{url.query}"
    return Client(headers=headers).put(address, content, content_type="application/octet-stream", secure=True)


def test_code_is_uploaded_by_an_address_of_its_own(alice):
    assert alice.get(f"codes/{CODE}/versions", f"hash={HASH}&hashVersion=202208").json() == {"value": []}
    reference = start(alice)
    assert put_by_pass(reference, "sub/a.txt").status_code == 201
    uri = f"{reference['blobUri']}/sub"
    facts = {"hash_sha256": HASH, "hash_version": 202208}
    made = alice.put(f"codes/{CODE}/versions/1", codeUri=uri, isAnonymous=True, properties=facts)
    assert made.status_code == 201
    assert made.json()["properties"]["codeUri"] == uri
    assert made.json()["systemData"]["createdAt"]
    assert alice.put(f"codes/{CODE}/versions/1", codeUri=uri, properties=facts).status_code == 200
    assert alice.put(f"codes/{CODE}/versions/1", codeUri=f"{uri}2", properties=facts).status_code == 409
    (found,) = alice.get("codes/another/versions", f"hash={HASH}&hashVersion=202208").json()["value"]
    assert found == alice.get(f"codes/{CODE}/versions/1").json()
    assert Code.objects.count() == 1


def test_a_pass_is_for_its_folder_and_its_token_only(alice, vision):
    reference = start(alice)
    assert put_by_pass(reference, "a.txt", folder="/azureblob/vision/LocalUpload/x").status_code == 401
    assert (
        put_by_pass(
            reference, "a.txt", folder="/azureblob/other/" + reference["blobUri"].rpartition("/")[2]
        ).status_code
        == 401
    )
    forged = reference | {"credential": {"sasUri": reference["credential"]["sasUri"] + "x"}}
    assert put_by_pass(forged, "a.txt").status_code == 401
    token = ApiToken.objects.first()
    revoke_token(token, by=token.user)
    assert put_by_pass(reference, "a.txt").status_code == 401


def test_a_deleted_environment_takes_no_job_along(alice, vision):
    version = make_version(vision, "train", "numpy")
    make_build(version)
    submit(alice)
    delete(version.environment, by=None)
    assert not Version.objects.exists()
    assert alice.get("jobs/job1").status_code == 200
