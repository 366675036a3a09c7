"""Publish the catalogue's environments into the workspace `curated`, those that changed as new versions."""

from django.core.management.base import BaseCommand, CommandError

from curated.bundle import bundled_entries
from curated.sync import publish_catalogue
from environments.definitions.model import DefinitionError
from environments.services.setup import ensure_workspaces


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options):
        try:
            entries = bundled_entries()
        except DefinitionError as error:
            raise CommandError("\n".join(f"{problem.source}: {problem}" for problem in error.problems)) from None
        ensure_workspaces()
        published = publish_catalogue(entries)
        for version, created in published:
            if created:
                self.stdout.write(f"Published {version}")
        if not any(created for _, created in published):
            self.stdout.write("The catalogue is up to date")
