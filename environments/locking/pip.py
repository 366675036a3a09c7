"""Locks pip requirements with uv, as a build step on the Python they are for: text in, a Dockerfile and files out.

The resolver runs in the sandbox that the build will run in. So a package that has no wheel may run its own code to
say what it needs without reaching the worker, and no user's text is ever read by a process that knows the studio's
secrets.
"""

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name

from environments.definitions.render import BASE_PYTHON, CONDA_LOCK, LOCK_FOLDER, MOUNTS, PREFIX, Site, conda_stage

LOCK_PATH, SIZES_PATH = f"{LOCK_FOLDER}/requirements.lock", f"{LOCK_FOLDER}/pylock.toml"
HEAVY_BYTES = 5_000_000  # a wheel of this size is worth a layer that others can share
NOISE = re.compile(r"^(Using|Resolved|warning: The requested Python|Prepared|Building|Built|Updating)\b")
PIN = re.compile(r"^(?P<name>[A-Za-z0-9][A-Za-z0-9._-]*)(?:\[[^\]]*\])?==(?P<version>[^\s;\\]+)")

WHEELS_ONLY = "--only-binary :all:"
NEEDS_WHEELS = (
    "In this workspace steps of builds are to reach no network, so only wheels are installed: "
    "any other form of a package runs code of its own while it is installed."
)

MOST_BYTES = 4_000_000  # of a lock; 1,000 packages have about a quarter of it
MOST_WRITTEN = 2_000  # characters of one entry without its hashes
MOST_BRACKETS = 50  # in one entry: whoever reads a marker later calls itself for each of them

# Options that say where packages come from, and in which form: an install from the lock needs them as well.
_LASTING_OPTIONS = frozenset(
    [
        *("-i", "--index-url", "--pypi-url", "--extra-index-url", "-f", "--find-links", "--no-index"),
        *("--only-binary", "--no-binary"),
    ]
)
_OPTION = re.compile(r"^(-i|-f|--(?:index|extra-index|pypi)-url|--find-links)([ =])(\S+)")
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_WRITTEN = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?:\[[A-Za-z0-9._, -]*\])?(?:==[^\s;\\]+| @ [^\s\\]+)(?: ;[ -~]+)?")
_HASH = re.compile(r"--hash=[a-z0-9]+:[0-9a-f]+")
# uv writes one package a table: its name in a line, its wheels in one line or in several.
_PACKAGE_NAME = re.compile(r'name = "([A-Za-z0-9._-]+)"')
_SIZE = re.compile(r"\bsize = ([0-9_]{1,15})\b")
_RUN = """\
    --mount=type=bind,source=requirements.in,target=/run/requirements.in \\
    --mount=type=bind,source=constraints.in,target=/run/constraints.in \\
    --mount=type=bind,source=kept.in,target=/run/kept.in \\
    --mount=type=bind,source=new.in,target=/run/new.in \\
    sh /run/studio/lock.sh {python}
FROM scratch
COPY --from=lock {folder} {folder}
"""


class LockError(Exception):
    """What is asked for cannot be resolved for this base. The text is the resolver's explanation."""


def lock_context(
    requirements: Sequence[str],
    limits: Sequence[str] = (),
    *,
    base: str,
    site: Site,
    nonce: str,
    conda_lock: str = "",
    kept: str = "",
) -> tuple[str, dict[str, bytes]]:
    """Return (Dockerfile, files) of a build whose image holds only LOCK_PATH and SIZES_PATH.

    `limits` are constraints: they hold for what is installed anyway. With a conda lock the packages are for the Python
    it installs, and what it installs need not be locked again. What the lock `kept` has stays as it is where it fits,
    and only what it lacks is looked up. `nonce` tells the build from all before it, so that its answer is a fresh one.
    """
    lines = {
        "requirements.in": [*requirements, f"# {nonce}"],
        "constraints.in": limits,
        "kept.in": [f"{name}=={version}" for name, version in pins(kept)],
        "new.in": _to_look_up(requirements, kept) if kept else [],
    }
    files = {name: "".join(f"{line}\n" for line in those).encode() for name, those in lines.items()}
    stage, copy, python = "", "", BASE_PYTHON
    if conda_lock:
        files[CONDA_LOCK] = conda_lock.encode()
        stage, copy, python = (
            conda_stage(site),
            f"COPY --from=conda {PREFIX} {PREFIX}\n",
            f"{PREFIX}/bin/python {PREFIX}",
        )
    mounts = MOUNTS.format(tools=site.tools, cache=site.caches["uv"])
    run = _RUN.format(python=python, folder=LOCK_FOLDER)
    return f"{stage}FROM {base} AS lock\nUSER root\n{copy}{mounts}{run}", files


def _to_look_up(requirements: Sequence[str], kept: str) -> list[str]:
    """The options of requirements, and those of them that no package of `kept` meets; [] if there are none."""
    known = {str(canonicalize_name(name)): version for name, version in pins(kept)}
    options = [line for line in requirements if line.startswith("-")]
    new = [line for line in requirements if not line.startswith("-") and not _meets(line, known)]
    return [*options, *new] if new else []


