"""Uploads of build contexts, request by request, and what is read back of them."""

import base64
import hashlib
import re
from html import unescape
from urllib.parse import quote

import pytest

from environments.models import Blob, Context, Version
from environments.services.contexts import load_context
from tests.azure.conftest import DOCKERFILE, FOLDER, HOST, UPLOAD, md5, sdk_for
from tests.cast import make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database]
PATH = f"{UPLOAD}/Dockerfile"
MB = 1024**2


def code_of(answer):
    assert f"<Code>{answer['x-ms-error-code']}</Code>" in answer.text
    return answer["x-ms-error-code"]


def block_list(*blocks):
    listed = "".join(f"<Latest>{block}</Latest>" for block in blocks)
    return f"<?xml version='1.0' encoding='utf-8'?>\n<BlockList>{listed}</BlockList>".encode()


def block_id(number):
    return base64.b64encode(f"{number:032d}".encode()).decode()


def stage(alice, path, *contents):
    """The blocks of a blob; returns their ids."""
    ids = [block_id(number) for number in range(len(contents))]
    for block, content in zip(ids, contents, strict=True):
        answer = alice.put_blob(path, content, f"?comp=block&blockid={block}")
        assert answer.status_code == 201
    return ids


def test_a_folder_is_uploaded_and_becomes_a_version(alice):
    missing = alice.head_blob(PATH)
    assert (missing.status_code, missing["x-ms-error-code"]) == (404, "BlobNotFound")
    address = alice.upload()
    answer = alice.save("ctx", build={"contextUri": address})
    assert answer.status_code == 201
    assert answer.json()["properties"]["build"]["dockerfilePath"] == "Dockerfile"
    version = Version.objects.get()
    assert (version.kind, version.text) == ("context", DOCKERFILE.decode())
    assert {entry["path"] for entry in version.context.manifest} == set(FOLDER)
    assert dict(load_context(version.context).files) == FOLDER


def test_the_same_folder_again_is_neither_uploaded_nor_a_new_version(alice):
    address = alice.upload()
    alice.save("ctx", build={"contextUri": address})
    found = alice.head_blob(PATH)
    assert found.status_code == 200
    assert (found["x-ms-meta-upload_status"], found["x-ms-meta-name"]) == ("completed", "ctx")
    assert found["Content-Length"] == str(len(DOCKERFILE))
    assert alice.head_blob(PATH.replace("LocalUpload", "az-ml-artifacts")).status_code == 404
    assert alice.save("ctx", build={"contextUri": address}).status_code == 200
    other = alice.upload({**FOLDER, "Dockerfile": b"FROM python:3.12\n"}, "LocalUpload/other/ctx")
    assert alice.save("ctx", build={"contextUri": other}).status_code == 409


def test_what_a_version_is_told_as_is_taken_back(alice):
    made = alice.save("ctx", build={"contextUri": alice.upload()})
    build = made.json()["properties"]["build"]
    assert build["contextUri"].startswith(f"https://{HOST}/azureblob/vision/")
    assert alice.save("ctx", build=build).status_code == 200
    assert alice.save("copy", build=build).status_code == 201
    assert Context.objects.count() == 1


def test_a_folder_of_another_name_is_the_same_definition(alice):
    alice.save("ctx", build={"contextUri": alice.upload()})
    renamed = alice.upload(folder=UPLOAD.removesuffix("ctx") + "renamed")
    assert alice.save("ctx", build={"contextUri": renamed}).status_code == 200


def test_a_dockerfile_of_another_name_lies_where_it_is_said_to(alice):
    address = alice.upload({"docker/Dev.Dockerfile": DOCKERFILE, "requirements.txt": b"six\n"})
    answer = alice.save("ctx", build={"contextUri": address, "dockerfilePath": "docker/Dev.Dockerfile"})
    assert answer.status_code == 201
    assert Version.objects.get().text == DOCKERFILE.decode()


def test_what_dockerignore_names_stays_out_and_scripts_are_executable(alice):
    files = FOLDER | {".dockerignore": b"sub\n", "run.sh": b"#!/bin/sh\n", "sub/big": b"x" * 100}
    alice.save("ctx", build={"contextUri": alice.upload(files)})
    manifest = {entry["path"]: entry["executable"] for entry in Context.objects.get().manifest}
    assert manifest == {".dockerignore": False, "Dockerfile": False, "requirements.txt": False, "run.sh": True}


