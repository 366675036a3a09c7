"""The words, icons and colours of every state, and how amounts are said to people. Pure; the only place for them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

MINUTE, HOUR, DAY, WEEK, MONTH, YEAR = 60, 3600, 86400, 7 * 86400, 30 * 86400, 365 * 86400
COMPONENT_END = re.compile(r"[.+!_-]")
INSTALL_STEPS = {  # the beginning of the name of a lock file: see definitions/render.py
    "source=conda.": "Install the conda packages",
    "source=heavy.": "Install the largest packages",
    "source=requirements.": "Install the locked packages",
    "source=heavy-": "Install the large packages that came later",
    "source=requirements-": "Install the packages that came later",
}
_OF_A_STAGE = re.compile(r"\[(?:[^]]* )?\d+/\d+\] ")  # "[2/5] ", "[stage-1 2/5] "
_LENT = re.compile(r"(?:\[[^]]*\] )?FROM (?:docker\.io/library/)?studio-tools[:@ ]")
_OUR_STEP = re.compile(r"(?:\[[^]]*\] )?RUN --mount=type=tmpfs,target=/run .*,target=/run/studio .*")

# The engine's history keeps no mounts, so a layer is known by the lock it reads.
_OUR_LAYER = re.compile(r"RUN TMPDIR=/run .* --require-hashes .* -r /run/((?:heavy|requirements)[.-])", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Status:
    """A word with its icon (a name in the sprite) and tone: "ok", "bad", "warn", "run" or "" for plain ink."""

    word: str
    icon: str
    tone: str = ""


STATUSES = {
    # builds: five states of the database, and five that derive from them (see build_status)
    "queued": Status("Queued", "clock"),
    "starting": Status("Starting", "loader", "run"),
    "running": Status("Running", "loader", "run"),
    "exporting": Status("Exporting", "loader", "run"),
    "succeeded": Status("Succeeded", "check", "ok"),
    "failed": Status("Failed", "fail", "bad"),
    "cancelling": Status("Cancelling", "loader", "warn"),
    "stuck": Status("Does not stop", "warn", "bad"),
    "cancelled": Status("Cancelled", "slash"),
    "lost": Status("Lost", "plug", "warn"),
    # steps of a build
    "waiting": Status("Waiting", "clock"),
    "skipped": Status("Not run", "slash"),
    "stopped": Status("Stopped here", "slash"),
    "done": Status("Done", "check"),
    # versions
    "ready": Status("Ready", "check", "ok"),
    "unbuilt": Status("Not built", "cube"),
    "active": Status("Active", "tick"),
    "deprecated": Status("Deprecated", "warn", "warn"),
    "archived": Status("Archived", "disk"),
    # trust
    "curated": Status("Curated", "shield"),
    "certified": Status("Certified", "ribbon"),
    "workspace": Status("Workspace", "users"),
    "reused": Status("Image reused", "layers"),
    "standin": Status("Stand-in, not the real image", "warn", "warn"),
    "gone": Status("Image removed", "trash", "warn"),
    # tokens
    "usable": Status("Usable", "check", "ok"),
    "expired": Status("Expired", "clock", "warn"),
    "revoked": Status("Revoked", "slash"),
    # what becomes of an image
    "stays": Status("Stays", "check"),
    "goes": Status("Goes", "trash", "warn"),
    # problems of a text
    "error": Status("Error", "fail", "bad"),
    "warning": Status("Warning", "warn", "warn"),
    "hint": Status("Hint", "info"),
}

KINDS = {
    "conda": Status("Conda", "flask"),
    "pip": Status("pip", "file"),
    "image": Status("Image", "cube"),
    "context": Status("Build context", "folder"),
}
SAID_TOGETHER = {  # hints of one kind in one sentence; the names follow
    "unpinned": "{count} packages are not pinned",
    "image-not-pinned": "{count} images are not pinned by digest",
}

CHANGES = {
    "updated": Status("Updated", "aup", "up"),
    "downgraded": Status("Downgraded", "adown", "down"),
    "added": Status("Added", "plus", "add"),
    "removed": Status("Removed", "minus", "rem"),
    "channel": Status("Other channel", "swap"),  # the same version from another channel or address
    "changed": Status("Changed", "swap"),  # neither newer nor older: another build, source or an unreadable version
}

ACTIONS = {  # of the audit trail, where people look at the life of one thing
    "version.create": Status("Version saved", "plus"),
    "version.describe": Status("Details changed", "pencil"),
    "version.archive": Status("Version archived", "disk"),
    "version.restore": Status("Version restored", "again"),
    "version.delete": Status("Version deleted", "trash", "bad"),
    "environment.describe": Status("Details changed", "pencil"),
    "environment.archive": Status("Environment archived", "disk"),
    "environment.restore": Status("Environment restored", "again"),
    "environment.delete": Status("Environment deleted", "trash", "bad"),
    "build.request": Status("Build asked for", "cube"),
    "build.cancel": Status("Build cancelled", "slash"),
    "build.does_not_stop": Status("Build does not stop", "warn", "warn"),
    "build.make_current": Status("Image made current", "tick"),
    "data.change": Status("Changed in the tables", "server"),
}

ROLES = {"viewer": "Viewer", "editor": "Editor", "admin": "Admin"}


def build_status(
    state: str,
    *,
    steps: int = 0,
    exporting: bool = False,
    cancelling: bool = False,
    stuck: bool = False,
    stale: bool = False,
) -> str:
    """Return the key of STATUSES that people see for a build in this state of the database.

    steps: how many have begun; exporting: the step under way writes the image; stuck: it was to stop long ago;
    stale: its worker stopped answering.
    """
    if state != "running":
        return state
    derived = {"stuck": stuck, "cancelling": cancelling, "lost": stale, "starting": not steps, "exporting": exporting}
    return next((key for key, applies in derived.items() if applies), "running")


def version_statuses(newest_build: str | None, *, ready: bool) -> tuple[str, ...]:
    """Return the keys a version shows: what its newest build does, and Ready if any build gave it an image."""
    if newest_build in (None, "succeeded"):
        return ("ready",) if ready else ("unbuilt",)
    return (newest_build, "ready") if ready else (newest_build,)


def lifecycle(archived: bool) -> str:
    """The key of STATUSES for whether something is still offered."""
    return "archived" if archived else "active"


def step_status(state: str, *, ended: bool) -> str:
    """Return the key a step shows; ended: its build is over, so what waited will not run and what ran was stopped."""
    if state == "queued":
        return "skipped" if ended else "waiting"
    if state == "cancelled" or (state == "running" and ended):
        return "stopped"
    return "done" if state == "succeeded" else state


def step_name(name: str) -> str:
    """The name of a build step; those of the long lines we wrote ourselves are said in words."""
    if not _OUR_STEP.fullmatch(name):
        return name
    return next((said for part, said in INSTALL_STEPS.items() if part in name), name)


def is_technical(name: str, kind: str) -> bool:
    """Whether a step is the engine's own and stands in no Dockerfile, such as `[internal] load ...`, or lends tools."""
    return kind == "export" or bool(_LENT.match(name)) or (kind == "internal" and not is_of_a_stage(name))


