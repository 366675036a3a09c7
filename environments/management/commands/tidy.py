"""Remove images that nothing needs, old logs and contexts nobody names, and trim the build cache of this engine."""

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from environments import tasks
from environments.display.words import plural, size
from environments.retention.plan import make_plan
from environments.retention.tidy import tidy

NO_ENGINE = "Set DOCKER_HOST to the engine of the workers; the private one of `make run` is {own}."


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("--dry-run", action="store_true", help="say for each image whether it stays, and why")

    def handle(self, *, dry_run, **options):
        if not settings.DOCKER_HOST:
            raise CommandError(NO_ENGINE.format(own=settings.OWN_ENGINE))
        if dry_run:
            self._tell_plan(make_plan(tasks.engine()))
        else:
            self._tell_done(tidy(tasks.engine()))

    def _tell_plan(self, plan):
        self._tell_trouble(plan)
        for verdict in plan.verdicts:
            self._tell(verdict, "stays" if verdict.keeps else "goes")
        self.stdout.write(f"{plural(len(plan.staying), 'image')} would stay, {len(plan.going)} would go.")
        if plan.stock:
            self.stdout.write(f"They have {size(plan.won)} that no other image has.")
            self.stdout.write(f"The build cache takes {size(plan.stock.cache_bytes)}; {_limit(plan)}.")
        self._tell_leftovers(plan.leftovers, "would be removed")

    def _tell_done(self, done):
        self._tell_trouble(done)
        for verdict in done.gone:
            self._tell(verdict, "gone")
        for verdict in done.stayed:
            self._tell(verdict, "stays after all")
        self.stdout.write(f"{plural(len(done.gone), 'image')} removed, with {size(done.won)} that no other image has.")
        self.stdout.write(f"{size(done.cache_won)} of build cache let go.")
        self._tell_leftovers(done.leftovers, "removed")

    def _tell(self, verdict, word):
        image = verdict.image
        self.stdout.write(f"{word:6} {size(image.size):>8}  {image.name}: {verdict.reason}")

    def _tell_leftovers(self, left, done):
        contexts = plural(left.all_contexts, "context")
        self.stdout.write(f"{plural(left.logs, 'old log')} and {contexts} nobody names {done}.")

    def _tell_trouble(self, told):
        if told.trouble:
            self.stderr.write(f"The engine was not tidied up: {told.trouble}")


def _limit(plan):
    if not settings.ENGINE_IS_OURS:
        return "it is left alone, for others may use this engine"
    return f"it may take {size(settings.CACHE_BYTES)}, so {size(plan.cache_over)} would go"
