"""The disk that holds everything is full in mid build: what can end ends with a reason, the rest once there is room."""

import os
import subprocess
from contextlib import contextmanager, suppress

import pytest
from django.conf import settings

from tests.faults.sleeper import Sleeper
from tests.faults.studio import Studio
from tests.waiting import wait_for

DISK = "size=300m"
FULL = "database or disk is full"


@pytest.fixture
def studio(tmp_path):
    """A studio on a small disk of its own; everything it has is there, its engine's store as well."""
    if os.geteuid() != 0:
        pytest.skip("only root can mount a disk and run a private engine")
    subprocess.run(["mount", "-t", "tmpfs", "-o", DISK, "none", tmp_path], check=True)
    studio = Studio(tmp_path, settings.DATA_DIR / "tools/engine")
    try:
        studio.start()
        yield studio
    finally:
        print(studio.log.read_text(errors="replace")[-6000:])
        studio.stop()
        subprocess.run(["umount", "--lazy", tmp_path], check=True)


@contextmanager
def full(folder):
    """Not a byte is left on the disk of the folder while the block runs."""
    file = folder / "fills-the-disk"
    with file.open("wb", buffering=0) as filling, suppress(OSError):
        while True:
            filling.write(bytes(2**16))
    try:
        yield
    finally:
        file.unlink()


def test_builds_on_a_full_disk_end_with_a_reason_or_once_there_is_room_again(studio):
    sleeper = Sleeper(studio, 2).begin()
    with full(studio.data_dir):
        wait_for(lambda: not sleeper.is_running(), "the step to end", seconds=20)
        wait_for(lambda: FULL in studio.log.read_text(), "the database to take nothing more", seconds=20)
    assert sleeper.end("succeeded", "failed")["attempt"] <= 2
    filling = studio.build("fills-the-disk", "RUN yes > /much")
    ended = studio.wait_until(filling, "failed")
    assert "space" in " ".join([ended["error"], *studio.printed(filling)])
    assert Sleeper(studio, 0).end()["attempt"] == 1