def is_of_a_stage(name: str) -> bool:
    """Whether the engine counted the step among those of a stage: by then it has told of them all."""
    return bool(_OF_A_STAGE.match(name))


def step_heading(number: str, name: str, seconds: float | None, *, cached: bool) -> str:
    """What stands above the log of a step in plain text: `#3 [2/5] RUN pip install x  12.4s`."""
    spent = "CACHED" if cached else "" if seconds is None else f"{seconds:.1f}s"
    return "  ".join(filter(None, [f"{number} {step_name(name)}", spent]))


def layer_name(made_by: str) -> str:
    """What made a layer, as the engine tells it: an instruction, or words for those we wrote ourselves."""
    found = _OUR_LAYER.match(made_by)
    return INSTALL_STEPS.get(f"source={found[1]}", made_by) if found else made_by


def plural(count: int, one: str, many: str = "") -> str:
    """1 build, 2 builds, 1,509 builds."""
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def listed(parts: Sequence[str]) -> str:
    """a; a and b; a, b and c."""
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))


def version_label(name: str) -> str:
    """`v5` where the name is a whole number, else the name itself."""
    return f"v{name}" if name.isascii() and name.isdigit() else name


def size(count: float) -> str:
    """Bytes in decimal units, as container tools print them: 512 B, 376 kB, 8.1 MB, 6.92 GB."""
    value, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if abs(value) < 999.5 or unit == "TB":
            break
        value /= 1000
    digits = 0 if unit in ("B", "kB") or abs(value) >= 99.5 else 1 if unit == "MB" else 2
    return f"{value:.{digits}f} {unit}"


