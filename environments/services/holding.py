"""Holding an environment while a service changes it or something of it."""

from django.http import Http404

from environments.models import Environment
from environments.models.listing import hold


class Gone(Http404):
    """What was to be changed, or what was to be made from, was deleted in the meantime."""


def environment_of(subject):
    """The Environment itself, or that of a Version."""
    return subject if isinstance(subject, Environment) else subject.environment


def hold_subject(subject):
    """Lock the environment of an Environment or a Version until the transaction ends. Raises Gone."""
    hold([subject.pk if isinstance(subject, Environment) else subject.environment_id])
    refuse_gone(subject)


def refuse_gone(subject):
    """Raises Gone if the row of an Environment or a Version is there no more."""
    if not type(subject).objects.filter(pk=subject.pk).exists():
        raise Gone
