"""Conda match specifications: kept as written, read with conda's meaning, handed to rattler in its own words.

Grammar: `[channel[/subdir]::]name[ version[ build]][\\[key=value,…\\]]`. What each form means is what conda's
`MatchSpec` makes of it (decision 7): `=1.2` is the 1.2 series, `==1.2` and a bare `1.2` are that version, and with a
build string `=1.2` is that version too.
"""

import re

import rattler
from rattler.exceptions import InvalidMatchSpecError

from environments.definitions.addresses import check_address

MAX_SPEC = 500  # rattler's parser recurses into brackets, so this bounds its stack as well as its work

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_KNOWN_LETTERS = re.compile(r"[A-Za-z0-9_.+!*<>=~,|^$() -]*")
_SWAPPED = re.compile(r"=[<>~]")
_MISSING_COMMA = re.compile(r"[A-Za-z0-9*]\s*(?:[<>~]|!=)")
_DANGLING = re.compile(r"[<>=!~,|]\s*(?:$|[,|)])")
_OPERATOR = re.compile(r"\s*([=<>!~,|]+)\s*")
# A build string follows a version after a blank or “=”, and holds no operator (conda's _parse_version_plus_build).
_BUILD = re.compile(r"(?<=[^=!|,<>~\s])(?:\s*=\s*|\s+)([^-=,|<>~\s]+)$")
# conda heeds “.*” after “=” and “!=” only; after these it drops it and warns.
_IDLE_STAR = re.compile(r"(?<![!~=<>])(==|[<>]=?)([^,|<>=!~*]+)\.\*(?=$|[,|)])")
_AFTER_NAME = re.compile(r"(?:$|[\s=<>!~\[])")
_CHANNEL = re.compile(r"[A-Za-z0-9][A-Za-z0-9._/-]{0,254}")
_COMPATIBLE_STAR = re.compile(r"~=[^,|]*\*")

_CONDA_ONLY = {"extras": False, "conditionals": False, "flags": False}  # rattler's own additions
_EXAMPLE = "Write it like numpy=1.26 or numpy>=1.26,<2."
_PLACEHOLDER = "{{"


def tidy_spec(spec: str) -> str:
    """The specification without a comment and without blanks that mean nothing: `a >= 1, < 2` is `a>=1,<2`."""
    head, bracket, inside = " ".join(spec.partition("#")[0].split()).partition("[")
    return _OPERATOR.sub(r"\1", head) + bracket + inside


def spec_name(spec: str) -> str:
    """The package a match specification asks for, in small letters, without its channel; "" if there is none."""
    found = _NAME.match(_split_channel(spec)[1])
    return found[0].lower() if found else ""


def spec_version(spec: str) -> str:
    """What follows the name, without the bracketed part: `=3.11`, `>=1.2,<2`, `` if any version will do."""
    bare = _split_channel(spec)[1].partition("[")[0]
    return bare[len(spec_name(spec)) :].strip()


def spec_condition(spec: str) -> str:
    """The versions asked for, without operators that guess: `=3.11` is `3.11.*`, `3.11` is `==3.11`; "" for any."""
    try:
        return _parse(spec).version or ""
    except ValueError:
        return spec_version(spec)


def match_spec(spec: str) -> str:
    """The specification for rattler's strict parser and its solver, with conda's meaning.

    Raises ValueError for what conda could not read; check_spec says it to a person.
    """
    return _parse(spec).to_canonical_string()


def check_spec(spec: str) -> tuple[str, str, str] | None:
    """Code, message and remedy for what conda could not read or this studio does not take; None if all is well."""
    if len(spec) > MAX_SPEC:
        return "conda-spec", f"The specification is longer than {MAX_SPEC} characters.", _EXAMPLE
    if _PLACEHOLDER in spec:
        message = f"“{spec[:60]}” holds a placeholder that another tool would fill in."
        return "placeholder", message, "Write what it stands for."
    if not spec.replace("\t", " ").isprintable():
        return "conda-spec", "The specification holds a line end or a character that cannot be seen.", _EXAMPLE
    spec = tidy_spec(spec)
    channel, rest = _split_channel(spec)
    if "://" in rest or rest.startswith(("file:", "/", ".", "~")):
        message = f"“{spec[:60]}” is an address or path, not a package."
        return "conda-address", message, "Name the package, or move the line to the “pip:” section."
    if not spec_name(spec):
        return "conda-spec", f"“{spec[:60]}” names no package.", _EXAMPLE
    return (channel and check_channel(channel)) or _bad_brackets(spec) or _bad_version(spec) or _unreadable(spec)


