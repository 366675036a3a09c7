"""Jobs that Azure's clients submit, and their code. They are recorded, not run: what a job named is kept for good."""

from django.conf import settings
from django.db import models
from django.urls import reverse

from environments.models.builds import Build
from environments.models.environments import Version
from environments.models.images import Image
from environments.models.workspaces import Workspace


class Job(models.Model):
    """A job as it was submitted. Triggers refuse a change of everything down to created_at."""

    workspace = models.ForeignKey(Workspace, models.PROTECT, related_name="jobs")
    name = models.CharField(max_length=255)
    asked_for = models.TextField()  # the environment, in the client's words
    environment_label = models.CharField(max_length=430)  # workspace/environment:version, and so it stays
    definition = models.TextField()  # canonical JSON, as the version had it
    definition_digest = models.CharField(max_length=64)
    created_at = models.DateTimeField(auto_now_add=True)

    version = models.ForeignKey(Version, models.SET_NULL, null=True, related_name="jobs")
    build = models.ForeignKey(Build, models.SET_NULL, null=True, related_name="jobs")  # that makes its image
    image = models.ForeignKey(Image, models.PROTECT, null=True, related_name="jobs")  # once there is one; then for good
    properties = models.JSONField()  # as the client sent them
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")

    class Meta:
        ordering = ["-created_at", "-id"]
        indexes = [models.Index(fields=["workspace", "-created_at"], name="jobs_of_a_workspace")]
        constraints = [models.UniqueConstraint(fields=["workspace", "name"], name="job_name_is_unique")]

    def __str__(self):
        return f"{self.workspace}/{self.name}"

    def get_absolute_url(self):
        return reverse("job", args=[self.workspace.slug, self.name])


class Code(models.Model):
    """A folder of a job's code."""

    workspace = models.ForeignKey(Workspace, models.CASCADE, related_name="codes")
    name = models.CharField(max_length=255)
    version = models.CharField(max_length=100)
    uri = models.TextField()
    properties = models.JSONField(default=dict)
    created_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ["-created_at", "-id"]
        constraints = [models.UniqueConstraint(fields=["workspace", "name", "version"], name="code_is_unique")]

    def __str__(self):
        return f"{self.workspace}/{self.name}:{self.version}"
