"""Uploads go after a day; what was made of them stays."""

import os
from datetime import timedelta
from pathlib import Path

import pytest
from django.utils import timezone

from environments.models import Blob, Context
from environments.retention.uploads import remove_uploads
from tests.azure.conftest import DOCKERFILE, UPLOAD

pytestmark = pytest.mark.django_db


def age(settings, hours):
    """Let everything that was uploaded be this old."""
    moment = timezone.now() - timedelta(hours=hours)
    Blob.objects.update(changed_at=moment)
    for file in (Path(settings.MEDIA_ROOT) / "blobs").rglob("*"):
        os.utime(file, (moment.timestamp(), moment.timestamp()))


def files(settings):
    return [file for file in (Path(settings.MEDIA_ROOT) / "blobs").rglob("*") if file.is_file()]


def test_an_old_upload_goes_and_its_version_stays(alice, settings):
    address = alice.upload()
    alice.save("ctx", build={"contextUri": address})
    told = alice.version("ctx").json()["properties"]["build"]
    alice.put_blob("LocalUpload/x/large", b"half", "?comp=block&blockid=YQ==")
    age(settings, 25)
    assert remove_uploads() == 1
    assert (Blob.objects.count(), files(settings)) == (0, [])
    assert not list((Path(settings.MEDIA_ROOT) / "blobs/blocks").glob("*/*")), "nor is an empty folder left"
    assert Context.objects.count() == 1
    assert alice.save("ctx", build=told).status_code == 200
    assert alice.save("ctx", build={"contextUri": alice.upload()}).status_code == 200


def test_a_young_upload_stays_whole(alice, settings):
    alice.upload()
    age(settings, 25)
    alice.put_blob(f"{UPLOAD}/late", b"new")
    assert remove_uploads() == 0
    assert Blob.objects.count() == 4
    assert len(files(settings)) == 4


def test_a_content_that_is_still_named_stays(alice, settings):
    alice.put_blob("LocalUpload/old/Dockerfile", DOCKERFILE)
    age(settings, 25)
    alice.put_blob("LocalUpload/new/Dockerfile", DOCKERFILE)
    assert remove_uploads() == 1
    assert b"".join(alice.get_blob("LocalUpload/new/Dockerfile").streaming_content) == DOCKERFILE
