"""The kernel's word that a group of processes ran out of memory, heard even where the group goes before it is read.

A program that is ended for its memory may be the last one of its step: then the group is gone some milliseconds later,
and its counts with it. cgroup v2 signals nothing that would outlive the group, so there such a step is told by its exit
code alone.
"""

import os
from contextlib import suppress
from pathlib import Path
from select import select

LAST_SECONDS = 0.05  # between the end of a group and the signal of it


class Notice:
    """Signals of one group on cgroup v1, which are kept until `close` (admin-guide/cgroup-v1/memory.rst, 9 and 10)."""

    def __init__(self, folder: Path) -> None:
        """Ask for the signals of the group whose memory controller has this folder; without them, `came` is False."""
        self._signals = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        with suppress(OSError):
            control = os.open(folder / "memory.oom_control", os.O_RDONLY)
            try:
                (folder / "cgroup.event_control").write_text(f"{self._signals} {control}")
            finally:
                os.close(control)

    def came(self) -> bool:
        """Whether a group that is gone now had run out of memory. The answer is given once.

        The end of the group is a signal as well, which comes a moment after it, so one more than that is needed.
        """
        return self._count(0.0) + self._count(LAST_SECONDS) > 1

    def _count(self, seconds: float) -> int:
        """How many signals came since it was last asked, waiting so long for one."""
        ready, _, _ = select([self._signals], [], [], seconds) if self._signals >= 0 else ([], [], [])
        return os.eventfd_read(self._signals) if ready else 0

    def close(self) -> None:
        """Hear no more."""
        signals, self._signals = self._signals, -1
        if signals >= 0:
            os.close(signals)
