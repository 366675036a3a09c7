"""Asking for a tidy-up, and what one would do. The rules themselves are in the room `retention`."""

from datetime import timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from environments import tasks
from environments.models import AuditEvent, Worker
from environments.retention.plan import make_plan
from environments.retention.tidy import TIDIED
from environments.services.audit import record

ASKED = "retention.ask"
EVERY = timedelta(days=1)
PATIENCE = timedelta(hours=1)  # before a worker that was told is taken not to have heard


def plan():
    """The Plan of the engine this process works with; without one, of the records alone."""
    return make_plan(tasks.engine())


@transaction.atomic
def ask_for_tidy(*, by=None):
    """Have a worker tidy up soon, for a user or for the studio itself."""
    record(by, ASKED, "tidy-up")
    transaction.on_commit(lambda: tasks.poke_tidy(by.get_username() if by else ""))


def tidy_daily():
    """Ask for a tidy-up if the last one is a day ago and none was asked for just now."""
    is_due = settings.TIDY_DAILY and not _happened(TIDIED, EVERY) and not _happened(ASKED, PATIENCE)
    if is_due and Worker.objects.alive().exists():
        ask_for_tidy()


def last_tidy():
    """The AuditEvent of the last tidy-up, None before the first."""
    return AuditEvent.objects.filter(workspace="", action=TIDIED).first()


def _happened(action, within):
    return AuditEvent.objects.filter(workspace="", action=action, at__gt=timezone.now() - within).exists()