def test_a_folder_that_is_not_whole_is_refused(alice):
    for path, content in FOLDER.items():
        alice.put_blob(f"{UPLOAD}/{path}", content)
    answer = alice.save("ctx", build={"contextUri": f"https://{HOST}/azureblob/vision/{UPLOAD}/"})
    assert answer.status_code == 400
    assert "not uploaded to its end" in answer.json()["error"]["message"]
    alice.complete(PATH)
    assert alice.save("ctx", build={"contextUri": f"https://{HOST}/azureblob/vision/{UPLOAD}/"}).status_code == 201


@pytest.mark.parametrize(
    "address",
    [
        f"https://{HOST}/azureblob/vision/LocalUpload/nothing/here/",
        f"https://{HOST}/azureblob/vision/contexts/{'0' * 64}/",
        f"https://{HOST}/azureblob/vision/",
        f"https://{HOST}/azureblob/",
        f"https://elsewhere/azureblob/vision/{UPLOAD}/",
        "https://[::1",
    ],
)
def test_a_context_that_is_not_here_is_refused(alice, address):
    alice.upload()
    assert alice.save("ctx", build={"contextUri": address}).status_code == 400


def test_a_context_without_a_dockerfile_is_refused(alice):
    answer = alice.save("ctx", build={"contextUri": alice.upload({"main.py": b""})})
    assert answer.status_code == 400
    assert "Dockerfile" in answer.json()["error"]["message"]


def test_a_path_that_leads_out_of_the_folder_is_refused(alice):
    address = alice.upload(FOLDER | {"sub/../../evil": b"x"})
    assert alice.save("ctx", build={"contextUri": address}).status_code == 400


def test_a_blob_is_put_together_from_blocks(alice):
    path, content = f"{UPLOAD}/large.bin", [b"a" * MB, b"b" * MB, b"c"]
    ids = stage(alice, path, *content)
    assert alice.head_blob(path).status_code == 404, "blocks alone are no blob"
    listed = block_list(*ids)
    assert alice.put_blob(path, listed, "?comp=blocklist").status_code == 201
    assert alice.put_blob(path, listed, "?comp=blocklist").status_code == 201, "a list sent again changes nothing"
    blob = Blob.objects.get()
    assert (blob.size, blob.sha256) == (2 * MB + 1, hashlib.sha256(b"".join(content)).hexdigest())
    assert b"".join(alice.get_blob(path).streaming_content) == b"".join(content)


def test_a_list_with_an_unknown_block_is_refused(alice):
    path = f"{UPLOAD}/large.bin"
    (first,) = stage(alice, path, b"a")
    answer = alice.put_blob(path, block_list(first, block_id(9)), "?comp=blocklist")
    assert (answer.status_code, code_of(answer)) == (400, "InvalidBlockList")
    answer = alice.put_blob(path, block_list(first).removesuffix(b"</BlockList>"), "?comp=blocklist")
    assert (answer.status_code, code_of(answer)) == (400, "InvalidXmlDocument")


def test_a_wrong_checksum_is_told_and_nothing_is_kept(alice):
    answer = alice.put_blob(PATH, DOCKERFILE, **{"content-md5": md5(b"other")})
    assert (answer.status_code, code_of(answer)) == (400, "Md5Mismatch")
    for written in ("?", "é"):
        assert alice.put_blob(PATH, DOCKERFILE, **{"content-md5": written}).status_code == 400
    assert not Blob.objects.exists()


def test_a_good_checksum_comes_back(alice):
    assert alice.put_blob(PATH, DOCKERFILE)["Content-MD5"] == md5(DOCKERFILE)


def test_a_blob_that_must_be_new_is_not_written_over(alice):
    alice.put_blob(PATH, DOCKERFILE)
    answer = alice.put_blob(PATH, b"other")
    assert (answer.status_code, code_of(answer)) == (409, "BlobAlreadyExists")
    assert alice.put_blob(PATH, b"other", **{"if-none-match": ""}).status_code == 201
    assert Blob.objects.get().size == 5


