"""What a version has to do with others: what was made from it, and how its image grew since the one before."""

from dataclasses import dataclass

from django.db.models import Count, Window

from environments.models import Version

SHOWN = 5


@dataclass(frozen=True)
class Growth:
    """How many bytes an image has more than that of `version`, an earlier one."""

    bytes: int
    version: Version

    @property
    def bytes_apart(self):
        return abs(self.bytes)


def made_from(version, user):
    """{"shown", "more"}: the newest versions made from this one that user may see, and how many there are beyond."""
    children = version.children.visible_to(user).annotate(total=Window(Count("pk")))
    found = children.select_related("environment__workspace", "author").order_by("-created_at", "-pk")
    shown = list(found[:SHOWN])
    return {"shown": shown, "more": shown[0].total - len(shown) if shown else 0}


def growth(lineage):
    """The Growth of the first version's image since that of the next in the lineage that has one; None without."""
    images = [(entry["version"], entry["version"].image_built) for entry in lineage]
    (_, image), *earlier = images
    before = next(((version, other) for version, other in earlier if other), None)
    return Growth(image.size - before[1].size, before[0]) if before else None
