"""Waiting for something to become true, bounded."""

import time


def wait_for(condition, what, *, seconds):
    """Return the first true answer of condition(). Fails after that many seconds, naming what did not come."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if answer := condition():
            return answer
        time.sleep(0.1)
    raise AssertionError(f"Waited {seconds} seconds for {what}.")
