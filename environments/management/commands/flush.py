"""Django's flush, which empties every table, also those whose triggers forbid it."""

from django.core.management.commands import flush
from django.db import connections

from environments.models.triggers import create_triggers, drop_triggers


class Command(flush.Command):
    def handle(self, **options):
        connection = connections[options["database"]]
        drop_triggers(connection)
        super().handle(**options)
        create_triggers(connection)
