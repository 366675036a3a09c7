"""Make the workspaces and the administrator of a first start; print a generated password alone on one line."""

from django.conf import settings
from django.core.management.base import BaseCommand

from environments.services.setup import ensure_admin, ensure_workspaces


class Command(BaseCommand):
    help = __doc__

    def handle(self, *args, **options):
        ensure_workspaces()
        if password := ensure_admin(settings.STUDIO_ADMIN_PASSWORD):
            self.stdout.write(password)