def duration(seconds: float) -> str:
    """0.4 s, 41 s, 2 m 46 s, 1 h 4 m, 2 h."""
    if seconds < 9.95:
        return f"{max(seconds, 0):.1f} s"
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} m {whole % MINUTE} s"
    minutes = whole % HOUR // MINUTE
    return f"{whole // HOUR} h {minutes} m" if minutes else f"{whole // HOUR} h"


def soon(seconds: float) -> str:
    """A guess of when: within a minute, in about 6 min, in about 2 h."""
    if seconds < MINUTE:
        return "within a minute"
    minutes = round(seconds / MINUTE)
    return f"in about {minutes} min" if minutes < HOUR // MINUTE else f"in about {round(seconds / HOUR)} h"


def late(position: int) -> str:
    """When the build at this place starts, where those that run take longer than usual."""
    before = "one" if position == 2 else position - 1
    turn = "next, as soon as a running build ends" if position == 1 else f"after the {before} before it"
    return f"{turn}; what runs takes longer than usual"


def busy(running: int, slots: int) -> str:
    """2 of 3 workers busy, where `slots` builds can run at once."""
    return f"{min(running, slots)} of {plural(slots, 'worker')} busy" if slots else "no worker takes builds"


def ago(seconds: float) -> str:
    """How long ago: just now, 12 min ago, yesterday, in 3 days. studio.js says the same."""
    distance = abs(seconds)
    if distance < MINUTE:
        return "just now"
    amount = _amount(distance)
    if seconds < 0:
        return "tomorrow" if amount == "1 day" else f"in {amount}"
    return "yesterday" if amount == "1 day" else f"{amount} ago"


def _amount(seconds: float) -> str:
    if seconds < HOUR:
        return f"{int(seconds // MINUTE)} min"
    if seconds < DAY:
        return f"{int(seconds // HOUR)} h"
    units = ((2 * WEEK, DAY, "day"), (2 * MONTH, WEEK, "week"), (2 * YEAR, MONTH, "month"))
    for limit, unit, name in units:
        if seconds < limit:
            return plural(int(seconds // unit), name)
    return plural(int(seconds // YEAR), "year")


def split_change(before: str, after: str) -> tuple[str, str]:
    """Split `after` where its first component differs from `before`: ("2.8.0", "2.9.1") -> ("2.", "9.1")."""
    cut = 0
    for end in _component_ends(after):
        if before[:end] != after[:end]:
            break
        cut = end
    if cut == len(after) and before != after:  # "2.9" after "2.9.1": all of it is there, nothing to mark but the end
        cut = max((end for end in _component_ends(after) if end < len(after)), default=0)
    return after[:cut], after[cut:]


def _component_ends(version: str) -> Iterable[int]:
    yield from (match.end() for match in COMPONENT_END.finditer(version))
    yield len(version)


def short_digest(value: str) -> str:
    """sha256:9f2c41ab…90d1 of a whole digest, with or without its algorithm; short texts stay as they are."""
    algorithm, colon, digits = value.rpartition(":")
    return value if len(digits) <= 16 else f"{algorithm}{colon}{digits[:8]}…{digits[-4:]}"


def initials(name: str) -> str:
    """AR for Ana Ruiz, AD for admin: at most two letters."""
    words = re.findall(r"\w+", name)
    letters = words[0][0] + words[-1][0] if len(words) > 1 else name[:2]
    return letters.upper()
