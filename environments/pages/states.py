"""From rows to the words people see: which key of words.STATUSES a build or a version shows."""

from django.db.models import F, OuterRef, Subquery

from environments.display import words
from environments.display.figures import node_tone
from environments.hints import sentence_of
from environments.models import Build, BuildStep
from environments.services.queue import Queue

SIMILAR = 5


def with_progress(builds):
    """Annotate builds with `last_kind`, the kind of the step they are at; None before the first."""
    begun = BuildStep.objects.filter(build=OuterRef("pk"), attempt=OuterRef("attempt"), started_at__isnull=False)
    return builds.annotate(last_kind=Subquery(begun.order_by("-number").values("kind")[:1]))


def build_key(build):
    """The status key of a build that came through with_progress()."""
    return words.build_status(
        build.state,
        steps=0 if build.last_kind is None else 1,
        exporting=build.last_kind == "export",
        cancelling=build.cancel_requested_at is not None,
        stuck=build.is_stuck,
        stale=build.is_silent,
    )


def with_newest_build(versions):
    """Annotate versions with `newest_build_id`."""
    builds = Build.objects.filter(version=OuterRef("pk")).order_by("-number")
    return versions.annotate(newest_build_id=Subquery(builds.values("pk")[:1]))


def newest_builds(versions, builds=None):
    """{version id: its newest build with progress} of versions that came through with_newest_build(), in one query."""
    asked = with_progress(Build.objects) if builds is None else builds
    found = asked.in_bulk([version.newest_build_id for version in versions])
    return {build.version_id: build for build in found.values()}


def version_keys(version, newest_build):
    """The status keys of a version, the most telling first."""
    key = build_key(newest_build) if newest_build else None
    return words.version_statuses(key, ready=version.current_build_id is not None)


def build_rows(builds, queue=None, *, timed=True):
    """What a table of builds that came through with_progress() shows: [{"build", "status", "place", ...}].

    With `timed`, places in the queue say how long they take by experience.
    """
    queue = queue or Queue()
    places = queue.places(builds) if timed else queue.positions(builds)
    return [
        {
            "build": build,
            "status": build_key(build),
            "place": places.get(build.pk),
            "trouble": _trouble(build),
            "waited": waited(build),
        }
        for build in builds
    ]


def waited(build):
    """Seconds in the queue; None before its end, for less than one, and where another attempt came between."""
    if not build.started_at or build.attempt > 1:
        return None
    seconds = (build.started_at - build.created_at).total_seconds()
    return seconds if seconds >= 1 else None


def _trouble(build):
    """What went wrong, in a sentence; "" if nothing did."""
    told = (sentence_of(hint["code"], hint["values"]) for hint in build.hints)
    return next(filter(None, told), build.error)


def lineage_entry(version, builds, changes):
    """A version in a lineage, for the node and the words beside it; `changes` are those of changes_along()."""
    keys = version_keys(version, builds.get(version.pk))
    return {"version": version, "statuses": keys, "tone": node_tone(keys[0]), "changes": changes.get(version)}


def typical(builds):
    """(shortest, longest) seconds of the last good ones of these builds that built something; None without."""
    good = builds.with_image().filter(reused=None, finished_at__gt=F("started_at")).order_by("-finished_at")
    times = good.values_list("started_at", "finished_at")[:SIMILAR]
    seconds = [(end - start).total_seconds() for start, end in times]
    return (min(seconds), max(seconds)) if seconds else None
