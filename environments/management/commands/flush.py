"""Django's flush, which empties every table, also those whose triggers forbid it."""

from django.core.management.commands import flush
from django.db import connections

from environments.models.triggers import without_triggers


class Command(flush.Command):
    def handle(self, **options):
        with without_triggers(connections[options["database"]]):
            super().handle(**options)
