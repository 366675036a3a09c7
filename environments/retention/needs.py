"""Who needs an image, as the database says: builds under way, versions, and what was built on it."""

import re
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from functools import reduce
from operator import or_
from typing import NamedTuple

from django.db.models import Q

from environments.builder.bases import IMAGES
from environments.display.words import version_label
from environments.engine.mirrors import full_name
from environments.models import CURATED, Build, State, Version

IMAGES_AT_ONCE = 100  # of one question: each is two conditions, and SQLite takes no more than a thousand
_OUR_NAME = re.compile(r"[\w.:/-]+:[0-9a-f]{32}\b")


@dataclass(frozen=True, slots=True)
class Need:
    """Who needs one image, in words: "" for nobody. `build` is one under way, `running` any build that runs at all.

    `stands` names a version that the image stands for, `starts` one that starts from it. `rank` is its place among the
    images of an active environment, 1 for the newest. `since`: from when on nothing active needed it.
    """

    build: str = ""
    running: str = ""
    stands: str = ""
    starts: str = ""
    rank: int | None = None
    is_archived: bool = False
    has_versions: bool = False
    last_used: datetime | None = None
    since: datetime | None = None


class Use(NamedTuple):
    """A build that ended with an image."""

    image: int
    build: object
    lock: int | None
    finished_at: datetime
    digest: str
    version: str
    environment_id: int
    environment: str
    workspace: str
    version_archived_at: datetime | None
    environment_archived_at: datetime | None
    current_build: object
    superseded_at: datetime | None

    @property
    def name(self):
        return f"{self.workspace}/{self.environment} {version_label(self.version)}"

    @property
    def is_archived(self):
        return bool(self.version_archived_at or self.environment_archived_at)

    @property
    def stands(self):
        return self.build == self.current_build and not self.is_archived

    @property
    def since(self):
        """From when on its version did not need the image, as far as the rows tell."""
        moments = (self.finished_at, self.superseded_at, self.version_archived_at, self.environment_archived_at)
        return max(moment for moment in moments if moment)


class Active(NamedTuple):
    """A build that waits or runs."""

    number: int
    state: str
    key: str
    lock: int | None
    digest: str
    environment: str
    workspace: str
    image: int | None

    @property
    def name(self):
        return f"build {self.number} of {self.workspace}/{self.environment}"

    def may_come_to(self, workspace, key):
        """Whether it makes the image of this key, or of the start of one, or may be given it.

        One that is given an image never writes the key down: it may be any that its workspace can have.
        """
        if self.key:
            return self.key.startswith(key)
        return self.state == State.RUNNING and workspace in (self.workspace, CURATED)


@dataclass(frozen=True)
class Needs:
    """All that the database says at one moment. `starts` and `bases` give a version by the name, or the digest, that it
    starts from."""

    uses: dict
    ranks: dict
    active: list
    starts: dict
    bases: dict

    def of_row(self, row):
        """The Need of a recorded image."""
        uses = self.uses.get(row.pk, [])
        return Need(
            build=self._build_with(row, uses),
            stands=_some(sorted({use.name for use in uses if use.stands})),
            starts=self._start(row.name, row.image_id, row.repo_digest),
            rank=self.ranks.get(row.pk),
            is_archived=bool(uses) and all(use.is_archived for use in uses),
            has_versions=bool(uses),
            last_used=max((use.finished_at for use in uses), default=None),
            since=max((use.since for use in uses), default=None),
        )

    def of_other(self, name, image):
        """The Need of an image of the engine that has no record under this name."""
        repository, _, tag = name.rpartition(":")
        workspace = repository.rpartition("/")[2]
        return Need(
            build=next((build.name for build in self.active if build.may_come_to(workspace, tag)), ""),
            running=next((build.name for build in self.active if build.state == State.RUNNING), ""),
            starts=self._start(name, image.image_id, *image.digests),
        )

    def _build_with(self, row, uses):
        """A build that may come to this image: by its key or definition, its lock, or because its version has it."""
        locks, digests = {use.lock for use in uses} - {None}, {use.digest for use in uses}
        for build in self.active:
            may_come_to_it = build.may_come_to(row.workspace.slug, row.image_key) or build.digest in digests
            if may_come_to_it or build.image == row.pk or build.lock in locks:
                return build.name
        return ""

    def _start(self, name, *digests):
        named = self.starts.get(full_name(name), "") if ":" in name else ""
        return named or next((self.bases[digest] for digest in map(_bare, digests) if digest in self.bases), "")


