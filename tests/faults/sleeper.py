"""A build that is recognised wherever it leaves a trace."""

import os
import uuid
from pathlib import Path

from tests.engine.making import process_runs
from tests.waiting import wait_for

FINAL = ("state", "attempt", "finished_at", "image_id", "line_count", "error", "cancel_requested_at")
DIGITS = str.maketrans("abcdef", "012345")


class Sleeper:
    """A build with one step: it prints a mark, then sleeps for a time no other process sleeps for."""

    def __init__(self, studio, seconds=3):
        self.studio = studio
        self.mark = uuid.uuid4().hex
        self.seconds = f"{seconds}.{self.mark[:8].translate(DIGITS)}"
        self.id = studio.build(f"b{self.mark[:12]}", f"RUN echo {self.mark} && sleep {self.seconds}")

    def is_running(self):
        return process_runs("sleep", self.seconds)

    def begin(self):
        wait_for(self.is_running, f"the step of {self.id} to run", seconds=60)
        return self

    def end(self, *states, seconds=75):
        """What must never change of the ended build, which has succeeded unless other states are allowed.

        Its log is whole, no attempt ran its step twice, it has an image or a reason, and its process is gone.
        """
        row = self.studio.wait_until(self.id, "succeeded", "failed", "cancelled", seconds=seconds)
        assert row["state"] in (states or ("succeeded",)), row["error"]
        wait_for(lambda: not self.is_running(), "the step's process to be gone", seconds=10)
        assert self.studio.printed(self.id).count(self.mark) <= row["attempt"] <= 2
        assert bool(row["image_id"]) == (row["state"] == "succeeded")
        assert bool(row["error"]) == (row["state"] == "failed")
        return {name: row[name] for name in FINAL}

    def images(self):
        """How many images are recorded under the key of its own: builds that differ share none."""
        query = (
            "select count(*) from environments_image where id = (select image_id from environments_build where id = ?)"
        )
        return self.studio.rows(query, self.id)[0][0]


def is_alive(pid):
    """Whether a process still does anything; nobody may have asked yet how it ended."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def all_gone(pids):
    return not any(is_alive(pid) for pid in pids)


def mounts_of_steps(folder):
    """The mounts below a folder that any process on the machine still sees."""
    found = set()
    for table in Path("/proc").glob("[0-9]*/mountinfo"):
        try:
            lines = table.read_text().splitlines()
        except OSError:
            continue
        found |= {line.split()[4] for line in lines if os.fspath(folder) in line}
    return {path for path in found if "/executor/" in path}
