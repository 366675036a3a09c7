"""How long the catalogue's environments are looked after, in words."""

from django.utils import timezone

from curated.bundle import bundled_entries
from environments.display import words
from environments.models import CURATED

PATCHES = {
    "ok": words.Status("Patches until {}", "shield", "ok"),
    "warn": words.Status("Patches end on {}", "warn", "warn"),
    "bad": words.Status("Patches ended on {}", "fail", "bad"),
}
UNPATCHED = "{} gets no more patches: they ended on {}."


def entry_of(name):
    """The bundle's Entry of this name; None for an environment the bundle no longer holds."""
    return next((entry for entry in bundled_entries() if entry.name == name), None)


def tone_of(entry):
    """ "ok", "warn" or "bad" today; "ok" where nobody said how long."""
    return entry.support.tone(timezone.localdate()) if entry else "ok"


def patches_of(entry):
    """A words.Status saying how long patches come, None where nobody said so."""
    if not entry:
        return None
    said = PATCHES[tone_of(entry)]
    return words.Status(said.word.format(day(entry.support.patches_until)), said.icon, said.tone)


def warning_of(version):
    """What one must know before using a curated version whose patches have ended; "" for every other one."""
    if version.environment.workspace.slug != CURATED:
        return ""
    entry = entry_of(version.environment.name)
    return UNPATCHED.format(entry.name, day(entry.support.patches_until)) if tone_of(entry) == "bad" else ""


def day(date):
    """30 Jun 2027."""
    return f"{date.day} {date:%b %Y}"
