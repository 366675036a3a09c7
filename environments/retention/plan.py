"""What a tidy-up would do now. The dry run, the page and the tidy-up itself all go by this."""

from collections import defaultdict
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from environments.engine.protocol import EngineError, Stock
from environments.retention.candidates import read_candidates
from environments.retention.leftovers import Leftovers, read_leftovers
from environments.retention.rules import Terms, Verdict, decide


@dataclass(frozen=True)
class Plan:
    """Verdicts on all images, what else would go, and the engine's Stock; None and its `trouble` if none answers."""

    verdicts: list[Verdict]
    leftovers: Leftovers
    stock: Stock | None
    trouble: str = ""

    @property
    def going(self):
        return [verdict for verdict in self.verdicts if not verdict.keeps]

    @property
    def staying(self):
        return [verdict for verdict in self.verdicts if verdict.keeps]

    @property
    def won(self):
        """Bytes that only the images that go have; None if no engine tells. See `own` in HeldImage."""
        return won_by(self.going, self.stock) if self.stock else None

    @property
    def cache_over(self):
        """Bytes of build cache above the limit, where it is ours to trim."""
        return max(self.stock.cache_bytes - settings.CACHE_BYTES, 0) if self.stock and settings.ENGINE_IS_OURS else 0


def terms():
    """What the settings say."""
    return Terms(
        now=timezone.now(),
        guard=timedelta(hours=settings.KEEP_IMAGES_HOURS),
        rest=timedelta(days=settings.KEEP_UNUSED_DAYS),
        newest=settings.KEEP_NEWEST_IMAGES,
        is_alone=settings.ENGINE_IS_OURS,
    )


def make_plan(engine):
    """The Plan as things stand. An engine that does not answer is no error: then it goes by the records alone."""
    try:
        stock, trouble = engine.stock(), ""
    except EngineError as error:
        stock, trouble = None, str(error)
    held_to = terms()
    verdicts = [decide(candidate, held_to) for candidate in read_candidates(stock)]
    verdicts.sort(key=lambda verdict: (verdict.keeps, -verdict.image.size))
    return Plan(verdicts, read_leftovers(), stock, trouble)


def won_by(verdicts, stock):
    """Bytes that are free once these are gone: what keeps a name stays whole."""
    dropped = defaultdict(set)
    for verdict in verdicts:
        dropped[verdict.image.image_id].update(verdict.image.drops)
    return sum(
        image.own for image in stock.images if image.image_id in dropped and _is_gone(image, dropped[image.image_id])
    )


def _is_gone(image, dropped):
    return dropped >= {*image.names, *image.digests}
