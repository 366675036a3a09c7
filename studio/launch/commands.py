"""Run other programs while setting up: quietly, in a group of their own, their last lines shown where they fail."""

import os
import signal
import subprocess
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

SHOWN_LINES = 15


class LaunchError(Exception):
    """Starting cannot go on. The text is for the person at the terminal: what is wrong and what to do next."""


def run(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None, stdin: bytes = b"") -> str:
    """Run a program to its end and return what it printed. Raises LaunchError with its last lines.

    Whatever ends this call early (Ctrl-C too) also ends the program and all that it started.
    """
    words = [str(word) for word in command]
    process = subprocess.Popen(
        words,
        env=env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        printed = process.communicate(stdin)[0].decode(errors="replace")
    except BaseException:
        end_group(process.pid)
        process.wait()
        raise
    if process.returncode:
        shown = last_lines(printed)
        raise LaunchError(f"`{' '.join(words[:3])} ...` ended with status {process.returncode}:\n{shown}")
    return printed


def succeeds(command: Sequence[str | Path], *, env: Mapping[str, str] | None = None) -> bool:
    """Say whether a program is there and ends well."""
    try:
        run(command, env=env)
    except (LaunchError, OSError):
        return False
    return True


def end_group(group: int, signal_number: int = signal.SIGKILL) -> None:
    """Send a signal to every process of a group that is still there."""
    with suppress(ProcessLookupError):
        os.killpg(group, signal_number)


def last_lines(text: str) -> str:
    """Return the end of a program's output, indented."""
    return "\n".join(f"    {line}" for line in text.rstrip().splitlines()[-SHOWN_LINES:])
