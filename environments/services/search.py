"""Who has a package: the versions whose image holds one that fits a condition such as `numpy<2`."""

import json
import re
from dataclasses import dataclass

from django.db import connection
from django.db.models import Q
from packaging.specifiers import InvalidSpecifier, SpecifierSet
from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion

from environments.models import ImagePackage, Version, Workspace

MOST_MATCHES = 500
TOLD = ("name", "sequence", "environment__name", "environment__workspace__slug", "current_build__image")
UNTOLD = ("source", "asked", "required_by")
SIGNS = set("<>=!~")  # of a condition on a version
# One step along the index `who_has_this_package` for each name there is, however many packages bear it.
NAMES = """
    WITH RECURSIVE names(name) AS (
        SELECT min(name) FROM environments_imagepackage
        UNION ALL
        SELECT (SELECT min(name) FROM environments_imagepackage WHERE name > names.name)
        FROM names WHERE names.name IS NOT NULL
    )
    SELECT name FROM names WHERE name IS NOT NULL
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


def package_names():
    """Every name that a package of any image has."""
    with connection.cursor() as cursor:
        cursor.execute(NAMES)
        return [name for (name,) in cursor.fetchall()]


def in_tags(text):
    """Whether a tag of environments with `tag_text`, their tags as text, holds the text: a condition.

    A tag is a pair of the column's JSON, which one database writes with other letters than ASCII and one without.
    """
    found = Q(pk=None)
    if re.search(r"\w", text):
        for ascii_only in (True, False):
            parts = [json.dumps(part, ensure_ascii=ascii_only)[1:-1] for part in text.split("=", 1)]
            found |= Q(tag_text__icontains='": "'.join(parts))
    return found


def who_has(question, user):
    """[(Version, ImagePackage)] of active versions user may see, and whether that is all of them."""
    named = ImagePackage.objects.filter(name__in=question.spellings(package_names()))
    installed = named.order_by("version").values_list("version", flat=True).distinct()
    packages = named.filter(version__in=[version for version in installed if question.accepts(version)])
    seen = Version.objects.active().filter(environment__workspace__in=Workspace.objects.visible_to(user))
    found = seen.filter(current_build__image__in=packages.values("image"))
    found = found.select_related("environment__workspace", "current_build").only(*TOLD)
    rows = list(found.order_by("environment__workspace__slug", "environment__name", "-sequence")[: MOST_MATCHES + 1])
    images = [version.current_build.image_id for version in rows]
    by_image = {package.image_id: package for package in packages.filter(image__in=images).defer(*UNTOLD)}
    matches = [(version, by_image[version.current_build.image_id]) for version in rows]
    return matches[:MOST_MATCHES], len(matches) <= MOST_MATCHES
