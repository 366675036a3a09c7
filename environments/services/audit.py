"""The audit trail, written in the transaction of what it tells about."""

from environments.models import AuditEvent


def record(actor, action, subject, workspace=None, **detail):
    """Note that actor (a user, or None for the studio itself) did action to subject."""
    AuditEvent.objects.create(
        actor=actor.get_username() if actor else "studio",
        action=action,
        subject=str(subject)[:400],
        workspace=workspace.slug if workspace else "",
        detail=detail,
    )
