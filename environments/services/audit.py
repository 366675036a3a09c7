"""The audit trail, written in the transaction of what it tells about."""

from environments.models import AuditEvent
from environments.models.tokens import token_of


def record(actor, action, subject, workspace=None, **detail):
    """Note that actor (a user, or None for the studio itself) did action to subject, and with which token."""
    token = token_of(actor)
    AuditEvent.objects.create(
        actor=actor.get_username() if actor else "studio",
        token=token.label if token else "",
        action=action,
        subject=str(subject)[:400],
        workspace=workspace.slug if workspace else "",
        detail=detail,
    )
