"""End what a private engine left running, and remove its control groups.

After a crash the process of a build step lives on outside any container (it shows only in its control group), and the
helpers of containers live on without their engine (they carry the engine's run folder in their arguments).
"""

import os
import signal
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

from studio.launch.names import Names

CGROUPS = Path("/sys/fs/cgroup")
PROCESSES = Path("/proc")
PROGRAMS = ("dockerd", "containerd", "runc", "docker-")
PATIENCE = 5.0  # seconds for killed processes to vanish from their control groups


def end_leftovers(names: Names) -> None:
    """Kill every process of this engine and remove its control groups."""
    deadline = time.monotonic() + PATIENCE
    while processes := {*helpers(names.run_dir), *members(names.cgroup)}:
        for process in processes:
            with suppress(ProcessLookupError):
                os.kill(process, signal.SIGKILL)
        if time.monotonic() > deadline:
            break
        time.sleep(0.05)
    for folder in _cgroup_folders(names.cgroup):
        with suppress(OSError):
            folder.rmdir()


def helpers(run_dir: Path) -> list[int]:
    """Return the processes of engine programs that name a file of the run folder among their arguments."""
    return [int(folder.name) for folder in PROCESSES.glob("[0-9]*") if _is_helper(folder, f"{run_dir}/".encode())]


def members(cgroup: str) -> list[int]:
    """Return the processes in a control group and those below it."""
    found: list[int] = []
    for folder in _cgroup_folders(cgroup):
        with suppress(OSError):
            found += [int(word) for word in (folder / "cgroup.procs").read_text().split()]
    return found


def _cgroup_folders(cgroup: str) -> Iterator[Path]:
    """Yield the folders of a group, innermost first: under each controller (version 1) or the one tree (version 2)."""
    for root in (CGROUPS, *CGROUPS.glob("*/")):
        top = root / cgroup.lstrip("/")
        if top.is_dir():
            yield from sorted((Path(folder) for folder, _, _ in os.walk(top)), reverse=True)


def _is_helper(folder: Path, mark: bytes) -> bool:
    try:
        arguments = (folder / "cmdline").read_bytes().split(b"\0")
        is_engine_program = (folder / "comm").read_text().startswith(PROGRAMS)
    except OSError:  # it ended while we looked
        return False
    return is_engine_program and any(argument.startswith(mark) for argument in arguments)
