"""What a new environment may be started from: searched, and never more of them than one reads."""

from django.db.models import Case, Q, Value, When

from environments.models import CURATED, Environment, Version

MOST = 8


def origins(user, here, text=""):
    """(newest active Versions of some environments, whether there are more): curated ones and those of `here` first.

    Found by a part of the name, the description or the workspace's name.
    """
    near = Case(
        When(workspace__slug=CURATED, then=Value(0)), When(workspace__slug=here, then=Value(1)), default=Value(2)
    )
    words = Q(name__icontains=text) | Q(description__icontains=text) | Q(workspace__slug__icontains=text)
    found = Environment.objects.visible_to(user).listed().filter(words, newest__isnull=False)
    named = found.order_by(near, "workspace__slug", "name")
    keys = list(named.values_list("newest", flat=True)[: MOST + 1])
    versions = Version.objects.select_related("environment__workspace").in_bulk(keys[:MOST])
    return [versions[key] for key in keys[:MOST] if key in versions], len(keys) > MOST
