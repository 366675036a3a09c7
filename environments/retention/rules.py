"""Which image stays, which goes, and why: one table of rules, each a function with its sentence. Pure."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from environments.display.words import plural
from environments.retention.candidates import LENT, Candidate, Kind


@dataclass(frozen=True, slots=True)
class Terms:
    """What the rules are held to. `is_alone`: the engine serves this studio and nobody else."""

    now: datetime
    guard: timedelta
    rest: timedelta
    newest: int
    is_alone: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What becomes of one image, with the reason as a sentence."""

    image: Candidate
    keeps: bool
    reason: str


def elsewhere(image, terms):
    if image.here is False:
        return "It is not on this engine, so there is nothing to remove."
    return ""


def in_a_container(image, terms):
    return "A container on the engine was started from it." if image.has_container else ""


def under_way(image, terms):
    return f"{_capital(image.need.build)} has not ended and may need it." if image.need.build else ""


def stands(image, terms):
    return f"It is the image of {image.need.stands}." if image.need.stands else ""


def starts(image, terms):
    return f"{image.need.starts} is built on it." if image.need.starts else ""


def young(image, terms):
    if terms.now - image.last_used >= terms.guard:
        return ""
    return f"It was made or used within the last {_span(terms.guard)}."


def among_the_newest(image, terms):
    if image.need.rank is None or image.need.rank > terms.newest:
        return ""
    return (
        f"It is one of the {terms.newest} newest images of its environment."
        if terms.newest > 1
        else ("It is the newest image of its environment.")
    )


def at_rest(image, terms):
    since = image.need.since
    if since is None or terms.now - since >= terms.rest:
        return ""
    what = "Its versions are archived" if image.need.is_archived else "Newer builds have taken its place"
    return f"{what}, but not yet for {_span(terms.rest)}."


def perhaps_not_ours(image, terms):
    if image.kind == Kind.RECORDED or terms.is_alone:
        return ""
    return "The studio has no record of it; it is left alone, for others may use this engine."


def lent_to_builds(image, terms):
    if image.kind not in LENT:
        return ""
    if image.is_newest:
        return "It is the newest of its kind, and builds need it."
    if image.also_called:
        return f"It is {image.also_called} under one more name, which takes no space."
    return f"{_capital(image.need.running)} is running and may use it." if image.need.running else ""


# The first sentence decides that an image stays, and is the one that is told. One without any goes.
# Whoever else comes to need images, such as jobs that run in them, is one more rule here.
KEEPS = (
    *(elsewhere, in_a_container, under_way, stands, starts, lent_to_builds, young, among_the_newest),
    *(at_rest, perhaps_not_ours),
)
GOES = {
    Kind.UNRECORDED: "The studio has no record of it: its build was lost before it ended.",
    Kind.NAMELESS: "A newer image took its name.",
    Kind.LOCK: "A build used it to choose packages, and needs it no more.",
    Kind.BASE: "No image of an active version was built on it, and its own name went to a newer one.",
    Kind.TOOLS: "Builds use newer tools.",
}


def decide(image, terms):
    """The Verdict on one Candidate."""
    for rule in KEEPS:
        if sentence := rule(image, terms):
            return Verdict(image, True, sentence)
    return Verdict(image, False, GOES.get(image.kind) or _no_longer_needed(image, terms))


def _no_longer_needed(image, terms):
    if not image.need.has_versions:
        return "No version of it is left."
    what = "Its versions have been archived" if image.need.is_archived else "Newer builds have had its place"
    return f"{what} for {_span(terms.now - image.need.since)}."


def _capital(sentence):
    return sentence[:1].upper() + sentence[1:]


def _span(time):
    if time < timedelta(days=2):
        return plural(int(time / timedelta(hours=1)), "hour")
    return plural(time.days, "day")
