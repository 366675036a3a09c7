"""Limits on what one step of a build may use, on an engine of our own.

BuildKit in dockerd takes no limits for a step, but puts each into a control group of its own below `<parent>/buildkit`,
where `parent` is the engine's --cgroup-parent. So whoever may write there can set them, for cgroup v1 and v2 alike (see
cgroups(7) and the kernel's admin-guide/cgroup-v1/memory.rst and cgroup-v2.rst). The group is there 0.1 s before the
step's own program runs, and goes with the step: what it counted has to be read while it lives.
"""

import errno
import os
import signal
import time
from contextlib import suppress
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from threading import Event, Lock, Thread

from environments.engine.out_of_memory import Notice
from environments.engine.protocol import Step

CGROUPS = Path("/sys/fs/cgroup")
LOOK_SECONDS = 0.01
FORGET_SECONDS = 60.0  # after a group has gone
NEAR_SECONDS = 5.0  # between the end of a step's group and the engine's word that the step has ended
NOT_OURS = "limits not enforced by this engine"
MB = 1024**2


class Limit(Enum):
    """What a step can run into: a limit of its own, or what all builds of the engine share."""

    MEMORY = auto()
    PROCESSES = auto()
    ALL_MEMORY = auto()
    ALL_PROCESSES = auto()


@dataclass(frozen=True, slots=True)
class Reached:
    """A limit that ended a step; `words` end a sentence “used more than …”. Not `is_sure`: it may be another step's."""

    limit: Limit
    words: str
    is_sure: bool = True


@dataclass(frozen=True, slots=True)
class Limits:
    """What one step may use at most: bytes of memory, and processes (threads count). `parent` is the engine's group."""

    parent: str
    memory_bytes: int
    processes: int

    def __str__(self) -> str:
        return f"each step: {self.memory_bytes // MB} MB of memory, {self.processes} processes"

    def words(self, limit: Limit) -> str:
        """The limit with its value, as the end of “used more than …”, and what to do about it."""
        return {
            Limit.MEMORY: f"the {self.memory_bytes // MB} MB of memory one step may use here; "
            "make it use less, or have STUDIO_BUILD_MEMORY raised",
            Limit.PROCESSES: f"the {self.processes} processes one step may have here at a time; "
            "make it start fewer, or have STUDIO_BUILD_PROCESSES raised",
            Limit.ALL_MEMORY: "the memory that was left for it, as all builds together have only so much; "
            "build again when fewer builds run, or have STUDIO_BUILDS_MEMORY raised",
            Limit.ALL_PROCESSES: "the processes that were left for it, as all builds together may have only so many; "
            "build again when fewer builds run",
        }[limit]


@dataclass(slots=True)
class _Group:
    """The group of one step: when it was there (seconds since the epoch), and which limit ended it."""

    began: float
    notice: Notice
    ended: float = 0.0
    is_held: bool = False
    reached: Limit | None = None


