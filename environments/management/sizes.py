"""How much a seeded database holds."""

from dataclasses import dataclass


class TooFew(Exception):
    """The sizes do not fit each other. The message says which."""


@dataclass(frozen=True)
class Sizes:
    """How much is made. `packages` are all rows of them; `compared` those of each of two images to be compared."""

    environments: int = 2_000
    versions: int = 10_000
    packages: int = 600_000
    compared: int = 1_000
    workspaces: int = 6
    people: int = 12

    def check(self):
        """Raise TooFew unless every environment can have a version and every image a package."""
        if self.environments < 2 or self.workspaces < 1 or self.people < 1:
            raise TooFew("There must be two environments, a workspace and a person at least.")
        if self.versions <= self.environments:
            raise TooFew("There must be more versions than environments.")
        if self.packages < self.versions + 2 * self.compared:
            raise TooFew("There must be a package for each version, beside those of the two that are compared.")
