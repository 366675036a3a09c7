"""A worker whose disk is nearly full takes no new builds, and goes on by itself."""

import shutil
from collections import namedtuple

import pytest

from environments import tasks
from environments.builder import disk
from environments.engine.fake import FakeEngine
from environments.models import Hold, Worker

pytestmark = pytest.mark.django_db
GB = 1000**3
Usage = namedtuple("Usage", "total used free")
FOLDERS = {"the engine's images": "/engine", "the studio's data": "/data"}


@pytest.fixture
def free(monkeypatch):
    """free(gigabytes, of=100): what the disk of every folder has from now on."""

    def set_free(gigabytes, of=100):
        usage = Usage(of * GB, (of - gigabytes) * GB, gigabytes * GB)
        monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)

    return set_free


def held():
    return list(Hold.objects.over("w").values_list("reason", flat=True))


def test_a_full_disk_holds_builds_and_says_which_until_there_is_room(free):
    free(4.9)
    assert disk.watch("w", FOLDERS) is False
    assert held() == ["The disk that holds the engine's images has less than 5.00 GB free."]
    assert disk.watch("w", FOLDERS) is False
    free(5.3)
    assert disk.watch("w", FOLDERS) is False
    assert len(held()) == 1
    free(5.6)
    assert disk.watch("w", FOLDERS) is True
    assert held() == []
    assert Hold.objects.count() == 1


def test_of_a_small_disk_a_twentieth_is_kept(free):
    free(1.1, of=20)
    disk.watch("w", FOLDERS)
    assert held() == []
    free(0.9, of=20)
    disk.watch("w", FOLDERS)
    assert held()


@pytest.mark.parametrize(("keep", "holds"), [(0, False), (50 * GB, True)])
def test_a_setting_says_what_is_kept(free, settings, keep, holds):
    settings.DISK_KEEP = keep
    free(20)
    disk.watch("w", FOLDERS)
    assert bool(held()) == holds


def test_a_folder_elsewhere_is_passed_over(settings):
    settings.DISK_KEEP = 10**18
    assert disk.watch("w", {"the engine's images": "", "others": "/no/such/folder"}) is False
    assert held() == []


def test_another_disk_may_be_the_full_one(monkeypatch):
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: Usage(100 * GB, 0, GB if folder == "/data" else 50 * GB))
    disk.watch("w", FOLDERS)
    assert held() == ["The disk that holds the studio's data has less than 5.00 GB free."]


def test_the_heartbeat_looks_and_pokes_once_there_is_room_again(free, settings, monkeypatch):
    settings.WORKER_NAME, settings.STUDIO_WORKERS = "w", 2
    sent = []
    monkeypatch.setattr(tasks, "engine", FakeEngine)
    monkeypatch.setattr(tasks, "_send", lambda task, *_: sent.append(task))
    free(1)
    tasks.beat_worker()
    assert (len(held()), Worker.objects.slots(), sent) == (1, 0, [])
    free(50)
    tasks.beat_worker()
    assert (held(), Worker.objects.slots(), sent) == ([], 2, [tasks.run_builds] * 2)
