"""Does what the plan says. Every image is asked about once more just before it goes."""

import logging
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, field, replace

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from environments.engine.protocol import EngineError, EngineUnavailable
from environments.models import AuditEvent, Build, Image, Workspace
from environments.retention.candidates import LENT, read_candidates
from environments.retention.leftovers import Leftovers, remove_leftovers
from environments.retention.plan import make_plan, terms, won_by
from environments.retention.rules import Verdict, decide
from environments.retention.uploads import remove_uploads

logger = logging.getLogger(__name__)
TIDIED = "retention.tidy"
MOST_NAMED = 200


@dataclass
class Done:
    """What a tidy-up did: which images went, which stayed after all, and what else. Sizes in bytes."""

    gone: list[Verdict] = field(default_factory=list)
    stayed: list[Verdict] = field(default_factory=list)
    won: int = 0
    cache_won: int = 0
    leftovers: Leftovers = field(default_factory=Leftovers)
    trouble: str = ""


def tidy(engine, *, by="studio"):
    """Remove what the rules let go, trim the build cache, remove old logs and contexts nobody names. Return Done.

    Two at once do no harm. One that dies in between is taken up by the next.
    """
    plan, done = make_plan(engine), Done()
    done.trouble = plan.trouble
    try:
        for verdict in plan.staying:
            _take_back(verdict.image)
        for verdict in plan.going if plan.stock else ():
            after = _remove(engine, plan.stock, verdict)
            (done.stayed if after.keeps else done.gone).append(after)
        if plan.stock and settings.ENGINE_IS_OURS:
            done.cache_won = engine.prune_cache(settings.CACHE_BYTES)
    except EngineError as error:
        done.trouble = str(error)
    done.won = won_by(done.gone, plan.stock) if plan.stock else 0
    done.leftovers = remove_leftovers()
    remove_uploads()
    _write_down(done, by)
    return done


def _remove(engine, stock, verdict):
    """The Verdict that held in the end. Raises EngineUnavailable.

    The record says first that the image is gone, so that from then on no build is given it; then is asked again
    whether one was given it before; only then is the engine told. So a build and this see each other,
    whichever is first. Of what all builds are lent there is no record to say so, so none begins meanwhile.
    """
    image, now = verdict.image, timezone.now()
    row = Image.objects.filter(pk=image.pk)
    if image.pk and not row.filter(removed_at=image.removed_at).update(removed_at=now):
        return replace(verdict, keeps=True, reason="Its record changed meanwhile.")
    with _no_build_begins() if image.kind in LENT else nullcontext():
        after = _again(stock, image)
        if not after.keeps:
            after = _drop(engine, verdict)
    if after.keeps:
        row.filter(removed_at=now).update(removed_at=None)
    return after


@contextmanager
def _no_build_begins():
    """While the block runs none can be made, since that writes its workspace's row, and none that waits be claimed."""
    with transaction.atomic():
        list(Workspace.objects.select_for_update(no_key=True).order_by("pk"))
        list(Build.objects.waiting().select_for_update())
        yield


def _again(stock, image):
    """The Verdict on the image as the database says now."""
    candidate = next(iter(read_candidates(stock, only=image.name)), None)
    if candidate is None or candidate.kind != image.kind:
        return Verdict(image, True, "Its record changed meanwhile.")
    return decide(candidate, terms())


def _drop(engine, verdict):
    try:
        for name in verdict.image.drops:
            engine.remove_image(name)
    except EngineUnavailable:
        raise
    except EngineError as error:
        return replace(verdict, keeps=True, reason=str(error))
    logger.info("removed %s: %s", verdict.image.name, verdict.reason)
    return verdict


def _take_back(image):
    """One that was to go when a tidy-up died, is still there, and is needed again."""
    if image.pk and image.here and image.removed_at:
        Image.objects.filter(pk=image.pk, removed_at=image.removed_at).update(removed_at=None)


def _write_down(done, by):
    """In the audit trail, and in the log if there was anything to do."""
    left = done.leftovers
    detail = {
        "images": [verdict.image.name for verdict in done.gone][:MOST_NAMED],
        "count": len(done.gone),
        "bytes": done.won,
        "cache_bytes": done.cache_won,
        "logs": left.logs,
        "contexts": left.all_contexts,
    }
    AuditEvent.objects.create(actor=by, action=TIDIED, subject=settings.WORKER_NAME, detail=detail)
    for verdict in done.stayed:
        logger.warning("%s stays after all: %s", verdict.image.name, verdict.reason)
    if done.trouble:
        logger.warning("images were not tidied up: %s", done.trouble)
