"""The images that retention looks at, each with all that the rules ask of it."""

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum

from django.conf import settings

from environments.builder.bases import IMAGES, PINNED, TOOLS
from environments.models import Image
from environments.retention.needs import Need, read_needs

LOCK_LABEL, KEY_LABEL = "studio.lock", "studio.image_key"
_KEY = re.compile(r"[0-9a-f]{32}")


class Kind(StrEnum):
    """What an image is to the studio."""

    RECORDED = "image of a version"
    UNRECORDED = "image without a record"
    NAMELESS = "image that lost its name"
    LOCK = "what a lock was read from"
    BASE = "base image"
    TOOLS = "tools for builds"


LENT = (Kind.BASE, Kind.TOOLS)  # to any build


@dataclass(frozen=True, slots=True)
class Candidate:
    """One image under one name. `drops` is what would be taken from the engine: names, or a nameless image's id.

    `here`: on the engine; None if nobody could ask it. `size` and `own` in bytes, as in HeldImage; `own` is None where
    only the engine could tell. `removed_at` is that of the record.
    """

    name: str
    kind: Kind
    drops: tuple[str, ...]
    image_id: str
    size: int
    own: int | None
    here: bool | None
    last_used: datetime
    has_container: bool = False
    pk: int | None = None
    removed_at: datetime | None = None
    also_called: str = ""
    is_newest: bool = False
    need: Need = field(default_factory=Need)


def read_candidates(stock, *, only=None):
    """[Candidate] of all images, or of the one called `only`. stock is a Stock, or None if no engine answers.

    What retention removed before and the engine no longer holds is none. The same number of queries for any number.
    """
    held = {name: image for image in stock.images for name in image.names} if stock else {}
    rows = Image.objects.select_related("workspace").defer("layers", "facts").order_by("-created_at")
    rows = list(rows.filter(name=only) if only else rows)
    needs = read_needs(only, _digests(only, rows, stock)) if only else read_needs()
    found = [_recorded(row, held.get(row.name), needs, asked=stock is not None) for row in rows]
    found = [candidate for candidate in found if candidate.here or candidate.removed_at is None]
    if stock:
        recorded = {row.name for row in rows}
        found += [other for other in _others(stock, needs) if other.name not in recorded]
    return [candidate for candidate in found if only in (None, candidate.name)]


def _digests(name, rows, stock):
    """What the record and the engine say that an image's content is called."""
    recorded = {digest for row in rows for digest in (row.image_id, row.repo_digest) if digest}
    held = [image for image in (stock.images if stock else ()) if name in (image.image_id, *image.names)]
    return recorded.union(*((image.image_id, *image.digests) for image in held))


def _recorded(row, image, needs, *, asked):
    need = needs.of_row(row)
    return Candidate(
        name=row.name,
        kind=Kind.RECORDED,
        drops=(row.name,),
        image_id=image.image_id if image else row.image_id,
        size=row.size,
        own=image.own if image else None,
        here=bool(image) if asked else None,
        last_used=max(need.last_used or row.created_at, row.created_at),
        has_container=bool(image and image.has_container),
        pk=row.pk,
        removed_at=row.removed_at,
        need=need,
    )


def _others(stock, needs):
    """What the engine holds under our names or labels, with or without a record."""
    newest = max((image.created for image in stock.images if any(map(_is_tool, image.names))), default=0)
    for image in stock.images:
        for name in image.names:
            if kind := _kind_of(name):
                yield _other(image, name, kind, needs, is_newest=image.created == newest)
        if not image.names and not image.digests and (kind := _kind_by_label(image.labels)):
            yield _other(image, image.image_id, kind, needs)


def _other(image, name, kind, needs, *, is_newest=False):
    candidate = Candidate(
        name=name,
        kind=kind,
        drops=(name,),
        image_id=image.image_id,
        size=image.size,
        own=image.own,
        here=True,
        last_used=datetime.fromtimestamp(image.created, UTC),
        has_container=image.has_container,
        is_newest=is_newest,
        need=needs.of_other(name, image),
    )
    if kind != Kind.BASE:
        return candidate
    own_names = [known for known in image.names if _kind_of(known) != Kind.BASE]
    return replace(candidate, also_called=min(own_names, default=""), drops=(name, *image.digests))


def _kind_of(name):
    """The Kind of an image with this name of ours; None for anybody else's."""
    repository, _, tag = name.rpartition(":")
    if repository == PINNED:
        return Kind.BASE
    if repository == TOOLS:
        return Kind.TOOLS
    is_ours = any(repository.startswith(f"{prefix}/") for prefix in (IMAGES, settings.IMAGE_PREFIX))
    return Kind.UNRECORDED if is_ours and _KEY.fullmatch(tag) else None


def _kind_by_label(labels):
    if LOCK_LABEL in labels:
        return Kind.LOCK
    return Kind.NAMELESS if KEY_LABEL in labels else None


def _is_tool(name):
    return _kind_of(name) == Kind.TOOLS
