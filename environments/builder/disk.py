"""The disk watermark: a worker whose disk is nearly full takes no new builds until there is room again."""

import logging
import shutil

from django.conf import settings
from django.utils import timezone

from environments.display import words
from environments.models import Hold

logger = logging.getLogger(__name__)
MOST_KEPT, SHARE_KEPT = 5 * 1000**3, 0.05  # bytes and share of the disk: the smaller is kept unless a setting says more
ROOM_AGAIN = 1.1  # so many times what is kept must be free before builds start again: no flutter at the mark
REASON = "The disk that holds {what} has less than {kept} free."


def watch(worker, folders):
    """Begin or end the hold of this worker by what is free where `folders` ({what it holds: path}) lie.

    Return True if the hold has just ended. A folder that is not there is passed over: an engine elsewhere minds its
    own disk.
    """
    hold = Hold.objects.filter(kind=Hold.Kind.DISK, worker=worker, ended_at=None).first()
    reason = _too_full(folders, ROOM_AGAIN if hold else 1)
    if reason and not hold:
        Hold.objects.create(kind=Hold.Kind.DISK, worker=worker, reason=reason)
        logger.warning("%s takes no new builds. %s", worker, reason)
    if hold and not reason:
        Hold.objects.filter(pk=hold.pk).update(ended_at=timezone.now())
        logger.warning("%s takes builds again", worker)
    return bool(hold and not reason)


def _too_full(folders, slack):
    """Why no build should start, "" if there is room."""
    for what, folder in folders.items():
        try:
            usage = shutil.disk_usage(folder) if folder else None
        except OSError:
            continue
        if usage and usage.free < kept_free(usage.total) * slack:
            return REASON.format(what=what, kept=words.size(kept_free(usage.total)))
    return ""


def kept_free(total):
    """Bytes that stay free on a disk of so many bytes."""
    return min(MOST_KEPT, total * SHARE_KEPT) if settings.DISK_KEEP is None else settings.DISK_KEEP
