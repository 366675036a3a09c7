"""Logs that are old, and contexts that no version names: rows and files that only take space."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from environments.models import Build, Context, LogPiece
from environments.models.builds import ACTIVE
from environments.models.listing import hold

FOLDER = "contexts"
BUILDS_AT_ONCE = 100


@dataclass(frozen=True, slots=True)
class Leftovers:
    """How many there are. `files` lie in the contexts' folder without a record."""

    logs: int = 0
    contexts: int = 0
    files: tuple[str, ...] = ()

    @property
    def all_contexts(self):
        return self.contexts + len(self.files)

    def __bool__(self):
        return bool(self.logs or self.all_contexts)


def read_leftovers():
    """What would be removed now."""
    is_orphan = Exists(_orphans().filter(pk=OuterRef("pk")))
    archives = dict(Context.objects.values_list("archive", is_orphan))
    return Leftovers(_old_builds().count(), sum(archives.values()), tuple(_stray_files(archives)))


def remove_leftovers():
    """Remove them and return the Leftovers that there were."""
    return Leftovers(_remove_logs(), _remove_contexts(), tuple(_remove_files()))


def _old_builds():
    """Ended builds whose logs are due. Their steps, times and errors are kept."""
    before = timezone.now() - timedelta(days=settings.KEEP_LOGS_DAYS)
    ended = Build.objects.exclude(state__in=ACTIVE).filter(finished_at__lt=before, log_removed_at=None)
    return ended.filter(line_count__gt=0)


def _remove_logs():
    removed = 0
    while builds := list(_old_builds().values_list("pk", flat=True)[:BUILDS_AT_ONCE]):
        with transaction.atomic():
            hold(Build.objects.filter(pk__in=builds).values_list("version__environment", flat=True).distinct())
            Build.objects.filter(pk__in=builds).update(log_removed_at=timezone.now())
            LogPiece.objects.filter(build__in=builds).delete()
        removed += len(builds)
    return removed


def _orphans():
    """Contexts stored for a version that was never saved."""
    return Context.objects.filter(versions=None, created_at__lt=guarded())


def _remove_contexts():
    """Rows first: what is left of a file after a crash is found as a stray. One that a version has come to name stays,
    for the database refuses to let go of it."""
    removed = 0
    for context in _orphans():
        with suppress(IntegrityError):
            Context.objects.filter(pk=context.pk, versions=None, created_at__lt=guarded()).delete()
        if not Context.objects.filter(pk=context.pk).exists():
            context.archive.delete(save=False)
            removed += 1
    return removed


def _stray_files(known):
    """Names of old files in the contexts' folder that are none of the `known` ones."""
    return [name for name in _files_below(FOLDER) if name not in known and _is_old(name)]


def _remove_files():
    strays = _stray_files(set(Context.objects.values_list("archive", flat=True)))
    for name in strays:
        default_storage.delete(name)
    return strays


def _files_below(folder):
    if not default_storage.exists(folder):
        return
    folders, files = default_storage.listdir(folder)
    yield from (f"{folder}/{name}" for name in files)
    for name in folders:
        yield from _files_below(f"{folder}/{name}")


def _is_old(name):
    """Not one that another tidy-up took meanwhile."""
    with suppress(FileNotFoundError):
        return default_storage.get_modified_time(name) < guarded()
    return False


def guarded():
    """What is older than this moment may go; what is younger may be somebody's who is about to save it."""
    return timezone.now() - timedelta(hours=settings.KEEP_IMAGES_HOURS)
