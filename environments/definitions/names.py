"""Names of environments and of their versions."""

import re

from environments.definitions.model import Problem, Severity

MAX_NAME = 255
MAX_VERSION = 100
# Kept by Azure ML for its own curated environments; here for the catalogue's.
RESERVED_PREFIXES = ("AzureML-", "Microsoft")

# A version of any workspace: workspace/environment:version
VERSION_ANYWHERE = re.compile(r"(?P<ws>[^/:]+)/(?P<env>[^/:]+):(?P<version>[^/:]+)")

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_REMEDY = "Use letters, digits, “.”, “_” and “-”, beginning with a letter or digit and not ending in a dot."


def check_name(name: str, *, curated: bool = False) -> list[Problem]:
    """What is wrong with an environment's name. Only curated ones may have a reserved prefix."""
    problems = _check(name, "name", MAX_NAME)
    if not curated and name.startswith(RESERVED_PREFIXES):
        message = "Names beginning with “AzureML-” or “Microsoft” are kept for curated environments."
        problems.append(Problem("name-reserved", Severity.ERROR, message, "Choose another beginning.", "name"))
    return problems


def check_version_name(version: str) -> list[Problem]:
    """What is wrong with a version's name."""
    return _check(version, "version", MAX_VERSION)


def _check(text: str, what: str, longest: int) -> list[Problem]:
    if not text:
        return [Problem(f"{what}-missing", Severity.ERROR, f"The {what} is missing.", _REMEDY, what)]
    if "{{" in text:
        message = f"“{text[:60]}” is a placeholder that another tool would fill in."
        return [Problem("placeholder", Severity.ERROR, message, f"Write the {what} it stands for.", what)]
    if len(text) > longest:
        message = f"The {what} is longer than {longest} characters."
        return [Problem(f"{what}-too-long", Severity.ERROR, message, "Shorten it.", what)]
    if not _NAME.fullmatch(text) or ".." in text or text.endswith("."):
        message = f"“{text[:60]}” cannot be used as a {what}."
        return [Problem(f"{what}-invalid", Severity.ERROR, message, _REMEDY, what)]
    return []
