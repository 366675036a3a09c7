"""What each version of an environment brought, read from the packages of its images."""

from dataclasses import dataclass
from itertools import pairwise

from environments.definitions.digest import from_canonical
from environments.models import Version
from environments.pages.changes import Change, asked_changes, got_changes, image_id_of, packages_of

NAMED = 8


@dataclass(frozen=True)
class Release:
    """A version with what changed from the one before; `got` says whether the images were compared, or what is asked.

    changes: None for the first version there is. `more` changes are not named.
    """

    version: Version
    changes: tuple[Change, ...] | None
    more: int = 0
    got: bool = False


def changelog(versions):
    """A Release for each of the versions (newest first, with current_build); the last one is only compared with."""
    packages = packages_of(image_id_of(version) for version in versions)
    return [_release(older, newer, packages) for newer, older in pairwise([*versions, None])]


def _release(older, newer, packages):
    if older is None:
        return Release(newer, None)
    before, after = image_id_of(older), image_id_of(newer)
    if before and after:
        changes = got_changes(packages[before], packages[after])
    else:
        changes = asked_changes(from_canonical(older.definition), from_canonical(newer.definition))
    return Release(newer, tuple(changes[:NAMED]), max(0, len(changes) - NAMED), bool(before and after))
