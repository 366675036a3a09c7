"""What happens in a build must be written down, though the database may be away, or its disk full, for a moment."""

import logging
import time

from django.db import InterfaceError, OperationalError, connection

logger = logging.getLogger(__name__)
PATIENCE, EVERY = 60, 1  # seconds


def insist(write, *arguments, **fields):
    """Return write(*arguments, **fields), called again while the database does not take it.

    Raises the database's error after a minute. `write` is called again even after it has done its work or a part
    of it: the answer may have been lost."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return write(*arguments, **fields)
        except (OperationalError, InterfaceError):
            if time.monotonic() > until:
                raise
            logger.warning("the database does not take what is to be written; trying again", exc_info=True)
            connection.close()
            time.sleep(EVERY)
