"""The heartbeat of a running build, and the way it hears that it should stop."""

import logging
import threading
import time

from django.db import Error, connection

from environments.engine.protocol import EngineError
from environments.models import Build, State

logger = logging.getLogger(__name__)
BEAT_EVERY = 1.0  # seconds
LATE = 3 * BEAT_EVERY  # this process was stopped, or the machine very busy: another attempt may have the build


class Stopped(Exception):
    """The build was told to stop."""


class Cancelled(Stopped):
    """A person asked for it."""


class TookTooLong(Stopped):
    """It ran into its time limit."""


class Superseded(Stopped):
    """This worker was taken for lost: another attempt, or nobody, has the build now. Write nothing more."""


class Pulse:
    """Beats once a second in a thread of its own while the `with` block runs.

    Once the build is to stop, the engine is asked to cancel again and again until the block is left, because it
    forgets a request that comes before it has begun (`reason` then holds why). Between engine calls, `check()`.
    """

    def __init__(self, build, engine, engine_build_id, *, time_limit, on_beat):
        self.reason = None
        self._build, self._engine, self._engine_build_id = build, engine, engine_build_id
        self._deadline = time.monotonic() + time_limit
        self._on_beat = on_beat
        self._beaten = time.monotonic()
        self._left = threading.Event()
        self._thread = threading.Thread(target=self._beat, name=f"pulse of {build.pk}", daemon=True)

    def __enter__(self):
        self._thread.start()
        return self

    def __exit__(self, *exception):
        self._left.set()
        self._thread.join()

    def check(self):
        """Raise why the build should stop, if it should."""
        if time.monotonic() - self._beaten > LATE:
            self._once()
        if self.reason:
            raise self.reason

    def _beat(self):
        try:
            while not self._left.wait(BEAT_EVERY):
                self._once()
        finally:
            connection.close()

    def _once(self):
        self._beaten = time.monotonic()
        try:
            why = self._why_stop()
            self.reason = why if isinstance(why, Superseded) else self.reason or why
            self._on_beat()
        except Superseded as superseded:
            self.reason = superseded
        except Error:
            logger.warning("no heartbeat for %s: the database did not answer", self._build.pk, exc_info=True)
            connection.close()  # the next beat makes a new connection
            if time.monotonic() > self._deadline:
                self.reason = self.reason or TookTooLong()
        if self.reason:
            self._ask_engine()

    def _why_stop(self):
        """It beats while it stops, too: without heartbeat it would be given to another worker meanwhile."""
        if not self._build.beat():
            ours = Build.objects.filter(pk=self._build.pk, attempt=self._build.attempt, state=State.RUNNING)
            return Cancelled() if ours.filter(cancel_requested_at__isnull=False).exists() else Superseded()
        return TookTooLong() if time.monotonic() > self._deadline else None

    def _ask_engine(self):
        try:
            self._engine.cancel(self._engine_build_id)
        except EngineError:
            logger.warning("the engine did not take the cancel of %s; asking again", self._build.pk)
