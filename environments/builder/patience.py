"""What became of a build must be written down, though the database may be away, or its disk full, for a moment."""

import logging
import time

from django.db import InterfaceError, OperationalError, connection

logger = logging.getLogger(__name__)
PATIENCE, EVERY = 60, 1  # seconds


def insist(write, *arguments):
    """Return write(*arguments), called again while the database does not take it. Raises its error after a minute.

    `write` may be called again after it has done a part, or all, of what it does."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return write(*arguments)
        except (OperationalError, InterfaceError):
            if time.monotonic() > until:
                raise
            logger.warning("the database does not take how a build ended; trying again", exc_info=True)
            connection.close()
            time.sleep(EVERY)
