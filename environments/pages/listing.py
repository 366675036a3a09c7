"""The list of environments: which ones, and what their rows show, in a fixed number of queries."""

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Case, CharField, Count, F, OuterRef, Q, Subquery, Value, When

from environments.display import words
from environments.models import Build, Environment, ImagePackage, State, Version
from environments.pages.search import package_hits
from environments.pages.states import newest_builds, version_keys, with_newest_build
from environments.services.queue import Place, Queue
from environments.services.search import NotAQuestion

STATUSES = ("ready", "running", "queued", "failed", "cancelled", "unbuilt")
TELLING = [State.QUEUED, State.RUNNING, State.FAILED, State.CANCELLED]
TRACK = 6


@dataclass
class Row:
    """An environment in a list. `statuses` are keys of words.STATUSES, `track` those of its last versions."""

    environment: Environment
    version: Version | None
    build: Build | None
    statuses: tuple[str, ...]
    track: list[str]
    packages: int | None
    serving: Version | None = None
    place: Place | None = None
    hit: str = ""

    @property
    def is_live(self):
        return bool(self.build and self.build.is_active)

    @property
    def facts(self):
        image = self.version.image_built if self.version else None
        return image.facts if image else {}


def listed(environments):
    """Annotate listed environments with the id and kind of their newest version and its `status` (of STATUSES)."""
    newest = Version.objects.active().filter(environment=OuterRef("pk")).order_by("-sequence")
    builds = Build.objects.filter(version=OuterRef("newest_version")).order_by("-number")
    status = Case(
        When(build_state__in=TELLING, then=F("build_state")),
        When(newest_current__isnull=False, then=Value("ready")),
        default=Value("unbuilt"),
        output_field=CharField(),
    )
    return environments.listed().annotate(
        newest_version=Subquery(newest.values("pk")[:1]),
        newest_current=Subquery(newest.values("current_build")[:1]),
        kind=Subquery(newest.values("kind")[:1]),
        build_state=Subquery(builds.values("state")[:1]),
        status=status,
    )


def facet_counts(environments):
    """{"kind": {kind: count}, "status": {status: count}} over listed() environments."""
    counts = {"kind": defaultdict(int), "status": defaultdict(int)}
    for kind, status, count in environments.order_by().values_list("kind", "status").annotate(count=Count("pk")):
        counts["kind"][kind] += count
        counts["status"][status] += count
    return counts


def search(environments, text):
    """Return (matching environments, {environment id: why}, what could not be read of the text, else "")."""
    if not text:
        return environments, {}, ""
    hits, unread = {}, ""
    try:
        hits = package_hits(environments.values("newest_version"), text)
    except NotAQuestion as error:
        unread = str(error)
    tagged = [row.pk for row in environments.exclude(tags={}).only("tags") if matching_tag(row, text)]
    by_words = Q(name__icontains=text) | Q(description__icontains=text) | Q(pk__in=tagged)
    reasons = {environment_id: f"has {package}" for environment_id, package in hits.items()}
    return environments.filter(by_words | Q(pk__in=list(hits))), reasons, "" if tagged else unread


def matching_tag(environment, text):
    """`key=value` of the first tag the text is found in, "" if there is none."""
    tags = (f"{key}={value}" for key, value in environment.tags.items())
    return next((tag for tag in tags if text.lower() in tag.lower()), "")


def rows(environments, reasons=None, text=""):
    """A Row for each environment, with everything it shows."""
    versions = _recent_versions(environments)
    builds = newest_builds([version for recent in versions.values() for version in recent])
    packages = _package_counts([recent[0] for recent in versions.values()])
    found = Queue().places(builds.values())
    return [
        _row(
            environment, versions.get(environment.pk, []), builds, packages, found, _reason(environment, reasons, text)
        )
        for environment in environments
    ]


def _recent_versions(environments):
    """{environment id: its last active versions, newest first}."""
    recent = Version.objects.active().filter(
        environment__in=[environment.pk for environment in environments],
        sequence__gt=F("environment__last_sequence") - TRACK,
    )
    by_environment = defaultdict(list)
    for version in with_newest_build(recent).select_related("author", "current_build__image").newest_first():
        by_environment[version.environment_id].append(version)
    return by_environment


def _package_counts(versions):
    images = {version.current_build.image_id for version in versions if version.current_build_id}
    counts = ImagePackage.objects.filter(image__in=images).order_by().values_list("image")
    return dict(counts.annotate(count=Count("pk")))


def _row(environment, versions, builds, packages, places, hit):
    keys = [version_keys(version, builds.get(version.pk)) for version in versions]
    newest = versions[0] if versions else None
    build = builds.get(newest.pk) if newest else None
    ready = next((version for version in versions if version.current_build_id), None)
    return Row(
        environment=environment,
        version=newest,
        build=build,
        statuses=keys[0] if keys else ("unbuilt",),
        track=[key[0] for key in reversed(keys)],
        packages=packages.get(newest.current_build.image_id) if newest and newest.current_build_id else None,
        serving=ready if ready and keys[0][0] != "ready" else None,
        place=places.get(build.pk) if build else None,
        hit=hit,
    )


def _reason(environment, reasons, text):
    """Why a search found it, where the row does not show that by itself."""
    if not text or text.lower() in environment.name.lower() or text.lower() in environment.description.lower():
        return ""
    tag = matching_tag(environment, text)
    return f"tag {tag}" if tag else (reasons or {}).get(environment.pk, "")


def status_choices(counts):
    return [(key, words.STATUSES[key].word, counts[key]) for key in STATUSES if counts[key]]


def kind_choices(counts):
    return [(key, found.word, counts[key]) for key, found in words.KINDS.items() if counts[key]]
