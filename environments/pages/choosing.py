"""A side of a comparison that is being chosen: workspace, environment and version, each narrowed by the one before."""

from functools import cached_property

from django.db.models import F, Q

from environments.definitions.names import VERSION_ANYWHERE
from environments.models import Environment, Version
from environments.pages.fragments import asked

FIELDS = ("ws", "env", "version")
MOST_ENVIRONMENTS = 50  # suggested; the others are found by typing a part of their names
MOST_VERSIONS = 200


def chosen_of(query, end):
    """{"ws", "env", "version"} from the fields `from_ws`, ..., or all of them from `from=ws/env:version`."""
    if match := VERSION_ANYWHERE.fullmatch(asked(query, end)):
        return match.groupdict()
    return {field: asked(query, f"{end}_{field}") for field in FIELDS}


class Side:
    """What the form shows of one side. What the user may not see is as what is not there."""

    def __init__(self, user, end, chosen):
        self.end = end
        self.chosen = chosen
        self._user = user

    @cached_property
    def environments(self):
        """Names to suggest: those that hold what was typed, or all if it is one of them."""
        found = Environment.objects.visible_to(self._user).filter(workspace__slug=self.chosen["ws"], anonymous=False)
        if not self.versions:
            found = found.filter(name__icontains=self.chosen["env"])
        return list(found.order_by("name").values_list("name", flat=True)[:MOST_ENVIRONMENTS])

    @cached_property
    def versions(self):
        """The newest Versions of the environment and the chosen one, newest first; [] while none is named."""
        found = Version.objects.visible_to(self._user).filter(
            Q(sequence__gt=F("environment__last_sequence") - MOST_VERSIONS) | Q(name=self.chosen["version"]),
            environment__workspace__slug=self.chosen["ws"],
            environment__name=self.chosen["env"],
        )
        return list(found.newest_first().only("name", "archived_at", "current_build_id"))

    @property
    def version(self):
        """The name of the version chosen, by default the newest; "" if there is none."""
        names = [version.name for version in self.versions]
        return self.chosen["version"] if self.chosen["version"] in names else next(iter(names), "")

    @property
    def reference(self):
        return f"{self.chosen['ws']}/{self.chosen['env']}:{self.version}"

    def given(self):
        """[(field, value)] of the form as it stands, for its address."""
        return [
            (f"{self.end}_{field}", value)
            for field, value in (self.chosen | {"version": self.version}).items()
            if value
        ]
