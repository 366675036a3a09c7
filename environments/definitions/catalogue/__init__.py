"""Every problem the studio can tell, once: its code, how bad it is, why it matters and what to do.

A new code needs one entry in the module of its topic; tests/unit/test_catalogue.py fails until it has one.
"""

import re
from collections.abc import Mapping
from types import MappingProxyType

from environments.definitions.catalogue.conda import CONDA
from environments.definitions.catalogue.dockerfiles import DOCKERFILES
from environments.definitions.catalogue.entry import Entry, Topic
from environments.definitions.catalogue.environments import ENVIRONMENTS
from environments.definitions.catalogue.fetching import FETCHING
from environments.definitions.catalogue.images import IMAGES
from environments.definitions.catalogue.installing import INSTALLING
from environments.definitions.catalogue.pip import PIP
from environments.definitions.catalogue.running import RUNNING
from environments.definitions.catalogue.secrets import SECRETS
from environments.definitions.catalogue.texts import TEXTS
from environments.definitions.catalogue.uploads import UPLOADS

__all__ = ["CATALOGUE", "FAMILY", "Entry", "Topic", "entry_of", "setting_of"]

ENTRIES = (
    *ENVIRONMENTS,
    *TEXTS,
    *IMAGES,
    *CONDA,
    *PIP,
    *DOCKERFILES,
    *UPLOADS,
    *SECRETS,
    *INSTALLING,
    *RUNNING,
    *FETCHING,
)
CATALOGUE: Mapping[str, Entry] = MappingProxyType({entry.code: entry for entry in ENTRIES})
FAMILY = "hadolint"  # one entry for all of that program's rules; their codes are hadolint-DL3008, hadolint-SC2086, …


_RULE_OF_FAMILY = re.compile(rf"{FAMILY}-(?:DL|SC)[0-9]{{4}}")


def setting_of(code: str) -> str:
    """The code a workspace's level is set for: its own, or that of its family."""
    return FAMILY if _RULE_OF_FAMILY.fullmatch(code) else code


def entry_of(code: str) -> Entry | None:
    """The entry that explains a code; None for a code nobody gives."""
    return CATALOGUE.get(setting_of(code))
