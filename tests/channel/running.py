"""Running other programs."""

import asyncio
import subprocess
from collections.abc import Coroutine
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

T = TypeVar("T")


def run(*command: str | Path, cwd: Path | None = None) -> str:
    """What a program printed. Raises RuntimeError with what it complained of."""
    done = subprocess.run(command, cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{command[0]} failed: {done.stderr}")
    return done.stdout


def finished(work: Coroutine[Any, Any, T]) -> T:
    """Run to its end in a thread of its own: the thread of browser tests has a loop that is running already."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()
