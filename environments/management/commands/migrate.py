"""Django's migrate, with our triggers taken away first and put back last (see models/triggers.py)."""

from django.core.management.commands import migrate
from django.db import connections

from environments.models.triggers import create_triggers, drop_triggers


class Command(migrate.Command):
    def handle(self, *args, **options):
        connection = connections[options["database"]]
        drop_triggers(connection)
        super().handle(*args, **options)
        if "environments_tombstone" in connection.introspection.table_names():
            create_triggers(connection)
