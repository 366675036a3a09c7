"""Fill the database with made-up environments, versions, builds and packages, to see and measure pages with."""

from dataclasses import fields

from django.core.management.base import BaseCommand, CommandError

from environments.management.seeding import seed
from environments.management.sizes import Sizes, TooFew
from environments.models import CURATED, Environment

NOT_EMPTY = "This database holds environments. Choose an empty one with STUDIO_DATA_DIR or DATABASE_URL, or add --add."


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        for size in fields(Sizes):
            parser.add_argument(f"--{size.name}", type=int, default=size.default, help=f"default {size.default:,}")
        parser.add_argument("--number", type=int, default=1, help="another number makes other rows (default 1)")
        parser.add_argument("--password", help="lets the made-up people (person-01, ...) sign in")
        parser.add_argument("--add", action="store_true", help="also beside what the database holds")

    def handle(self, *, number, password, add, **options):
        if not add and Environment.objects.exclude(workspace__slug=CURATED).exists():
            raise CommandError(NOT_EMPTY)
        try:
            seed(Sizes(**{size.name: options[size.name] for size in fields(Sizes)}), number, password)
        except TooFew as error:
            raise CommandError(str(error)) from None
