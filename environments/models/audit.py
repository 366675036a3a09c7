"""Who did what, when. Rows are only ever added; triggers refuse the rest."""

from django.db import models


class AuditEvent(models.Model):
    at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=150)  # the name, so that the row outlives the account
    token = models.CharField(max_length=120, blank=True, default="")  # the one the actor came with
    action = models.CharField(max_length=50)
    workspace = models.CharField(max_length=63, blank=True)
    subject = models.CharField(max_length=400, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["-at", "-id"]
        indexes = [
            models.Index(fields=["workspace", "-at"], name="audit_by_workspace"),
            models.Index(fields=["subject", "-at"], name="audit_by_subject"),
        ]

    def __str__(self):
        return f"{self.at:%Y-%m-%d %H:%M} {self.actor} {self.action} {self.subject}"
