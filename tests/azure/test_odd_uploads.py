"""Uploads that go wrong, or side by side: what is kept is whole, and what is refused is told as such."""

import io
import re
from threading import Barrier, Thread

import pytest
from django.db import connection

from environments.contexts import ContextFiles, FileOnDisk, FilesOnDisk
from environments.models import Blob, Context
from tests.azure.conftest import DOCKERFILE, FOLDER, UPLOAD, sdk_for
from tests.azure.test_blobs import PATH, block_id, block_list, code_of
from tests.cast import make_user, make_workspace
from tests.refusals import refusal_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.mark.parametrize("name", ["Dockerfile", ".dockerignore"])
def test_of_a_text_no_more_is_read_than_it_may_have(tmp_path, name):
    (tmp_path / "small").write_bytes(b"FROM a\n")
    with (tmp_path / "huge").open("wb") as file:
        file.truncate(2**40)
    files = {path: FileOnDisk(tmp_path / "small", 7, "") for path in ("Dockerfile", ".dockerignore")}
    files[name] = FileOnDisk(tmp_path / "huge", 2**40, "")
    assert refusal_of(ContextFiles(FilesOnDisk(files)).for_build).code == "too-long"


def test_folders_that_differ_in_capitals_only_are_two(alice):
    """Their content is the same, so clients upload both below one hash."""
    capitals = UPLOAD.removesuffix("ctx") + "CTX"
    alice.upload(folder=capitals)
    address = alice.upload()
    assert alice.save("ctx", build={"contextUri": address}).status_code == 201
    assert {entry["path"] for entry in Context.objects.get().manifest} == set(FOLDER)
    listed = alice.get_blob("", f"?restype=container&comp=list&prefix={UPLOAD}/").text
    assert len(re.findall("<Name>", listed)) == len(FOLDER)


@pytest.mark.parametrize("query", ["", "?comp=block&blockid=YQ=="])
def test_what_breaks_off_on_its_way_is_not_kept(alice, settings, query):
    address = f"/azureblob/vision/{PATH}{query}"
    sent = {"CONTENT_LENGTH": "10", "wsgi.input": io.BytesIO(b"half")}
    answer = alice.client.put(address, content_type="application/octet-stream", **sent)
    assert (answer.status_code, code_of(answer)) == (400, "IncompleteBody")
    assert alice.client.put(address, b"").status_code == 411, "a length that was not sent"
    assert not Blob.objects.exists()
    assert [file for file in (settings.MEDIA_ROOT / "blobs").rglob("*") if file.is_file()] == []


@pytest.mark.parametrize("metadata", [{"x-ms-meta-ü": "1"}, {"x-ms-meta-a": "b\rc"}, {"x-ms-meta-": "1"}])
def test_metadata_that_could_not_be_told_again_are_refused(alice, metadata):
    alice.put_blob(PATH, DOCKERFILE)
    assert code_of(alice.put_blob(PATH, query="?comp=metadata", **metadata)) == "InvalidMetadata"
    assert alice.head_blob(PATH).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_two_clients_upload_the_same_blob_in_blocks_at_once():
    user = make_user("alice")
    make_workspace("vision", editor=user)
    together, answers = Barrier(2), []

    def upload(caller):
        try:
            for turn in range(8):
                together.wait()
                path, ids = f"{UPLOAD}/large-{turn}", [block_id(number) for number in range(6)]
                for block in ids:
                    answers.append(caller.put_blob(path, b"x", f"?comp=block&blockid={block}").status_code)
                answers.append(caller.put_blob(path, block_list(*ids), "?comp=blocklist").status_code)
        finally:
            connection.close()

    threads = [Thread(target=upload, args=(sdk_for(user),)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert set(answers) == {201}
    assert set(Blob.objects.values_list("size", flat=True)) == {6}
