"""The broker that is a folder: kombu's file transport, which here outlives a folder that vanishes and broken files.

Nothing of it is precious: a message is only a poke, and the scheduler pokes again. But the worker must go on.
"""

import logging
import time
import uuid
from contextlib import suppress
from pathlib import Path
from queue import Empty

from kombu.exceptions import ChannelError
from kombu.transport import filesystem
from kombu.utils.json import dumps

logger = logging.getLogger(__name__)


class Channel(filesystem.Channel):
    """Makes folders whenever it uses them, and takes files that cannot be read for files that are not there."""

    known: dict = {}  # exchange -> the queues this process has bound to it, written again if their file is lost

    @property
    def data_folder_in(self):
        return _made(self.transport_options["data_folder_in"])

    data_folder_out = data_folder_in

    @property
    def control_folder(self):
        return Path(_made(self.transport_options["control_folder"]))

    def _get(self, queue):
        try:
            return super()._get(queue)
        except (OSError, ChannelError):  # it is looked again soon; who sends, and /readyz, tell if it lasts
            raise Empty from None
        except ValueError:
            logger.warning("a message that was cut short is dropped")
            raise Empty from None

    def _put(self, queue, payload, **kwargs):
        """Kombu's own makes the file where readers look for it, and then writes it: they may find it empty."""
        stem = f"{round(time.monotonic() * 1000)}_{uuid.uuid4()}"
        try:
            draft = Path(self.data_folder_out, f"{stem}.draft")
            draft.write_text(dumps(payload))
            draft.rename(draft.with_name(f"{stem}.{queue}.msg"))
        except OSError as error:
            raise ChannelError(f"a message could not be written: {error}") from error

    def _queue_bind(self, exchange, *binding):
        bindings = self.known.setdefault(exchange, [])
        if binding not in bindings:
            bindings.append(binding)
        try:
            super()._queue_bind(exchange, *binding)
        except ValueError:
            self._exchange_file(exchange).unlink(missing_ok=True)
            super()._queue_bind(exchange, *binding)

    def get_table(self, exchange):
        if not (table := self._read_table(exchange)):
            for binding in self.known.get(exchange, ()):
                self._queue_bind(exchange, *binding)
            table = self._read_table(exchange)
        return table

    def _read_table(self, exchange):
        try:
            return super().get_table(exchange)
        except ValueError:
            return []


class Transport(filesystem.Transport):
    """As kombu's, with our channel, and read from the worker's event loop.

    Without the loop the worker's children would read from one pipe, each in its turn: one that is killed while it is
    its turn, as an idle one is, keeps all others from ever getting a task.
    """

    Channel = Channel
    implements = filesystem.Transport.implements.extend(asynchronous=True)

    def register_with_event_loop(self, connection, loop):
        loop.call_repeatedly(self.polling_interval, self._take_all)

    def _take_all(self):
        with suppress(TimeoutError):
            while True:
                self.drain_events(self, timeout=0)


def _made(folder):
    Path(folder).mkdir(parents=True, exist_ok=True)
    return folder
