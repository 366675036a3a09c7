"""Who has a package: the versions whose image holds one that fits a condition such as `numpy<2`.

Names are looked up among those of workspaces somebody may see, before anything else: no other workspace's package
changes what is found, or is counted.
"""

import json
import re
from collections import defaultdict
from dataclasses import dataclass

from django.db import connection
from django.db.models import Exists, F, OuterRef, Q, TextField
from django.db.models.functions import Cast, Concat
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from environments.models import Environment, ImagePackage, PackageName, Version, Workspace
from environments.models.images import MANAGERS

MOST_MATCHES = 500  # versions
FEW = 2_000  # packages whose images are looked up one by one
TOLD = ("name", "sequence", "environment__name", "environment__workspace__slug")
SIGNS = set("<>=!~")  # of a condition on a version
TAG_PREFIX = "tag:"
A_TAG = re.compile(r"(?P<key>[^<>=!~]+)=[^<>=!~]*")
# One step along the index `who_has_this_package` for each version there is, however many images hold it.
VERSIONS = """
    WITH RECURSIVE wanted(name) AS (VALUES {places}),
    found(name, version) AS (
        SELECT name, (SELECT min(version) FROM environments_imagepackage p WHERE p.name = wanted.name) FROM wanted
        UNION ALL
        SELECT name, (
            SELECT min(version) FROM environments_imagepackage p WHERE p.name = found.name AND p.version > found.version
        )
        FROM found WHERE version IS NOT NULL
    )
    SELECT name, version FROM found WHERE version IS NOT NULL
"""
QUESTION = re.compile(r"(?P<name>[A-Za-z0-9](?:[A-Za-z0-9._+-]{0,198}[A-Za-z0-9+])?)\s*(?P<condition>[<>=!~].{0,200})?")


class NotAQuestion(Exception):
    """The text is no package name with an optional condition on its version. The message is one for people."""


@dataclass(frozen=True, slots=True)
class PackageQuestion:
    """A package's name, spelled in any of the ways pip takes for equal, and which versions are meant."""

    name: str
    versions: SpecifierSet

    def accepts(self, version):
        """Whether an installed version is meant; versions that are none of Python's only fit a question without one."""
        try:
            return not self.versions or self.versions.contains(version, prereleases=True)
        except InvalidVersion:
            return False

    def spellings(self, names):
        """Those of these names that mean the package: in any case, `-`, `_` and `.` being equal."""
        wanted = canonicalize_name(self.name)
        return [name for name in names if canonicalize_name(name) == wanted]


def read_question(text):
    """Read `numpy`, `numpy<2` or `numpy>=1.26,<2`. Raises NotAQuestion."""
    match = QUESTION.fullmatch(text.strip())
    if not match:
        raise NotAQuestion("This is no package name. Ask for something like numpy or numpy<2.")
    try:
        return PackageQuestion(match["name"], SpecifierSet(match["condition"] or ""))
    except InvalidSpecifier:
        message = f"“{match['condition'][:60]}” is no condition on a version. Write it like <2 or >=1.26,<2."
        raise NotAQuestion(message) from None


def package_names(workspaces, questions=(), parts=(), wholes=()):
    """Names of packages in images of these workspaces, in one query.

    Those that one of the questions means, that contain one of the parts, or that are one of the wholes in any case.
    """
    wanted = Q(plain__in=[canonicalize_name(question.name) for question in questions])
    for part in parts:
        wanted |= Q(name__icontains=part)
    for whole in wholes:
        wanted |= Q(name__iexact=whole)
    names = PackageName.objects.filter(wanted, workspace__in=workspaces)
    return list(names.order_by("name").values_list("name", flat=True).distinct())


def containing(part, names):
    """Those of these names that contain the part, the closest first."""
    part = part.lower()
    found = [name for name in names if part in name.lower()]
    return sorted(found, key=lambda name: (not name.lower().startswith(part), len(name), name))


def package_versions(names):
    """[(name, version)] of all packages with one of these names."""
    if not names:
        return []
    with connection.cursor() as cursor:
        cursor.execute(VERSIONS.format(places=", ".join(["(%s)"] * len(names))), list(names))
        return cursor.fetchall()


def with_tag_text(environments):
    """Environments to be asked for words: `tag_text` is their tags and those of their newest version, as text."""
    return environments.alias(tag_text=Concat(Cast("tags", TextField()), Cast("newest__tags", TextField())))


def in_words(text):
    """Whether name, description or a tag of environments that came through with_tag_text() holds the text."""
    described = Q(description__icontains=text) | Q(newest__description__icontains=text)
    return Q(name__icontains=text) | described | in_tags(text)


def in_tags(text):
    """Whether a tag of environments that came through with_tag_text() holds the text: a condition.

    A tag is a pair of the column's JSON, which one database writes with other letters than ASCII and one without.
    """
    found = Q(pk=None)
    if re.search(r"\w", text):
        for ascii_only in (True, False) if not text.isascii() else (True,):
            parts = [json.dumps(part, ensure_ascii=ascii_only)[1:-1] for part in text.split("=", 1)]
            found |= Q(tag_text__icontains='": "'.join(parts))
    return found


def matching_tag(environment, text):
    """`key=value` of the first tag of it or its newest version that the text is found in, "" if there is none."""
    pairs = [*environment.tags.items(), *(environment.newest.tags.items() if environment.newest else ())]
    tags = (f"{key}={value}" for key, value in pairs)
    return next((tag for tag in tags if text.lower() in tag.lower()), "")


def who_has(question, user):
    """holding() of what a question means exactly, in whatever spelling."""
    workspaces = Workspace.objects.visible_to(user)
    return holding(question, package_names(workspaces, [question]), workspaces)


def holding(question, names, workspaces):
    """[(Version, [(manager, name, version)])] of active versions, newest first, and whether that is all of them.

    What it reads is bounded: where few images hold such packages they are asked for, else versions are walked back from
    the newest one until there are enough.
    """
    packages = ImagePackage.objects.filter(name__in=names)
    if question.versions:
        versions = {version for _, version in package_versions(names) if question.accepts(version)}
        packages = packages.filter(version__in=versions)
    images = packages.order_by().values_list("image", flat=True)[: FEW + 1] if names else []
    few = set(images) if len(images) <= FEW else None
    packages = packages.filter(manager__in=MANAGERS)  # so that the index package_is_listed_once leads to them
    held = Exists(packages.filter(image=OuterRef("current_build__image")))
    seen = Environment.objects.filter(pk=OuterRef("environment"), archived_at=None, workspace__in=workspaces)
    found = Version.objects.filter(Exists(seen), archived_at=None)
    found = found.filter(held if few is None else Q(current_build__image__in=few))
    found = found.select_related("environment__workspace").only(*TOLD).annotate(built=F("current_build__image"))
    rows = list(found.order_by("-pk")[: MOST_MATCHES + 1])
    by_image = defaultdict(list)
    wanted = packages.filter(image__in={version.built for version in rows[:MOST_MATCHES]})
    for image, *package in wanted.order_by().values_list("image", "manager", "name", "version"):
        by_image[image].append(tuple(package))
    matches = [(version, sorted(by_image[version.built], key=_spelled)) for version in rows[:MOST_MATCHES]]
    return [match for match in matches if match[1]], len(rows) <= MOST_MATCHES


def _spelled(package):
    manager, name, version = package
    return name, version, manager