def read_needs(only=None, digests=()):
    """The Needs of all images, or of the one called `only`, which has these digests; four queries."""
    uses = _read_uses(only)
    by_image = defaultdict(list)
    for use in uses:
        by_image[use.image].append(use)
    return Needs(by_image, _ranks(uses), _read_active(), *_read_starts(only, digests))


def _read_uses(only):
    builds = Build.objects.with_image()
    if only:
        environments = builds.filter(image__name=only).values("version__environment")
        builds = builds.filter(version__environment__in=environments)
    return [
        Use(*values)
        for values in builds.order_by("-finished_at").values_list(
            *("image", "pk", "lock", "finished_at", "version__definition_digest", "version__name"),
            *("version__environment", "version__environment__name", "version__environment__workspace__slug"),
            *("version__archived_at", "version__environment__archived_at"),
            *("version__current_build", "version__current_build__finished_at"),
        )
    ]


def _ranks(uses):
    """{image: its place among those of an environment}, the best one where it is in several. Uses come newest first."""
    seen, ranks = defaultdict(list), {}
    for use in uses:
        images = seen[use.environment_id]
        if not use.is_archived and use.image not in images:
            images.append(use.image)
            ranks[use.image] = min(len(images), ranks.get(use.image, len(images)))
    return ranks


def _read_active():
    return [
        Active(*values)
        for values in Build.objects.active().values_list(
            *("number", "state", "image_key", "lock", "version__definition_digest"),
            *("version__environment__name", "version__environment__workspace__slug"),
            "version__current_build__image",
        )
    ]


def _read_starts(only, digests):
    """Which of the studio's own images active versions name, and which digests theirs were built on."""
    starts, bases = {}, {}
    names_ours = Q(image__contains=f"{IMAGES}/") | Q(text__contains=f"{IMAGES}/")
    is_built = Q(current_build__isnull=False)
    versions = Version.objects.active().filter(names_ours | is_built).order_by("pk")
    if only:
        versions = versions.filter(_may_start_from(only, digests))
    for name, environment, workspace, image, text, built_on in versions.values_list(
        *("name", "environment__name", "environment__workspace__slug", "image", "text", "current_build__base_digest")
    ).iterator():
        version = f"{workspace}/{environment} {version_label(name)}"
        for found in {image, *_OUR_NAME.findall(text)} if f"{IMAGES}/" in f"{image} {text}" else ():
            starts[full_name(found)] = version
        for digest in (built_on or "").split():
            bases[_bare(digest)] = version
    return starts, bases


def _may_start_from(name, digests):
    built_on = (Q(current_build__base_digest__contains=_bare(digest)) for digest in digests)
    return reduce(or_, built_on, _names(name))


def _names(name):
    tag = name.rpartition(":")[2]
    return Q(image__contains=tag) | Q(text__contains=tag)


def started_from(images):
    """The ids of active versions whose definition names one of these recorded images."""
    found = set()
    for some in (images[start : start + IMAGES_AT_ONCE] for start in range(0, len(images), IMAGES_AT_ONCE)):
        names = reduce(or_, (_names(image.name) for image in some))
        found.update(Version.objects.active().filter(names).values_list("pk", flat=True))
    return found


def _bare(digest):
    """`repository@sha256:...` without its repository; "" for None."""
    return (digest or "").rpartition("@")[2]


def _some(versions):
    if not versions:
        return ""
    more = len(versions) - 1
    return f"{versions[0]} and {more} other{'s' if more > 1 else ''}" if more else versions[0]
