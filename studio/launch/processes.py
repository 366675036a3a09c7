"""The services of the studio as child processes: started, watched, restarted, and all stopped together."""

import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from studio.launch.commands import LaunchError, end_group, last_lines

POLL_SECONDS = 0.2
STOP_SECONDS = 10.0
STEADY_SECONDS = 10.0  # who ran this long has not failed to start
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 10.0
MOST_FAILURES = 5  # in a row, of a service that has never run steadily
KEPT_LINES = 20
_printing = threading.Lock()

Process = subprocess.Popen[bytes]


@dataclass(frozen=True)
class Service:
    """What runs under a name. `start` returns the process once it runs; `last_words` says what it printed last.

    `stop`, where given, ends the process (None between two runs) and what it made elsewhere; without it the process
    is asked to end and, if it does not, killed with its group. One that is not `needed` ends nothing else.
    """

    name: str
    start: Callable[[], Process]
    stop: Callable[[Process | None], None] | None = None
    last_words: Callable[[], str] | None = None
    needed: bool = True


@dataclass
class Child:
    """One service while it runs, with its failures in a row and its last lines."""

    service: Service
    process: Process | None = None
    started: float = 0.0
    was_steady: bool = False
    failures: int = 0
    restart_at: float = 0.0
    lines: deque[str] = field(default_factory=lambda: deque(maxlen=KEPT_LINES))

    def start(self) -> None:
        self.process = self.service.start()
        self.started = time.monotonic()
        self.restart_at = 0.0
        if self.process.stdout is not None:
            threading.Thread(target=self._show, args=(self.process,), daemon=True).start()

    def look(self) -> None:
        """Restart the service if it has ended, later and later.

        Raises LaunchError when it keeps ending and has never run steadily: then it cannot, as things are. One that
        could is started again and again, for what ends it now may pass, and the others go on meanwhile.
        """
        if self.process is None:
            if time.monotonic() >= self.restart_at:
                self._start_again()
            return
        status = self.process.poll()
        if time.monotonic() - self.started > STEADY_SECONDS:
            self.was_steady, self.failures = True, 0
        if status is not None:
            end_group(self.process.pid)
            self.process = None
            self._fail(f"ended with status {status}")

    def _start_again(self) -> None:
        try:
            self.start()
        except (LaunchError, OSError) as error:
            self._fail(f"could not be started: {error}")

    def _fail(self, how: str) -> None:
        self.failures += 1
        if self.failures >= MOST_FAILURES and not self.was_steady and self.service.needed:
            raise LaunchError(f"The {self.service.name} keeps ending: it {how}. Its last lines:\n{self._last()}")
        pause = min(FIRST_PAUSE * 2 ** (self.failures - 1), LONGEST_PAUSE)
        self.restart_at = time.monotonic() + pause
        say(self.service.name, f"{how}; starting it again in {pause:.0f} s")

    def ask_to_stop(self) -> None:
        if self.process is not None and self.service.stop is None:
            self.process.terminate()

    def stop(self, deadline: float) -> None:
        """Wait until the process has ended, at most until `deadline` (time.monotonic), and end what is left of it."""
        if self.service.stop is not None:
            self.service.stop(self.process)
            return
        if self.process is None:
            return
        try:
            self.process.wait(max(0.0, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            say(self.service.name, "did not end in time and is killed")
        end_group(self.process.pid)
        self.process.wait()

    def _show(self, process: Process) -> None:
        """Print the lines of the process behind its name, as long as there are any."""
        for raw in process.stdout or ():
            line = raw.decode(errors="replace").rstrip()
            self.lines.append(line)
            say(self.service.name, line)

    def _last(self) -> str:
        return self.service.last_words() if self.service.last_words else last_lines("\n".join(self.lines))


class Supervisor:
    """Keeps services running. Stop them with `stop`, in the reverse of the order they were added in."""

    def __init__(self) -> None:
        self.children: list[Child] = []

    def add(self, service: Service) -> None:
        """Start a service and watch it from now on."""
        child = Child(service)
        self.children.append(child)
        child.start()

    def watch(self, until: Callable[[], bool], seconds: float | None = None) -> bool:
        """Keep everything running until a condition holds (True) or time is up (False). Raises LaunchError."""
        deadline = None if seconds is None else time.monotonic() + seconds
        while not until():
            if deadline is not None and time.monotonic() > deadline:
                return False
            for child in self.children:
                child.look()
            time.sleep(POLL_SECONDS)
        return True

    def stop(self) -> None:
        """End every service; those without a way of their own are asked all at once."""
        deadline = time.monotonic() + STOP_SECONDS
        for child in self.children:
            child.ask_to_stop()
        while self.children:
            self.children.pop().stop(deadline)


def spawn(command: Sequence[str], env: dict[str, str]) -> Process:
    """Start a program in a group of its own, its output in a pipe; it ends when this process does, whatever ends it."""
    return subprocess.Popen(
        ["setpriv", "--pdeathsig", "TERM", *command] if sys.platform == "linux" else list(command),
        env=env,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )


def say(name: str, line: str) -> None:
    """Print one line of a service, whole."""
    with _printing:
        print(f"{name:<9} | {line}", flush=True)
