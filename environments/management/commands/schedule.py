"""The scheduler: every few seconds, put right what lost workers and lost messages left behind. Run one of it."""

import logging
import signal
import threading

from django.core.management.base import BaseCommand
from django.db import connection

from environments.services.builds import check_again, reconcile
from environments.services.retention import tidy_daily

logger = logging.getLogger(__name__)
EVERY = 5  # seconds


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options):
        stop = threading.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stop.set())
        while not stop.wait(EVERY):
            try:
                reconcile()
                check_again()
                tidy_daily()
            except Exception:  # whatever it was: the next round may go better, and there must be one
                logger.warning("not everything was reconciled", exc_info=True)
                connection.close()