def test_more_than_a_build_takes_is_refused(alice, settings):
    settings.BUILD_CONTEXT = 100
    assert alice.put_blob(f"{UPLOAD}/a", b"x" * 60).status_code == 201
    answer = alice.put_blob(f"{UPLOAD}/b", b"x" * 60)
    assert (answer.status_code, code_of(answer)) == (413, "RequestBodyTooLarge")
    assert alice.put_blob("LocalUpload/another/b", b"x" * 60).status_code == 201
    block = ("LocalUpload/blocks/c", b"x" * 60, "?comp=block&blockid=YQ==")
    assert [alice.put_blob(*block).status_code for _ in range(2)] == [201, 201], "the same block again takes its place"
    assert alice.put_blob("LocalUpload/blocks/c", b"x" * 60, "?comp=block&blockid=YZ==").status_code == 413


@pytest.mark.parametrize(
    ("query", "status"),
    [("?comp=lease", 400), ("?comp=block", 400), ("?comp=metadata", 404)],
)
def test_what_is_not_possible_is_refused(alice, query, status):
    assert alice.put_blob(f"{UPLOAD}/none", b"", query).status_code == status


@pytest.mark.parametrize("path", ["a/b/", "a/\x07", "a/" + "b" * 1_100, "a/" + "é" * 600])
def test_a_path_that_is_none_is_refused(alice, path):
    assert alice.put_blob(path.replace("\x07", "%07"), b"").status_code == 400


def test_a_part_of_a_blob_is_read(alice):
    alice.put_blob(PATH, b"0123456789")
    answer = alice.get_blob(PATH, **{"x-ms-range": "bytes=2-4"})
    assert (answer.status_code, answer["Content-Range"]) == (206, "bytes 2-4/10")
    assert answer.streaming, "a part may be as long as the whole"
    assert b"".join(answer.streaming_content) == b"234"
    beyond = alice.get_blob(PATH, **{"x-ms-range": "bytes=4-33554431"})
    assert beyond["Content-Range"] == "bytes 4-9/10"


def test_an_empty_blob_has_no_range(alice):
    alice.put_blob(PATH, b"")
    answer = alice.get_blob(PATH, **{"x-ms-range": "bytes=0-33554431"})
    assert (answer.status_code, code_of(answer)) == (416, "InvalidRange")
    assert b"".join(alice.get_blob(PATH).streaming_content) == b""


def test_a_container_is_listed_by_a_prefix_page_by_page(alice, monkeypatch):
    monkeypatch.setattr("environments.azure.blobs.MOST_LISTED", 2)
    alice.upload(FOLDER | {"a&b": b""})
    alice.put_blob("LocalUpload/other/x", b"")
    found, marker = [], ""
    while True:
        page = alice.get_blob("", f"?restype=container&comp=list&prefix={UPLOAD}/&marker={marker}").text
        found += re.findall("<Name>([^<]*)</Name>", page)
        if not (marker := quote(unescape(re.search("<NextMarker>([^<]*)</NextMarker>", page)[1]))):
            break
    assert found == sorted(f"{UPLOAD}/{name}" for name in ("Dockerfile", "a&amp;b", "requirements.txt", "sub/a.txt"))


def test_both_spellings_of_an_address_are_one_place(alice):
    alice.put_blob(PATH, DOCKERFILE)
    assert alice.client.head(f"/azureblob/vision/{PATH}").status_code == 200
    assert alice.client.get("/azureblob/vision?restype=container").status_code == 200


def test_a_viewer_reads_and_writes_nothing(alice, bob):
    alice.put_blob(PATH, DOCKERFILE)
    assert bob.head_blob(PATH).status_code == 200
    answer = bob.put_blob(f"{UPLOAD}/b", b"")
    assert (answer.status_code, code_of(answer)) == (403, "AuthorizationFailed")


def test_equal_contents_are_kept_once_and_never_shared_between_workspaces(alice, vision, settings):
    other = make_workspace("other", editor=vision.members.get(role="editor").user)
    make_version(other, "x")
    for sdk in (sdk_for(vision.members.get(role="editor").user), alice.at("other")):
        sdk.put_blob("a/b/1", b"same")
        sdk.put_blob("a/b/2", b"same")
    kept = [file for file in (settings.MEDIA_ROOT / "blobs").rglob("*") if file.is_file()]
    assert sorted(file.parent.parent.name for file in kept) == sorted([str(vision.pk), str(other.pk)])
