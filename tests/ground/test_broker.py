"""The broker that is a folder takes and gives messages whatever happens to its files."""

import shutil

import pytest
from kombu import Connection
from kombu.exceptions import ChannelError


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "broker"


@pytest.fixture
def queue(folder):
    messages = {"data_folder_in": str(folder / "messages"), "data_folder_out": str(folder / "messages")}
    options = messages | {"control_folder": str(folder / "control")}
    with Connection("filesystem://", transport_options=options) as connection:
        queue = connection.SimpleQueue("pokes")
        queue.put("first")
        assert taken(queue) == "first"
        yield queue


def taken(queue):
    message = queue.get(timeout=60)
    message.ack()
    return message.payload


def nothing_is_left(queue):
    with pytest.raises(queue.Empty):
        queue.get(block=False)
    return True


def test_folders_that_vanish_are_made_again(queue, folder):
    shutil.rmtree(folder)
    assert nothing_is_left(queue)
    queue.put("second")
    assert taken(queue) == "second"


def test_a_lost_or_broken_list_of_queues_is_written_again(queue, folder):
    for break_it in (lambda file: file.unlink(), lambda file: file.write_text("")):
        [file] = (folder / "control").iterdir()
        break_it(file)
        queue.put("second")
        assert taken(queue) == "second"


def test_a_message_that_was_cut_short_is_passed_over(queue, folder):
    (folder / "messages/1_x.pokes.msg").write_text('{"body": ')
    queue.put("second")
    assert taken(queue) == "second"
    assert nothing_is_left(queue)


def test_a_message_that_cannot_be_written_is_told_to_who_sends_it(queue, folder):
    shutil.rmtree(folder / "messages")
    (folder / "messages").touch()
    with pytest.raises(ChannelError):
        queue.put("second")
