"""The story of a package in an environment: in which version it entered, moved and left."""

from dataclasses import dataclass
from itertools import pairwise

from packaging.specifiers import SpecifierSet

from environments.diffing.changes import diff_packages, package_key
from environments.models import ImagePackage, Version, Workspace
from environments.models.images import MANAGERS
from environments.services.search import PackageQuestion, package_names

MOST_VERSIONS = 500  # the newest ones with an image
TOLD = ("name", "sequence", "message", "created_at", "current_build__image")
CHANNEL, ASKED, PULLED = "channel", "asked", "pulled"  # kinds of turns besides those of diff_packages


@dataclass(frozen=True)
class Turn:
    """What a Version did with a package. `kind` is one of diffing.PackageChange, or one of the three above.

    `before` and `after` are versions of the package, "" where it is not there; for "channel" they are where it comes
    from. `asked` is whether the definition names it; `since` is the Version compared with, None for the first.
    """

    version: Version
    since: Version | None
    kind: str
    manager: str
    before: str
    after: str
    asked: bool


@dataclass(frozen=True)
class Story:
    """Turns, newest first; the packages of the newest built version.

    How many versions have no image, how many that have one it tells of, and how many of these hold the package;
    is_complete is False where there are more built versions, older ones.
    """

    turns: list[Turn]
    now: list[ImagePackage]
    newest: Version | None
    unbuilt: int
    built: int
    holding: int
    is_complete: bool


def package_story(environment, name):
    """The Story of a package, in whatever case and with whatever of `-`, `_` and `.` pip's name for it is written.

    Versions that were never built say nothing about it and are passed over. Asks four questions, and reads no more than
    the newest MOST_VERSIONS.
    """
    with_image = environment.versions.filter(current_build__image__isnull=False).select_related("current_build")
    newest = list(with_image.only("environment", *TOLD).order_by("-sequence")[: MOST_VERSIONS + 1])
    built = newest[:MOST_VERSIONS][::-1]
    for version in built:
        version.environment = environment
    images = _packages(environment.workspace, [version.current_build.image_id for version in built], name)
    found = [(version, images.get(version.current_build.image_id, [])) for version in built]
    is_complete = len(newest) <= MOST_VERSIONS
    steps = pairwise([(None, []), *found] if is_complete else found)
    turns = [turn for (since, old), (version, new) in steps for turn in _turns(since, version, old, new)]
    return Story(
        turns=turns[::-1],
        now=found[-1][1] if found else [],
        newest=built[-1] if built else None,
        unbuilt=environment.versions.filter(current_build__image=None).count(),
        built=len(built),
        holding=sum(bool(packages) for _, packages in found),
        is_complete=is_complete,
    )


def _packages(workspace, images, name):
    """{image id: [ImagePackage, ...]} of the package in these images of the workspace's versions."""
    question = PackageQuestion(name, SpecifierSet())
    names = package_names(Workspace.objects.whose_images_serve(workspace), [question])
    rows = ImagePackage.objects.filter(image__in=images, manager__in=MANAGERS, name__in=names).defer("required_by")
    found = {}
    for package in rows.order_by("manager", "version"):
        if package.manager == "pip" or package.name == name:
            found.setdefault(package.image_id, []).append(package)
    return found


def _turns(since, version, old, new):
    changes = list(diff_packages(old, new))
    for change in changes:
        asked = _asked(new or old, change.manager)
        yield Turn(version, since, change.kind, change.manager, change.old, change.new, asked)
    changed = {change.manager for change in changes}
    for manager in sorted({package_key(one)[0] for one in old} & {package_key(one)[0] for one in new}):
        was, now = _asked(old, manager), _asked(new, manager)
        before, after = (_of(packages, manager) for packages in (old, new))
        if was != now:
            yield Turn(version, since, ASKED if now else PULLED, manager, before, after, now)
        sources = [", ".join(sorted({one.origin for one in side if one.manager == manager})) for side in (old, new)]
        if manager not in changed and all(sources) and sources[0] != sources[1]:
            yield Turn(version, since, CHANNEL, manager, *sources, now)


def _asked(packages, manager):
    return any(package.asked for package in packages if package.manager == manager)


def _of(packages, manager):
    return ", ".join(package.version for package in packages if package.manager == manager)
