"""Issue an API token for a user and print its secret, once, alone on one line."""

from django.contrib.auth import get_user_model
from django.core.management.base import BaseCommand, CommandError

from environments.models import Workspace
from environments.models.tokens import Scope
from environments.services.tokens import issue_token

MOST_DAYS = 3650


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser):
        parser.add_argument("username")
        parser.add_argument("name", help="what the token is for, such as “nightly builds”")
        parser.add_argument(
            "--scope", action="append", choices=Scope.values, help="may be given several times; all without it"
        )
        parser.add_argument("--workspace", help="the only one it is good for; all without it")
        parser.add_argument("--days", type=int, help="until it expires; without it, it never does")

    def handle(self, *, username, name, scope, workspace, days, **options):
        user = get_user_model().objects.filter(username=username, is_active=True).first()
        if user is None:
            raise CommandError(f"There is no active user {username}.")
        if days is not None and not 1 <= days <= MOST_DAYS:
            raise CommandError(f"--days must be a whole number from 1 to {MOST_DAYS}.")
        if not 1 <= len(name) <= 100:
            raise CommandError("The name of the token must have 1 to 100 characters.")
        place = Workspace.objects.filter(slug=workspace).first() if workspace else None
        if workspace and place is None:
            raise CommandError(f"There is no workspace {workspace}.")
        _, secret = issue_token(user, name, scope or Scope.values, days, place)
        self.stdout.write(secret)
