"""The broker fails or says things twice: builds are taken all the same and run once."""

import shutil
import subprocess
from contextlib import contextmanager

from tests.faults.sleeper import Sleeper


@contextmanager
def read_only(folder):
    """Another folder in its place, as if its disk had been mounted again after an error."""
    subprocess.run(["mount", "-t", "tmpfs", "-o", "ro,size=1m", "none", folder], check=True)
    try:
        yield
    finally:
        subprocess.run(["umount", folder], check=True)


def test_a_broker_folder_that_vanishes_is_made_again(studio):
    before = Sleeper(studio).begin()
    worker = studio.pids("worker")
    gone = studio.broker.rename(studio.broker.with_name("gone"))  # in one go, as messages are written into it meanwhile
    shutil.rmtree(gone, ignore_errors=True)
    after = Sleeper(studio)
    assert [before.end()["attempt"], after.end()["attempt"]] == [1, 1]
    assert studio.pids("worker") == worker


def test_broken_files_of_the_broker_stop_nobody(studio):
    control = studio.broker / "control"
    control.mkdir(exist_ok=True)  # a broker whose folder vanished makes this one when it next needs it
    for file in {control / "celery.exchange", *control.iterdir()}:
        file.write_text("")
    (studio.broker / "messages/1_cut-short.celery.msg").write_text('{"body": "')
    worker = studio.pids("worker")
    assert Sleeper(studio, 0).end()["attempt"] == 1
    assert studio.pids("worker") == worker


def test_while_the_broker_takes_no_message_builds_are_accepted_and_wait(studio):
    with read_only(studio.broker / "messages"):
        waiting = Sleeper(studio, 0)
        studio.wait_until(waiting.id, "queued")
    assert waiting.end()["attempt"] == 1


def test_a_build_that_is_poked_again_and_again_runs_once(studio):
    once = Sleeper(studio)
    studio.poke()
    studio.poke()
    once.begin()
    studio.poke()
    ended = once.end()
    assert ended["attempt"] == 1
    studio.poke()
    Sleeper(studio, 0).end()  # messages are taken in their order
    assert once.end() == ended
    assert studio.printed(once.id).count(once.mark) == 1
