"""Bounds on all builds of a private engine together, so that the studio's own processes stay alive and answer.

They are set on the group that the engine puts everything below that it runs, before it starts, for cgroup v1 and v2
(see the kernel's admin-guide/cgroup-v1 and cgroup-v2.rst).
"""

import os
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from studio.launch.leftovers import CGROUPS

PERIOD = 100_000  # microseconds
WEIGHT, WEIGHT_V1 = 25, 256  # a quarter of what one of the studio's own processes has (100 and 1024)
LEAST_LEFT = 1024**3  # bytes of memory that the studio keeps for itself, or an eighth if that is more
MOST_PROCESSES = Path("/proc/sys/kernel/pid_max")


@dataclass(frozen=True, slots=True)
class Bounds:
    """Of all builds together. `cpus` 0: they use what is idle, and give way to the studio."""

    memory_bytes: int
    processes: int
    cpus: int = 0

    @classmethod
    def of_machine(cls, memory_bytes: int = 0, cpus: int = 0) -> "Bounds":
        """What this machine can spare: most of its memory (unless given), half of its processes."""
        whole = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
        spare = max(whole - max(LEAST_LEFT, whole // 8), whole // 2)
        return cls(memory_bytes or spare, int(MOST_PROCESSES.read_text()) // 2, cpus)

    def keep(self, cgroup: str, cgroups: Path = CGROUPS) -> bool:
        """Make the group and bound it; say whether this machine lets us, without which no limit can be kept."""
        is_v2 = (cgroups / "cgroup.controllers").exists()
        if is_v2:
            with suppress(OSError):  # they may be on already, and what is missing shows below
                (cgroups / "cgroup.subtree_control").write_text("+cpu +memory +pids")
        kept = [_write(cgroups / path, cgroup, value) for path, value in (self._v2() if is_v2 else self._v1())]
        return all(kept[:2])  # a kernel that does not share out processors can still hold builds to the rest

    def _v1(self) -> list[tuple[str, str]]:
        return [
            ("memory/{}/memory.limit_in_bytes", str(self.memory_bytes)),
            ("pids/{}/pids.max", str(self.processes)),
            ("cpu/{}/cpu.shares", str(WEIGHT_V1)),
            ("cpu/{}/cpu.cfs_quota_us", str(self.cpus * PERIOD or -1)),
        ]

    def _v2(self) -> list[tuple[str, str]]:
        return [
            ("{}/memory.max", str(self.memory_bytes)),
            ("{}/pids.max", str(self.processes)),
            ("{}/cpu.weight", str(WEIGHT)),
            ("{}/cpu.max", f"{self.cpus * PERIOD or 'max'} {PERIOD}"),
        ]


def _write(path: Path, cgroup: str, value: str) -> bool:
    file = Path(str(path).format(cgroup.strip("/")))
    try:
        file.parent.mkdir(exist_ok=True)
        file.write_text(value)
    except OSError:
        return False
    return True
