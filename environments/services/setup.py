"""What a first start makes: the workspaces and the account of the administrator. Idempotent."""

import secrets

from django.contrib.auth import get_user_model
from django.db import transaction

from environments.models import CURATED, DEFAULT, SHARED, Member, Role, Workspace

ADMIN = "admin"


@transaction.atomic
def ensure_workspaces():
    """Make `default`, `curated` and `shared` where they are missing."""
    Workspace.objects.get_or_create(slug=DEFAULT, defaults={"title": "Default workspace"})
    Workspace.objects.get_or_create(slug=CURATED, defaults={"title": "Curated environments"})
    Workspace.objects.get_or_create(slug=SHARED, defaults={"title": "Shared environments"})


@transaction.atomic
def ensure_admin(password=""):
    """Make the user `admin` if it is missing. Return the password if it was generated now, else "".

    An existing account keeps its password: the one in the settings counts at the first start only.
    """
    users = get_user_model().objects
    if users.filter(username=ADMIN).exists():
        return ""
    generated = "" if password else secrets.token_urlsafe(12)
    admin = users.create_superuser(username=ADMIN, password=password or generated)
    Member.objects.get_or_create(
        user=admin, workspace=Workspace.objects.get(slug=DEFAULT), defaults={"role": Role.ADMIN}
    )
    return generated
