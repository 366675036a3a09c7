"""Django's migrate, with our triggers taken away first and put back last (see models/triggers.py)."""

from django.core.management.commands import migrate
from django.db import connections

from environments.models.triggers import without_triggers


class Command(migrate.Command):
    def handle(self, *args, **options):
        with without_triggers(connections[options["database"]]):
            super().handle(*args, **options)