@dataclass(slots=True)
class LimitsWatch:
    """Holds every step of the engine to the limits while the `with` block runs, and says afterwards which ended one.

    Many may run side by side. Memory over the limit ends a step by the kernel's hand; a refused fork by the watch's,
    as a step could otherwise go on trying for ever.
    """

    limits: Limits
    cgroups: Path = CGROUPS
    _left: Event = field(default_factory=Event)
    _thread: Thread | None = None
    _lock: Lock = field(default_factory=Lock)
    _alive: dict[str, _Group] = field(default_factory=dict)
    _gone: list[_Group] = field(default_factory=list)

    def __enter__(self) -> "LimitsWatch":
        self._thread = Thread(target=self._watch, name="step limits", daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *exception: object) -> None:
        self._left.set()
        if self._thread:
            self._thread.join()
        for group in [*self._gone, *self._alive.values()]:
            group.notice.close()

    def look(self) -> None:
        """Set the limits on new groups, read what the others have counted, and note which are gone."""
        with self._lock:
            now = time.time()
            names = {folder.name for folder in self._folder("memory").glob("*/")}
            for name in self._alive.keys() - names:
                group = self._alive.pop(name)
                group.ended = now
                self._gone.append(group)
            for group in [group for group in self._gone if group.ended < now - FORGET_SECONDS]:
                group.notice.close()
                self._gone.remove(group)
            for name in names:
                self._look_at(name, self._alive.get(name) or self._meet(name, now))

    def reached(self, step: Step) -> Reached | None:
        """Which limit ended a step that failed; None if it was none.

        A group does not say which build it belongs to, so it is told by its times: it came after the step began and
        went when the step ended. Where more than one fits and they differ, the answer is not sure.
        """
        self.look()
        began, ended = step.started or 0.0, step.completed or time.time()
        with self._lock:
            groups = [*self._gone, *self._alive.values()]
        ends = {id(group): abs((group.ended or ended) - ended) for group in groups}
        fitting = [group for group in groups if began <= group.began <= ended and ends[id(group)] <= NEAR_SECONDS]
        for group in fitting:
            if group.ended and not group.reached and group.notice.came():
                group.reached = Limit.MEMORY
        nearest = min(fitting, key=lambda group: ends[id(group)], default=None)
        if nearest is None or nearest.reached is None:
            return None
        sure = all(group.reached == nearest.reached for group in fitting)
        return Reached(nearest.reached, self.limits.words(nearest.reached), sure)

    def _watch(self) -> None:
        while not self._left.wait(LOOK_SECONDS):
            with suppress(OSError):  # a folder vanished while it was read: the next look sees what there is
                self.look()

    def _meet(self, name: str, now: float) -> _Group:
        self._alive[name] = _Group(began=now, notice=Notice(self._folder("memory") / name))
        return self._alive[name]

    def _look_at(self, name: str, group: _Group) -> None:
        if not group.is_held:
            group.is_held = self._hold(name, group)
        group.reached = group.reached or self._reached(name)
        if group.reached in (Limit.PROCESSES, Limit.ALL_PROCESSES):
            self._end(name)

    def _hold(self, name: str, group: _Group) -> bool:
        """Set the limits; False if a folder is still missing (v1 has one for each controller)."""
        done = True
        for controller, file, value in self._settings():
            path = self._folder(controller) / name / file
            done = done and path.parent.is_dir()
            if _write(path, value) == errno.EBUSY:  # v1: it uses more already, and none of it can be given back
                group.reached = Limit.MEMORY
                self._end(name)
        return done

    def _settings(self) -> list[tuple[str, str, int]]:
        """(controller, file, value) of each limit, swap included where the kernel counts it."""
        memory, processes = self.limits.memory_bytes, self.limits.processes
        if self._is_v2():
            return [("memory", "memory.max", memory), ("memory", "memory.swap.max", 0), ("pids", "pids.max", processes)]
        return [
            ("memory", "memory.limit_in_bytes", memory),
            ("memory", "memory.memsw.limit_in_bytes", memory),
            ("pids", "pids.max", processes),
        ]

    def _reached(self, name: str) -> Limit | None:
        """The limit that has ended something of the step, by what its group has counted.

        A kill without this group's own limit met, or a fork refused below it, is the doing of the group above. (In v1
        `failcnt` stays 0 where swap is limited as well, so the most that was used tells.)
        """
        memory, pids = self._folder("memory") / name, self._folder("pids") / name
        if self._is_v2():
            killed, met = _count(memory / "memory.events", "oom_kill"), _count(memory / "memory.events", "max") > 0
        else:
            killed = _count(memory / "memory.oom_control", "oom_kill")
            met = _count(memory / "memory.max_usage_in_bytes") > self.limits.memory_bytes - MB
        if killed:
            return Limit.MEMORY if met else Limit.ALL_MEMORY
        if not _count(pids / "pids.events", "max"):
            return None
        most = _count(pids / "pids.peak") or self.limits.processes  # kernels before 6.1 do not tell
        return Limit.PROCESSES if most >= self.limits.processes else Limit.ALL_PROCESSES

    def _end(self, name: str) -> None:
        """Kill all of a group. No more forks first, so that none gets away."""
        folder = self._folder("pids") / name
        _write(folder / "pids.max", 0)
        with suppress(OSError):
            for process in map(int, (folder / "cgroup.procs").read_text().split()):
                if process > 1:  # 0 stands for one of a namespace we cannot reach into
                    _kill(process)

    def _folder(self, controller: str) -> Path:
        """Where the groups of steps are: v1 has a tree for each controller, v2 one for all."""
        below = f"{self.limits.parent.strip('/')}/buildkit"
        return self.cgroups / below if self._is_v2() else self.cgroups / controller / below

    def _is_v2(self) -> bool:
        return (self.cgroups / "cgroup.controllers").exists()


def _kill(process: int) -> None:
    with suppress(ProcessLookupError):
        os.kill(process, signal.SIGKILL)


def _write(file: Path, value: int) -> int:
    """Write it and return the error's number, 0 if there was none: the step may end meanwhile, or swap not count."""
    try:
        file.write_text(str(value))
    except OSError as error:
        return error.errno or 0
    return 0


def _count(file: Path, name: str = "") -> int:
    """The number in a file of a group, or the one behind `name` in it; 0 where there is none."""
    try:
        words = file.read_text().split()
    except OSError:
        return 0
    at = words.index(name) + 1 if name in words else 0
    found = words[at] if words and (at or not name) else ""
    return int(found) if found.isdigit() else 0
