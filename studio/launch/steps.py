"""The steps of a start, each shown with the seconds it took, and on the way with those of a long one so far."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from io import StringIO

import django
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections

from studio.launch.commands import LaunchError

# What is done to the data before anything serves it: what people read -> management command and its arguments.
# Every command may run again at each start. `setup` prints a password if it has just made one.
DATA_STEPS = {
    "Tables": ["migrate", "--verbosity=0"],
    "Workspaces and administrator": ["setup"],
    "Curated environments": ["publish_curated"],
    "Static files": ["collectstatic", "--noinput", "--verbosity=0"],
}

STILL_AT_IT = 20  # seconds after which a step that says nothing shows again that it goes on


@contextmanager
def step(title: str, *, talks: bool = False) -> Iterator[None]:
    """Print a title, and behind it the seconds the block took or that it failed; a block that talks gets two lines."""
    print(f"{title} ... ", end="\n" if talks else "", flush=True)
    started = time.monotonic()
    again = f"{title}: " if talks else ""
    try:
        with nullcontext() if talks else _still_at_it(started):
            yield
    except BaseException:
        print(f"{again}not done", flush=True)
        raise
    print(f"{again}{time.monotonic() - started:.1f} s", flush=True)


@contextmanager
def _still_at_it(started: float) -> Iterator[None]:
    """Print the seconds since `started` again and again while the block goes on."""
    ended = threading.Event()

    def tell() -> None:
        while not ended.wait(STILL_AT_IT):
            print(f"{time.monotonic() - started:.0f} s ... ", end="", flush=True)

    teller = threading.Thread(target=tell, daemon=True)
    teller.start()
    try:
        yield
    finally:
        ended.set()
        teller.join()


def prepare_data() -> str:
    """Take every data step and return the administrator's password if it was just made, else "". Raises LaunchError."""
    django.setup()
    printed = {}
    for title, command in DATA_STEPS.items():
        with step(title):
            printed[title] = _manage(command)
    connections.close_all()
    return printed["Workspaces and administrator"]


def _manage(command: list[str]) -> str:
    output = StringIO()
    try:
        call_command(*command, stdout=output)
    except (CommandError, DatabaseError, OSError) as error:
        raise LaunchError(f"`manage.py {command[0]}` failed: {error}") from error
    return output.getvalue().strip()
