"""Work that one process of a host does at a time."""

import fcntl
from contextlib import contextmanager


@contextmanager
def alone(path):
    """Yield whether no other process is in such a block for the file `path`; nobody waits for anybody.

    The hold ends with the process, however it ends."""
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
        else:
            yield True
