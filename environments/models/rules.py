"""Rules a workspace takes otherwise than the catalogue of problems says."""

from django.db import models
from django.db.models import Q

from environments.definitions.levels import Level
from environments.models.workspaces import Workspace


class RuleLevel(models.Model):
    """A row only where the level is not the usual one; `code` is an entry's in the catalogue."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="rule_levels")
    code = models.CharField(max_length=60)
    level = models.CharField(max_length=5, choices=[(level.value, level.value) for level in Level])

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["workspace", "code"], name="one_level_per_rule_and_workspace"),
            models.CheckConstraint(condition=Q(level__in=[level.value for level in Level]), name="rule_level_is_known"),
        ]

    def __str__(self):
        return f"{self.code} is set to {self.level} in {self.workspace}"
