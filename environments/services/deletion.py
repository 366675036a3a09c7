"""Deleting environments and versions for good: what goes along, what refuses it, and the deed."""

from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Exists, OuterRef, Q, Sum

from environments.display.words import plural, version_label
from environments.models import Build, Context, Environment, Image, Version
from environments.models.builds import ACTIVE
from environments.models.listing import hold, keep
from environments.retention.needs import started_from
from environments.services.audit import record
from environments.services.builds import cancel_build
from environments.services.holding import environment_of, refuse_gone
from environments.services.lifecycle import workspace_of

MOST_NAMED = 5  # versions named in a sentence


class NotDeletable(Exception):
    """Something needs what was to be deleted. `plan` is the Deletion that says what."""

    def __init__(self, plan):
        super().__init__(" ".join(plan.refusals))
        self.plan = plan


class MoreThanSeen(NotDeletable):
    """Something was published, or deleted, since a person was shown what goes."""


@dataclass(frozen=True)
class Deletion:
    """What deleting `subject` takes along and what refuses it.

    `lines` are those of logs still kept; `images` have no version afterwards, `shared` ones do; of `contexts` nothing
    else is made. `children` were made from a version that goes, `starters` start from one of the images.
    """

    subject: Environment | Version
    versions: list[Version]
    builds: int
    lines: int
    active: list[Build]
    images: list[Image]
    shared: int
    contexts: list[Context]
    children: list[Version]
    starters: list[Version]

    @property
    def refusals(self):
        """Why it cannot be done now, as sentences that name everything in the way."""
        said = []
        if self.active:
            numbers = ", ".join(str(build.number) for build in self.active)
            said.append(f"Not ended yet: {plural(len(self.active), 'build')} ({numbers}). Cancel first, or wait.")
        for versions, what in ((self.children, "made from it"), (self.starters, "started from its image")):
            if versions:
                said.append(f"{plural(len(versions), 'version')} {'was' if len(versions) == 1 else 'were'} {what}.")
        return said

    @property
    def is_refused(self):
        return bool(self.active or self.children or self.starters)

    @property
    def names(self):
        """The version names that are never given again, in words."""
        labels = [version_label(version.name) for version in self.versions]
        more = f" and {len(labels) - MOST_NAMED} more" if len(labels) > MOST_NAMED else ""
        return ", ".join(labels[:MOST_NAMED]) + more


def plan_deletion(subject):
    """The Deletion of an Environment or a Version as things stand; the same number of queries for any."""
    going = Version.objects.filter(environment=subject) if isinstance(subject, Environment) else _only(subject)
    versions = list(going.select_related("environment__workspace").defer("text", "definition").newest_first())
    ids = [version.pk for version in versions]
    builds = Build.objects.filter(version__in=ids)
    counts = builds.aggregate(
        builds=Count("pk"),
        lines=Sum("line_count", filter=Q(log_removed_at=None), default=0),
        active=Count("pk", filter=Q(state__in=ACTIVE)),
    )
    images = _images(builds)
    alone = [image for image in images if not image.is_shared]
    others = Version.objects.exclude(pk__in=ids).select_related("environment__workspace").defer("text", "definition")
    starters = started_from(alone) - set(ids)
    return Deletion(
        subject=subject,
        versions=versions,
        builds=counts["builds"],
        lines=counts["lines"],
        active=list(builds.active().for_pages().order_by("number")) if counts["active"] else [],
        images=alone,
        shared=len(images) - len(alone),
        contexts=_contexts({version.context_id for version in versions} - {None}, ids),
        children=list(others.filter(parent__in=ids).order_by("pk")),
        starters=list(others.filter(pk__in=starters).order_by("pk")) if starters else [],
    )


def _images(builds):
    """The images that these builds have and the engine holds, each with `is_shared`: whether other builds have it."""
    elsewhere = Build.objects.filter(image=OuterRef("pk")).exclude(pk__in=builds.values("pk"))
    held = Image.objects.filter(removed_at=None, pk__in=builds.values("image"))
    return list(held.annotate(is_shared=Exists(elsewhere)).defer("layers", "facts"))


def _contexts(named, ids):
    """The contexts of these that no other version than those that go names."""
    if not named:
        return []
    elsewhere = Version.objects.filter(context=OuterRef("pk")).exclude(pk__in=ids)
    return list(Context.objects.filter(~Exists(elsewhere), pk__in=named).defer("manifest"))


def _only(version):
    return Version.objects.filter(pk=version.pk)


@transaction.atomic
def delete(subject, *, by, seen=None):
    """Delete an Environment with all its versions, or a Version, and everything that is only theirs. Return the
    Deletion. Raises Gone, NotDeletable; MoreThanSeen if it would take another number of versions than `seen`, if given.

    Tombstones keep the names of versions; images and contexts are left to retention.
    """
    environment = environment_of(subject)
    _lock(environment)
    refuse_gone(subject)
    plan = plan_deletion(subject)
    if plan.is_refused:
        raise NotDeletable(plan)
    if seen not in (None, len(plan.versions)):
        raise MoreThanSeen(plan)
    name, action, workspace = str(subject), f"{subject._meta.model_name}.delete", workspace_of(subject)
    for version in plan.versions:  # children come before the parents they are protected by
        version.delete()
    if isinstance(subject, Environment):
        Environment.objects.filter(pk=subject.pk).delete()
    keep([environment.pk])
    gone = [version.name for version in plan.versions]
    record(by, action, name, workspace, versions=gone, builds=plan.builds, lines=plan.lines)
    return plan


def _lock(environment):
    """Keep others from publishing into it, from making versions of its versions and from asking for their builds.

    Builds that were given an image of it will forget by which build, so their environments are held as well."""
    given = Build.objects.filter(reused__version__environment=environment)
    hold([environment.pk, *given.values_list("version__environment", flat=True).distinct()])
    list(Version.objects.select_for_update().filter(environment=environment).values_list("pk"))


def cancel_active(subject, *, by):
    """Cancel the builds that keep an Environment or a Version from being deleted. Return how many there were."""
    active = plan_deletion(subject).active
    for build in active:
        cancel_build(build, by=by)
    return len(active)
