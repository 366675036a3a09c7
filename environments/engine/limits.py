"""Limits on what one step of a build may use, on an engine of our own.

BuildKit in dockerd takes no limits for a step, but puts each into a control group of its own below `<parent>/buildkit`,
where `parent` is the engine's --cgroup-parent. So whoever may write there can set them, for cgroup v1 and v2 alike.
"""

from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event, Thread

CGROUPS = Path("/sys/fs/cgroup")
LOOK_SECONDS = 0.02
NOT_OURS = "limits not enforced by this engine"


@dataclass(frozen=True, slots=True)
class Limits:
    """What one step may use at most: bytes of memory, and processes (threads count)."""

    memory_bytes: int
    processes: int

    def __str__(self) -> str:
        return f"each step: {self.memory_bytes // 1024**2} MB of memory, {self.processes} processes"


@dataclass(slots=True)
class LimitsWatch:
    """Sets the limits on every step's group within LOOK_SECONDS of its start. `parent` is as given to the engine."""

    parent: str
    limits: Limits
    cgroups: Path = CGROUPS
    _ended: Event = field(default_factory=Event)
    _thread: Thread | None = None
    _known: set[Path] = field(default_factory=set)

    def start(self) -> None:
        self._ended.clear()
        self._thread = Thread(target=self._watch, name="step limits", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._ended.set()
        if self._thread:
            self._thread.join()

    def look(self) -> None:
        """Set the limits on the groups that came since the last look."""
        settings = self._settings()
        groups = {group for folder, _, _ in settings for group in folder.glob("*/")}
        for group in groups - self._known:
            for folder, file, value in settings:
                if group.parent == folder:
                    _write(group / file, value)
        self._known = groups

    def _watch(self) -> None:
        while not self._ended.wait(LOOK_SECONDS):
            with suppress(OSError):  # a folder vanished while it was read: the next look sees what there is
                self.look()

    def _settings(self) -> list[tuple[Path, str, int]]:
        """(folder of the groups, file in a group, value): v1 has a tree for each controller, v2 one for all."""
        below = f"{self.parent.strip('/')}/buildkit"
        memory, processes = self.limits.memory_bytes, self.limits.processes
        if (self.cgroups / "cgroup.controllers").exists():
            folder = self.cgroups / below
            return [(folder, "memory.max", memory), (folder, "memory.swap.max", 0), (folder, "pids.max", processes)]
        return [
            (self.cgroups / "memory" / below, "memory.limit_in_bytes", memory),
            (self.cgroups / "memory" / below, "memory.memsw.limit_in_bytes", memory),
            (self.cgroups / "pids" / below, "pids.max", processes),
        ]


def _write(file: Path, value: int) -> None:
    try:
        file.write_text(str(value))
    except OSError:
        return  # the step has ended meanwhile, or this kernel does not count it (swap)
