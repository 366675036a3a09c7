"""Finds environments by the packages in their newest image: `torch`, or `torch>=2.4`."""

from environments.models import ImagePackage, Version
from environments.services.search import read_question

SIGNS = set("<>=!~")
MOST_HITS = 5000


def package_hits(newest_versions, text):
    """{environment id: "torch 2.5.1"}: what in the image of an environment's newest version answers the text.

    Part of a name is enough; with a condition it is the whole name. Raises NotAQuestion for a broken condition.
    """
    built = Version.objects.filter(pk__in=newest_versions, current_build__isnull=False)
    packages = ImagePackage.objects.filter(image__in=built.values("current_build__image"))
    found = {}
    for image_id, name, version in _matching(packages, text):
        found.setdefault(image_id, f"{name} {version}")
    holders = built.filter(current_build__image__in=found).values_list("environment_id", "current_build__image_id")
    return {environment_id: found[image_id] for environment_id, image_id in holders} if found else {}


def _matching(packages, text):
    """(image id, name, version) of the packages meant, those of exactly this name first."""
    rows = packages.order_by("name").values_list("image_id", "name", "version")
    if not SIGNS & set(text):
        named = list(rows.filter(name__icontains=text)[:MOST_HITS])
        return sorted(named, key=lambda row: row[1].lower() != text.lower())
    question = read_question(text)
    named = rows.filter(name__iregex=question.pattern)[:MOST_HITS]
    return [row for row in named if question.accepts(row[2])]
