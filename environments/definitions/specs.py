"""Conda match specifications: kept as written, taken apart only as far as names and plausibility need.

Grammar: `[channel::]name[ version[ build]][\\[key=value,…\\]]`, see conda's `MatchSpec`.
"""

import re

MAX_SPEC = 500

_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_KNOWN_LETTERS = re.compile(r"[A-Za-z0-9_.+!*<>=~,|^$() -]*")
_SWAPPED = re.compile(r"=[<>~]")
_MISSING_COMMA = re.compile(r"[A-Za-z0-9*]\s*(?:[<>~]|!=)")
_DANGLING = re.compile(r"[<>=!~,|]\s*(?:$|[,|)])")

_EXAMPLE = "Write it like numpy=1.26 or numpy>=1.26,<2."


def spec_name(spec: str) -> str:
    """The package a match specification asks for, in small letters, without its channel; "" if there is none."""
    found = _NAME.match(_without_channel(spec))
    return found[0].lower() if found else ""


def spec_version(spec: str) -> str:
    """What follows the name, without the bracketed part: `=3.11`, `>=1.2,<2`, `` if any version will do."""
    bare = _without_channel(spec).partition("[")[0]
    return bare[len(spec_name(spec)) :].strip()


def check_spec(spec: str) -> tuple[str, str, str] | None:
    """Code, message and remedy for what conda could not read or this studio does not take; None if all is well."""
    if len(spec) > MAX_SPEC:
        return "conda-spec", f"The specification is longer than {MAX_SPEC} characters.", _EXAMPLE
    if not spec.replace("\t", " ").isprintable():
        return "conda-spec", "The specification holds a line end or a character that cannot be seen.", _EXAMPLE
    if "://" in spec or spec.startswith(("file:", "/", ".", "~")):
        message = f"“{spec[:60]}” is an address or path, not a package."
        return "conda-address", message, "Name the package, or move the line to the “pip:” section."
    if not spec_name(spec):
        return "conda-spec", f"“{spec[:60]}” names no package.", _EXAMPLE
    return _bad_brackets(spec) or _bad_version(spec)


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
    if not _KNOWN_LETTERS.fullmatch(version):
        return "conda-spec", f"{message}.", _EXAMPLE
    if _SWAPPED.search(version) or "===" in version:
        return "conda-operator", f"{message}: the operator is unknown.", "Use one of =, ==, !=, >=, <=, >, < and ~=."
    if _DANGLING.search(version):
        return "conda-spec", f"{message}: a version is missing after an operator.", _EXAMPLE
    if _MISSING_COMMA.search(version):
        return "conda-spec", f"{message}: two conditions follow each other.", "Put a comma between them."
    return None


def _without_channel(spec: str) -> str:
    before, separator, after = spec.partition("::")
    return (after if separator and "[" not in before else spec).strip()
