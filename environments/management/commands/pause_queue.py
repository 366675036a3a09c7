"""Let no more builds be started until `resume_queue`: pause_queue "a reason everybody reads"."""

from django.core.management.base import BaseCommand

from environments.services.queue import pause


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("reason")

    def handle(self, *args, **options):
        pause(options["reason"], by=None)
