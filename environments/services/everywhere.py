"""One search across every workspace a person may see: environments, versions, builds, and who holds a package."""

import re
from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Case, Exists, F, OuterRef, Value, When

from environments.models import Build, Environment, Version, Workspace
from environments.services.search import (
    A_TAG,
    SIGNS,
    TAG_PREFIX,
    NotAQuestion,
    PackageQuestion,
    containing,
    holding,
    in_tags,
    in_words,
    package_names,
    read_question,
    with_tag_text,
)

MOST_NAMES = 10  # packages whose name only contains what was asked for
A_BUILD = re.compile(r"(?:build\s*)?#?\s*(?P<number>[0-9]{1,9})", re.IGNORECASE)
A_VERSION = re.compile(r"(?:(?P<workspace>[a-z0-9-]+)/)?(?P<name>[A-Za-z0-9._-]+):v?(?P<version>[A-Za-z0-9._-]*)")


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
    """What services.search.holding() found of packages that were asked for, and whether that is all of it."""

    matches: list = field(default_factory=list)
    is_complete: bool = True

    def kinds(self):
        """[{"package", "installed", "versions", "environments"}], each package version with how many hold it."""
        held = defaultdict(set)
        for version, packages in self.matches:
            for _, name, installed in packages:
                held[name, installed].add(version)
        kinds = [
            {
                "package": name,
                "installed": installed,
                "versions": len(versions),
                "environments": len({version.environment_id for version in versions}),
            }
            for (name, installed), versions in held.items()
        ]
        return sorted(kinds, key=lambda row: (-row["environments"], row["package"], row["installed"]))

    def by_environment(self):
        """[{"version", "package", "installed", "versions"}], one of each environment: the newest that holds one."""
        rows = {}
        for version, [(_, name, installed), *_] in self.matches:
            newest = {"version": version, "package": name, "installed": installed, "versions": 0}
            rows.setdefault(version.environment_id, newest)["versions"] += 1
        return sorted(rows.values(), key=lambda row: _place(row["version"].environment))


def _place(environment):
    return environment.workspace.slug, environment.name


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


def unread(user, question):
    """What of a Question could not be read, in a sentence, "" if nothing.

    `team=robots` is a tag, though `numpy=2` is a condition nobody can read where user may see a package numpy.
    """
    tag = A_TAG.fullmatch(question.text)
    if tag and not package_names(Workspace.objects.visible_to(user), wholes=[tag["key"].strip()]):
        return ""
    return question.unread


def find_environments(user, text):
    """Environments by name, description or tag, archived ones too: the best named first, what is archived last.

    All of them are read through from end to end, for which SQLite takes a fifth of what it takes by workspace.
    """
    seen = Exists(Workspace.objects.visible_to(user).filter(pk=OuterRef("workspace")))
    found = with_tag_text(Environment.objects.filter(seen, anonymous=False))
    named = Case(When(name__iexact=text, then=Value(0)), When(name__istartswith=text, then=Value(1)), default=Value(2))
    order = (F("archived_at").asc(nulls_first=True), named, "name", "workspace__slug")
    unread = ("newest__text", "newest__definition", "newest__message")
    tag = text.removeprefix(TAG_PREFIX)
    related = found.filter(in_words(text) if tag == text else in_tags(tag)).select_related("workspace", "newest")
    return related.defer(*unread).order_by(*order)


def find_versions(user, match):
    """Versions as `name:version` or `workspace/name:version` calls them, archived ones too.

    By environment, of each the newest first; a part of its name and the beginning of the version's are enough.
    """
    seen = Version.objects.visible_to(user).filter(environment__anonymous=False)
    found = seen.filter(environment__name__icontains=match["name"], name__istartswith=match["version"])
    if match["workspace"]:
        found = found.filter(environment__workspace__slug=match["workspace"])
    order = ("environment__name", "environment__workspace__slug", "-sequence")
    return found.select_related("environment__workspace", "author").defer("text", "definition").order_by(*order)


def find_builds(user, number):
    """The builds with this number; every workspace counts its own."""
    return Build.objects.for_pages().visible_to(user).filter(number=number).order_by("-created_at")


def find_holding(user, question):
    """A Holding of the packages a PackageQuestion means, in active versions of what user may see.

    Without a condition, and where no package there has exactly this name, those are meant whose name contains it.
    """
    workspaces = Workspace.objects.visible_to(user)
    names = package_names(workspaces, [question])
    if not names and not question.versions:
        names = containing(question.name, package_names(workspaces, parts=[question.name]))[:MOST_NAMES]
    return Holding(*holding(question, names, workspaces))