def check_channel(channel: str) -> tuple[str, str, str] | None:
    """Code, message and remedy for what is neither a channel's name nor an address channels are read from."""
    if "://" in channel:
        return check_address(channel)
    if _CHANNEL.fullmatch(channel) and ".." not in channel:
        return None
    return "conda-channel", f"“{channel[:60]}” is no channel.", "Give a name such as conda-forge, or an address."


def _parse(spec: str) -> rattler.MatchSpec:
    """Raises ValueError; InvalidMatchSpecError and a panic of the Rust code become one."""
    if len(spec) > MAX_SPEC:
        raise ValueError("The specification is too long.")
    channel, rest = _split_channel(tidy_spec(spec))
    head, bracket, inside = rest.partition("[")
    name = head[: len(spec_name(rest))]
    version = head[len(name) :].strip()
    found = _BUILD.search(version)
    build = found[1] if found else ""
    version = _as_rattler_writes(version[: found.start()] if found else version, build)
    words = f"{channel}::{name}" if channel else name
    try:
        return rattler.MatchSpec(f"{words} {version} {build}".strip() + bracket + inside, **_CONDA_ONLY)
    except InvalidMatchSpecError as error:
        raise ValueError(str(error)) from None
    except BaseException as error:
        # pyo3 turns a panic into an exception that is no Exception, and offers no class to catch it by.
        if type(error).__name__ == "PanicException":
            raise ValueError("The specification cannot be read.") from None
        raise


def _as_rattler_writes(version: str, build: str) -> str:
    """A version as conda rewrites it before it is read (`MatchSpec`, step 7 of its parser)."""
    version = version.replace(" ", "")
    if version.startswith("==") and not build:
        version = version[2:]
    elif version.startswith("=") and not set("=,|").intersection(version[1:]):
        version = version[1:] if build or version.endswith("*") else f"{version[1:]}*"
    return _IDLE_STAR.sub(r"\1\2", version)


def _unreadable(spec: str) -> tuple[str, str, str] | None:
    message = f"“{spec[:60]}” is no specification conda can read"
    try:
        match_spec(spec)
    except ValueError as error:
        if "regex" in str(error):
            message = f"“{spec[:60]}” has a “*” in the middle of a version, which the solver does not know."
            return "conda-spec", message, "End the version with it, or give a range such as >=1.2,<2."
        return "conda-spec", f"{message}.", _EXAMPLE
    return None


def _bad_brackets(spec: str) -> tuple[str, str, str] | None:
    _, bracket, inside = spec.partition("[")
    if not bracket:
        return None
    if not inside.endswith("]"):
        return "conda-spec", f"“{spec[:60]}” holds a bracket that is not closed at its end.", _EXAMPLE
    if "=" not in inside:
        message = f"“{spec[:60]}” asks for an extra, which only pip knows."
        return "conda-extra", message, "Move the line to the “pip:” section."
    return None


def _bad_version(spec: str) -> tuple[str, str, str] | None:
    version = spec_version(spec)
    if version.startswith("- "):
        message = f"“{spec[:60]}” is one line to YAML: the indented list needs a colon before it."
        return "conda-colon", message, f"Write “- {spec_name(spec)}:” with a colon, and the list below it."
    message = f"“{spec[:60]}” is no specification conda can read"
    name_end = len(spec_name(spec))
    if not _KNOWN_LETTERS.fullmatch(version) or not _AFTER_NAME.match(_split_channel(spec)[1], name_end):
        return "conda-spec", f"{message}.", _EXAMPLE
    if _SWAPPED.search(version) or "===" in version:
        return "conda-operator", f"{message}: the operator is unknown.", "Use one of =, ==, !=, >=, <=, >, < and ~=."
    if _COMPATIBLE_STAR.search(version):
        return "conda-spec", f"{message}: “~=” takes no “*”.", _EXAMPLE
    if _DANGLING.search(version):
        return "conda-spec", f"{message}: a version is missing after an operator.", _EXAMPLE
    if _MISSING_COMMA.search(version):
        return "conda-spec", f"{message}: two conditions follow each other.", "Put a comma between them."
    return None


def _split_channel(spec: str) -> tuple[str, str]:
    """The channel, "" if none is named, and the rest."""
    before, separator, after = spec.partition("::")
    return (before.strip(), after.strip()) if separator and "[" not in before else ("", spec.strip())
