"""Who runs builds, and what keeps waiting builds from being started."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone

from environments.models.builds import STALE_AFTER


class WorkerQuerySet(models.QuerySet):
    def alive(self):
        return self.filter(heartbeat_at__gt=timezone.now() - STALE_AFTER)

    def slots(self):
        """How many builds the workers that are there, and take new ones, can run at once."""
        full = Hold.objects.filter(kind=Hold.Kind.DISK, ended_at=None).values("worker")
        taking = self.alive().filter(draining=False).exclude(name__in=full)
        return sum(worker.slots for worker in taking)


class Worker(models.Model):
    """A process that runs builds, as it last said of itself."""

    name = models.CharField(max_length=100, unique=True)
    host = models.CharField(max_length=100)
    engine = models.CharField(max_length=100, blank=True)
    engine_version = models.CharField(max_length=50, blank=True)
    capabilities = models.JSONField(default=dict)
    heartbeat_at = models.DateTimeField()
    draining = models.BooleanField(default=False)  # it was asked to stop: it ends what it has and takes nothing new

    objects = WorkerQuerySet.as_manager()

    class Meta:
        ordering = ["name"]

    def __str__(self):
        return self.name

    @property
    def slots(self):
        """How many builds it can run at once."""
        return self.capabilities.get("slots", 1)


class HoldQuerySet(models.QuerySet):
    def paused(self):
        """The one that holds everything, if there is one."""
        return self.filter(kind=Hold.Kind.PAUSED, ended_at=None)

    def over(self, worker):
        """What keeps this worker from taking builds."""
        return self.filter(worker__in=("", worker), ended_at=None)

    def in_force(self):
        """What holds builds back now; the disk of a worker that is gone does not."""
        alive = Worker.objects.alive().values("name")
        return self.filter(Q(worker="") | Q(worker__in=alive), ended_at=None)


class Hold(models.Model):
    """Why queued builds are not started: somebody paused the queue, or the disk of a worker's engine is nearly full."""

    class Kind(models.TextChoices):
        PAUSED = "paused"
        DISK = "disk"

    kind = models.CharField(max_length=10, choices=Kind)
    worker = models.CharField(max_length=100, blank=True)  # the one that holds; "": all of them
    reason = models.TextField()
    by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    since = models.DateTimeField(auto_now_add=True)
    ended_at = models.DateTimeField(null=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        ordering = ["-since"]
        constraints = [
            models.UniqueConstraint(
                fields=["kind", "worker"], condition=Q(ended_at=None), name="one_hold_of_a_kind_at_a_time"
            ),
            models.CheckConstraint(condition=Q(kind__in=("paused", "disk")), name="hold_kind_is_known"),
        ]

    def __str__(self):
        return self.reason
