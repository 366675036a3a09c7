"""The list of environments: what rows show and what can be chosen, read from what models/listing.py keeps."""

from collections import defaultdict
from dataclasses import dataclass, field
from functools import partial
from typing import NamedTuple

from django.contrib.auth import get_user_model
from django.db.models import Count, F, OuterRef, Q, Subquery

from environments.definitions.frameworks import FRAMEWORKS, holding, split
from environments.display import words
from environments.models import Build, BuildStep, Environment, Version
from environments.models.builds import ACTIVE
from environments.pages.states import build_key
from environments.services.queue import Place, Queue

STATUSES = ("ready", "running", "queued", "failed", "cancelled", "unbuilt")
LIFECYCLE = ("active", "archived")
FACETS = {
    **{"status": "Status", "kind": "Kind", "framework": "Framework", "python": "Python"},
    **{"accelerator": "Accelerator", "lifecycle": "Lifecycle", "owner": "Owner"},
}
MOST_CHOICES = 12  # of a facet, the most frequent ones
LONG = ("text", "definition", "message")  # columns of a version that no row shows
TOLD_ELSEWHERE = ("hints", "check_output", "error", "error_step", "served_by", "timings", "base_digest")


@dataclass
class Row:
    """An environment in a list. `statuses` are keys of words.STATUSES, `track` those of its last versions."""

    environment: Environment
    version: Version | None
    build: Build | None
    statuses: tuple[str, ...]
    track: list[str]
    serving: Version | None = None
    place: Place | None = None
    hits: list[str] = field(default_factory=list)

    @property
    def is_live(self):
        return bool(self.build and self.build.is_active)


class Group(NamedTuple):
    """How many environments are alike in all that can be chosen."""

    archived_at: object
    status: str
    kind: str
    frameworks: str
    python: str
    accelerator: str
    created_by: int | None
    username: str | None
    count: int

    def values(self, facet):
        """What it counts for in a facet; nothing, one or, of frameworks, several."""
        if facet == "framework":
            return split(self.frameworks)
        if facet == "lifecycle":
            return ["archived" if self.archived_at else "active"]
        value = self.username if facet == "owner" else getattr(self, facet)
        return [value] if value else []


@dataclass(frozen=True, slots=True)
class Choice:
    """A value of a facet: what to call it, and how many one would see of it."""

    value: str
    word: str
    count: int
    is_on: bool


def listed(environments):
    """The environments of a list, neither archived nor anonymous, with all that rows() shows."""
    return shown(environments.listed())


def shown(environments):
    """With all that rows() shows, in one query."""
    begun = BuildStep.objects.filter(
        build=OuterRef("newest_build"), attempt=OuterRef("newest_build__attempt"), started_at__isnull=False
    )
    dropped = [f"{version}__{name}" for version in ("newest", "ready") for name in LONG]
    dropped += ["ready__tags", "ready__description"]
    dropped += [f"newest_build__{name}" for name in TOLD_ELSEWHERE]
    related = environments.select_related("workspace", "newest__author", "newest_build", "ready")
    return related.defer(*dropped).annotate(last_kind=Subquery(begun.order_by("-number").values("kind")[:1]))


def rows(environments, reasons=None):
    """A Row for each environment that came through shown(); reasons: {environment id: why a search found it}."""
    environments = list(environments)
    places = Queue().positions([environment.newest_build for environment in environments if environment.newest_build])
    return [_row(environment, places, (reasons or {}).get(environment.pk, [])) for environment in environments]


def _row(environment, places, hits):
    build, statuses, track = environment.newest_build, (environment.status,), environment.track
    if build and build.state in ACTIVE:
        build.last_kind = environment.last_kind
        statuses = words.version_statuses(build_key(build), ready=environment.ready_id == environment.newest_id)
        track = [*track[:-1], statuses[0]]
    return Row(
        environment=environment,
        version=environment.newest,
        build=build,
        statuses=statuses,
        track=track,
        serving=environment.ready if statuses[0] != "ready" else None,
        place=places.get(build.pk) if build else None,
        hits=hits,
    )


def groups_of(environments):
    """The Groups of environments, read along one index and in its order, then the names of their owners."""
    columns = [name for name in Group._fields if name not in ("username", "count")]
    rows = list(environments.to_count().order_by().values_list(*columns).annotate(count=Count("pk")))
    owners = get_user_model().objects.filter(pk__in={row[-2] for row in rows}).values_list("pk", "username")
    names = dict(owners) if rows else {}
    return [Group(*row[:-1], names.get(row[-2]), row[-1]) for row in rows]


def chosen_of(groups, chosen):
    """(how many environments fit all that is chosen, {facet: {value: how many fit the rest of it}})."""
    total, counts = 0, {facet: defaultdict(int) for facet in FACETS}
    for group in groups:
        missed = [facet for facet, wanted in chosen.items() if not set(wanted) & set(group.values(facet))]
        total += 0 if missed else group.count
        for facet in FACETS if not missed else missed if len(missed) == 1 else ():
            for value in group.values(facet):
                counts[facet][value] += group.count
    return total, counts


def narrow(environments, chosen):
    """Those that fit all that is chosen: {facet: values}."""
    for facet, wanted in chosen.items():
        environments = environments.filter(_CONDITIONS.get(facet, partial(_one_of, facet))(wanted))
    return environments


def _one_of(facet, wanted):
    return Q(**{f"{facet}__in": wanted})


def _of_frameworks(wanted):
    return Q(frameworks__in={known for framework in wanted for known in holding(framework)})


def _of_lifecycle(wanted):
    return Q() if set(wanted) == set(LIFECYCLE) else Q(archived_at__isnull="active" in wanted)


_CONDITIONS = {
    "framework": _of_frameworks,
    "lifecycle": _of_lifecycle,
    "owner": partial(_one_of, "created_by__username"),
}


def facets_of(counts, chosen):
    """[(facet, its name, [Choice])] of all facets that offer a choice; what is chosen stays, if with a count of 0."""
    facets = []
    for facet, name in FACETS.items():
        on = chosen.get(facet, [])
        frequent = sorted(counts[facet], key=counts[facet].get, reverse=True)[:MOST_CHOICES]
        values = sorted({*frequent, *on, *(LIFECYCLE if facet == "lifecycle" else ())}, key=partial(_order, facet))
        choices = [Choice(value, word_of(facet, value), counts[facet][value], value in on) for value in values]
        if choices:
            facets.append((facet, name, choices))
    return facets


def word_of(facet, value):
    """What people call a value of a facet."""
    known = {"status": words.STATUSES, "kind": words.KINDS, "lifecycle": words.STATUSES}.get(facet, {})
    return known[value].word if value in known else value


def _order(facet, value):
    fixed = {"status": STATUSES, "kind": tuple(words.KINDS), "framework": tuple(FRAMEWORKS), "lifecycle": LIFECYCLE}
    if facet in fixed:
        return fixed[facet].index(value), ""
    newest_first = [-int(part) for part in value.removeprefix("CUDA ").split(".") if part.isdecimal()]
    return (1, newest_first) if newest_first and facet != "owner" else (0, value.lower())


SORTS = {
    "name": F("name").asc(),
    "-name": F("name").desc(),
    "packages": F("package_count").asc(nulls_last=True),
    "-packages": F("package_count").desc(nulls_last=True),
    "updated": F("updated_at").asc(),
    "-updated": F("updated_at").desc(),
}