def _meets(line: str, known: Mapping[str, str]) -> bool:
    try:
        requirement = Requirement(line)
    except InvalidRequirement:
        return False
    version = known.get(canonicalize_name(requirement.name))
    is_plain = not requirement.url and not requirement.extras  # what an extra brings may be new
    return bool(version and is_plain and requirement.specifier.contains(version, prereleases=True))


def finished(text: str, requirements: Sequence[str] = ()) -> str:
    """The lock as it is kept: the lasting options of the requirements, then uv's packages without any comment.

    Raises LockError for what uv would not have written: while packages are asked what they need, their own code runs
    beside the resolver and could put anything in its place.
    """
    if len(text) > MOST_BYTES:
        raise LockError(f"The lock is longer than {MOST_BYTES // 1_000_000} MB. Ask for fewer packages.")
    options = [line for line in requirements if line.split(" ")[0] in _LASTING_OPTIONS]
    lines = [line.rstrip() for line in text.splitlines() if line.strip() and not line.startswith(("#", "-"))]
    packages = "".join(f"{line}\n" for line in lines)
    for entry in entries(packages):
        _check_entry(entry)
    return "".join(f"{line}\n" for line in options) + packages


def _check_entry(entry: str) -> None:
    written, *hashes = (part.strip() for part in entry.replace("\\\n", "\n").strip().split("\n"))
    is_short = len(written) <= MOST_WRITTEN and written.count("(") <= MOST_BRACKETS
    if not is_short or not _WRITTEN.fullmatch(written) or not all(map(_HASH.fullmatch, hashes)):
        raise LockError(f"The resolver left what is no lock: “{written[:80]}”.")


def through_mirrors(lines: Sequence[str], served: Callable[[str], str]) -> list[str]:
    """Lines of requirements or of a lock with the index addresses in their options put where a mirror serves them."""
    return [_OPTION.sub(lambda found: f"{found[1]}{found[2]}{served(found[3])}", line) for line in lines]


def wheels_only(lines: Sequence[str]) -> list[str]:
    """Lines of requirements or of a lock so that only wheels are taken. Raises LockError if they ask for others."""
    if refused := next((line for line in lines if re.match(r"--no-binary\b", line)), None):
        raise LockError(f"{NEEDS_WHEELS} So “{refused.strip()[:80]}” cannot be done.")
    return [f"{WHEELS_ONLY}\n", *lines]


def explain_wheels(output: str) -> str:
    """What `explain` says of a failure, and why a package without a wheel is one, where that is what failed."""
    said = explain(output)
    return f"{said}\n{NEEDS_WHEELS}" if re.search("no usable wheels|[Bb]uilding (from )?source", said) else said


def pins(text: str) -> list[tuple[str, str]]:
    """(name, version) of each package in a lock, in its order."""
    return [(found["name"], found["version"]) for line in text.splitlines() if (found := PIN.match(line))]


def heavy_packages(pylock: str) -> list[str]:
    """The normalised names of packages with a wheel of at least HEAVY_BYTES, as uv wrote their sizes down (PEP 751).

    Read line by line, in time that the length bounds. What the index does not say, or a text that is no pylock, makes
    nothing heavy: layers are a matter of speed.
    """
    heavy, name = set(), ""
    for line in pylock[:MOST_BYTES].splitlines():
        if found := _PACKAGE_NAME.fullmatch(line):
            name = canonicalize_name(found[1])
        elif name and not line.startswith("sdist") and any(int(size) >= HEAVY_BYTES for size in _SIZE.findall(line)):
            heavy.add(name)
    return sorted(heavy)


def split(lock: str, names: Collection[str]) -> tuple[str, str]:
    """A lock as two: the packages of these normalised names, and all others. Both keep its options."""
    options = [line for line in lock.splitlines(keepends=True) if line.startswith("-")]
    chosen, others = list(options), list(options)
    for entry in entries(lock):
        (chosen if canonicalize_name(name_of(entry)) in names else others).append(entry)
    return "".join(chosen), "".join(others)


def explain(output: str) -> str:
    """What uv said of a failure, without its chatter: some lines of plain sentences, at most 2,000 characters."""
    lines = [line.strip(" ×╰─▶│├") for line in output.splitlines() if not NOISE.match(line)]
    text = "\n".join(line.removeprefix("cause: ") for line in lines if line)
    return text.removeprefix("error: ")[:2000]


def name_of(entry: str) -> str:
    """The name at the start of an entry, as it is written there."""
    found = _NAME.match(entry)
    return found[0] if found else ""


def entries(lock: str) -> Iterator[str]:
    """Each package with the indented lines of its hashes."""
    entry = ""
    for line in lock.splitlines(keepends=True):
        if line.startswith("-"):
            continue
        if not line[0].isspace() and entry:
            yield entry
            entry = ""
        entry += line
    if entry:
        yield entry
