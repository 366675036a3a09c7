"""What a list shows, filters and counts of environments, kept in their rows so that no list works it out again."""

import logging

from django.db import DatabaseError, transaction
from django.db.models import OuterRef, Q, Subquery

from environments.definitions.asked import packages_asked
from environments.definitions.digest import from_canonical
from environments.definitions.frameworks import FRAMEWORK_PACKAGES, frameworks_of
from environments.definitions.model import Kind
from environments.display import words
from environments.models.environments import Environment, Version
from environments.models.images import BASE_IMAGE

logger = logging.getLogger(__name__)
TRACK = 6
MANAGERS = ("conda", "pip")  # whose packages may be a framework
WHOLE = (Kind.IMAGE, Kind.CONTEXT)  # kinds whose definition names no packages: all of the image count as asked for


@transaction.atomic(savepoint=False)
def keep(ids):
    """Write down anew what lists show of these environments, in the transaction that changed it.

    Whoever changes one waits here for whoever did before, so that the last one sees what all did.
    """
    for environment in hold(ids):
        Environment.objects.filter(pk=environment.pk).update(**facts_of(environment))


def hold(ids):
    """The environments, locked until the transaction ends: nobody else changes anything of them.

    The first statement of every transaction that does; whoever locked a version, a build or an image before would be
    waited for by one who holds the environment and waits for that.
    """
    found = Environment.objects.select_for_update(of=["self"], no_key=True).filter(pk__in=list(ids))
    return list(found.order_by("pk"))


def facts_of(environment):
    """{column: value} of all that keep() writes, worked out from the versions, their builds and the image.

    What cannot be read is logged and left out, so that it stays as it was: no build fails to end over it.
    """
    versions = environment.versions.filter(archived_at=None).order_by("-sequence")
    recent = list(versions[:TRACK])
    builds = _newest_builds(recent)
    track = [_status(version, builds) for version in recent]
    ready = versions.exclude(current_build=None).select_related("current_build__image").first()
    newest = recent[0] if recent else None
    return {
        "newest": newest,
        "newest_build": builds[newest.pk][0] if newest else None,
        "kind": newest.kind if newest else "",
        "status": track[0] if track else "unbuilt",
        "track": track[::-1],
        "ready": ready,
        "image": ready.current_build.image if ready else None,
        **_read(_image_facts, environment, ready),
        **_read(_frameworks, environment, newest, ready),
    }


def _read(part, environment, *versions):
    try:
        return part(environment, *versions)
    except DatabaseError:
        raise
    except Exception:
        logger.exception("of %s lists show what they did before", environment)
        return {}


def _newest_builds(versions):
    """{version id: (id, state) of its newest build}, found along an index however many builds there are."""
    newest = Version.builds.field.model.objects.filter(version=OuterRef("pk")).order_by("-number")
    found = Version.objects.filter(pk__in=[version.pk for version in versions])
    found = found.annotate(build=Subquery(newest.values("pk")[:1]), state=Subquery(newest.values("state")[:1]))
    return {pk: build for pk, *build in found.values_list("pk", "build", "state")}


def _status(version, builds):
    return words.version_statuses(builds[version.pk][1], ready=version.current_build_id is not None)[0]


def _image_facts(_, ready):
    if ready is None:
        return {"package_count": None, "python": "", "accelerator": ""}
    image = ready.current_build.image
    cuda = image.facts.get("cuda")
    accelerator = f"CUDA {cuda}"[:20] if cuda else "CPU"
    return {
        "package_count": image.packages.count(),
        "python": ".".join((image.facts.get("python") or "").split(".")[:2])[:20],
        "accelerator": accelerator if "cuda" in image.facts else "",
    }


def _frameworks(environment, newest, ready):
    """Of what the newest definition names, of what the image was given on purpose, and of tags."""
    names, tags = set(), dict(environment.tags)
    if newest:
        names |= {name for _, name in packages_asked(from_canonical(newest.definition))}
        tags |= newest.tags
    if ready:
        packages = ready.current_build.image.packages.filter(manager__in=MANAGERS, name__in=FRAMEWORK_PACKAGES)
        if ready.kind not in WHOLE:
            packages = packages.filter(Q(asked=True) | Q(source__endswith=BASE_IMAGE))
        names |= set(packages.values_list("name", flat=True))
    return {"frameworks": frameworks_of(names, tags)}
