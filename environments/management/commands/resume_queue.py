"""Let builds be started again."""

from django.core.management.base import BaseCommand

from environments.services.queue import resume


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options):
        resume(by=None)
