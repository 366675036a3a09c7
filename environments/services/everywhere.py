"""One search across every workspace a person may see: environments, versions, builds, and who holds a package."""

import re
from dataclasses import dataclass, field

from django.db.models import Case, Count, F, Max, Q, TextField, Value, When
from django.db.models.functions import Cast

from environments.models import Build, Environment, ImagePackage, Version, Workspace
from environments.services.search import SIGNS, NotAQuestion, PackageQuestion, in_tags, package_names, read_question

MOST_NAMES = 10  # packages whose name only contains what was asked for
A_BUILD = re.compile(r"(?:build\s*)?#?\s*(?P<number>[0-9]{1,9})", re.IGNORECASE)
A_VERSION = re.compile(r"(?:(?P<workspace>[a-z0-9-]+)/)?(?P<name>[A-Za-z0-9._-]+):v?(?P<version>[A-Za-z0-9._-]*)")
PACKAGE = "current_build__image__packages__name"
INSTALLED = "current_build__image__packages__version"


@dataclass(frozen=True, slots=True)
class Question:
    """What a text may mean. `unread` says in a sentence what of it could not be read, "" if nothing."""

    text: str
    build: int | None = None
    version: re.Match | None = None
    package: PackageQuestion | None = None
    unread: str = ""


@dataclass(frozen=True, slots=True)
class Holding:
    """Versions whose images hold packages that were asked for.

    kinds: [{"package", "installed", "versions", "environments"}], each package version with how many hold it.
    """

    kinds: list = field(default_factory=list)
    versions: object = None

    def by_environment(self):
        """[{"environment", "versions", "newest"}], one of each environment: how many hold it, the newest's sequence."""
        if not self.kinds:
            return Version.objects.none().values("environment")
        rows = self.versions.order_by("environment__workspace__slug", "environment__name")
        grouped = rows.values("environment", "environment__workspace__slug", "environment__name")
        return grouped.annotate(versions=Count("pk", distinct=True), newest=Max("sequence"))


def read(text):
    """Read `numpy<2`, `train:3`, `#42`, `team=robots` or any other text as a Question."""
    if match := A_BUILD.fullmatch(text):
        return Question(text, build=int(match["number"]))
    if match := A_VERSION.fullmatch(text):
        return Question(text, version=match)
    try:
        return Question(text, package=read_question(text))
    except NotAQuestion as error:
        return Question(text, unread=str(error) if SIGNS & set(text) else "")


def find_environments(user, text):
    """Environments by name, description or tag, archived ones too: the best named first, what is archived last."""
    seen = Environment.objects.visible_to(user).filter(anonymous=False).annotate(tag_text=Cast("tags", TextField()))
    by_words = Q(name__icontains=text) | Q(description__icontains=text) | in_tags(text)
    named = Case(When(name__iexact=text, then=Value(0)), When(name__istartswith=text, then=Value(1)), default=Value(2))
    order = (F("archived_at").asc(nulls_first=True), named, "name", "workspace__slug")
    return seen.filter(by_words).select_related("workspace").order_by(*order)


def find_versions(user, match):
    """Versions as `name:version` or `workspace/name:version` calls them, of what is not archived the newest first."""
    seen = Version.objects.visible_to(user).filter(environment__anonymous=False)
    found = seen.filter(environment__name__icontains=match["name"], name__istartswith=match["version"])
    if match["workspace"]:
        found = found.filter(environment__workspace__slug=match["workspace"])
    return found.select_related("environment__workspace", "author").order_by("environment__name", "-sequence")


def find_builds(user, number):
    """The builds with this number; every workspace counts its own."""
    return Build.objects.for_pages().visible_to(user).filter(number=number).order_by("-created_at")


def find_holding(user, question):
    """A Holding of the packages a PackageQuestion means, in active versions of what user may see.

    Without a condition, and where no package has exactly this name, those are meant whose name contains it.
    """
    names = _spellings(question)
    if not names:
        return Holding()
    active = Version.objects.active().filter(environment__workspace__in=Workspace.objects.visible_to(user))
    held = active.filter(**{f"{PACKAGE}__in": names})
    grouped = held.order_by().values(package=F(PACKAGE), installed=F(INSTALLED))
    counted = grouped.annotate(versions=Count("pk", distinct=True), environments=Count("environment", distinct=True))
    kinds = [row for row in counted if question.accepts(row["installed"])]
    kinds.sort(key=lambda row: (-row["environments"], row["package"], row["installed"]))
    installed = {row["installed"] for row in kinds}
    return Holding(kinds, active.filter(**{f"{PACKAGE}__in": names, f"{INSTALLED}__in": installed}))


def held_by(holding, rows):
    """{environment id: {"version": the newest that holds one, "package", "installed"}} for rows of by_environment()."""
    newest = Q(pk=None)
    for row in rows:
        newest |= Q(environment=row["environment"], sequence=row["newest"])
    versions = Version.objects.filter(newest).defer("text", "definition")
    versions = versions.select_related("environment__workspace", "current_build")
    meant = {(row["package"], row["installed"]) for row in holding.kinds}
    images = [version.current_build.image_id for version in versions]
    found = ImagePackage.objects.filter(image__in=images, name__in={package for package, _ in meant})
    packages = found.order_by("-name", "-version").values_list("image", "name", "version")
    held = {image: (name, installed) for image, name, installed in packages if (name, installed) in meant}
    return {
        version.environment_id: {"version": version}
        | dict(zip(("package", "installed"), held[version.current_build.image_id], strict=True))
        for version in versions
    }


def _spellings(question):
    """The names under which packages that are meant are listed."""
    names = package_names()
    equal = question.spellings(names)
    if equal or question.versions:
        return equal
    part = question.name.lower()
    holding = [name for name in names if part in name.lower()]
    return sorted(holding, key=lambda name: (not name.lower().startswith(part), len(name), name))[:MOST_NAMES]
