"""Packages from the records their managers keep in an image: dpkg's status, conda's `conda-meta`, Python's metadata."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from packaging.markers import Marker, UndefinedComparison, UndefinedEnvironmentName
from packaging.requirements import InvalidRequirement, Requirement
from packaging.utils import canonicalize_name
from rattler import Channel

from environments.engine.probe import Distribution
from environments.engine.protocol import Need, Package

NAME_LENGTH = 200
SOURCE_LENGTH = 250
CONDA_PREFIXES = ("/opt/env", "/opt/conda", "/opt/miniconda")
_ALIAS = Channel("x").base_url.removesuffix("x/")  # conda writes down an address where people give a name
_STARTS_WITH = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_ASKS_EXTRA = re.compile(r"""extra\s*==\s*["']([^"']+)["']""")
_DPKG_NAME = re.compile(r"[a-z0-9][a-z0-9+.-]*")


def conda_prefixes(environment: Mapping[str, str]) -> list[str]:
    """Folders that may hold a conda environment: those on PATH, CONDA_PREFIX, and the usual ones."""
    folders = [folder for folder in environment.get("PATH", "").split(":") if folder.endswith("/bin")]
    active = environment.get("CONDA_PREFIX", "")
    found = {*(folder.removesuffix("/bin") for folder in folders), *CONDA_PREFIXES, active}
    return sorted(prefix for prefix in found if prefix.startswith("/"))


def dpkg_packages(records: Iterable[str]) -> Iterator[Package]:
    """Read dpkg's status texts (deb-control(5)); packages that were removed and left settings behind are not there."""
    stanzas = [_fields(stanza) for record in records for stanza in record.split("\n\n")]
    installed = [
        fields
        for fields in stanzas
        if fields.get("status", "installed").endswith("installed") and {"package", "version"} <= fields.keys()
    ]
    providers = {name: fields["package"] for fields in installed for name in _dpkg_names(fields.get("provides", ""))}
    providers |= {fields["package"]: fields["package"] for fields in installed}
    for fields in installed:
        wanted = (fields.get("pre-depends", ""), fields.get("depends", ""))
        requires = tuple(_dpkg_needs(", ".join(filter(None, wanted)), providers))
        yield Package("dpkg", fields["package"], fields["version"], requires=requires)


def conda_package(record: bytes) -> Package | None:
    """Read one file of `conda-meta`; None if it is damaged."""
    try:
        value = json.loads(record)
        channel = str(value.get("channel") or "").removeprefix(_ALIAS).rstrip("/")
        names = [str(spec).partition(" ")[0] for spec in value.get("depends") or ()]
        requires = tuple(Need(name) for name in dict.fromkeys(names) if name and not name.startswith("__"))
        return Package("conda", str(value["name"]), str(value["version"]), channel, requires)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def pip_packages(distributions: Iterable[Distribution], markers: Mapping[str, str]) -> Iterator[Package]:
    """What conda installed is conda's only. Requirements are read for what is there, if `markers` are known."""
    known = list(distributions)
    names: set[str] = {canonicalize_name(found.name) for found in known}
    for found in known:
        if found.installer != "conda":
            requires = tuple(_pip_needs(found.requirements, names, markers)) if markers else ()
            yield Package("pip", found.name, found.version, _direct_source(found.direct_url), requires)


def distributions_in(files: Iterable[tuple[str, bytes]]) -> list[Distribution]:
    """From (path, bytes) of metadata files; an INSTALLER file lies beside its METADATA. No text is kept but names."""
    named: dict[str, tuple[str, str]] = {}
    installers: dict[str, str] = {}
    for path, content in files:
        folder, _, file = path.rpartition("/")
        text = content.decode("utf-8", "replace")
        if file == "INSTALLER":
            installers[folder] = text.strip()[:NAME_LENGTH]
        else:
            fields = _fields(text.partition("\n\n")[0])
            named[folder] = fields.get("name", "")[: NAME_LENGTH + 1], fields.get("version", "")[: NAME_LENGTH + 1]
    return [
        Distribution(name, version, installers.get(folder, ""))
        for folder, (name, version) in named.items()
        if name and version
    ]


def in_order(packages: Iterable[Package]) -> tuple[Package, ...]:
    """Each once, sorted by manager and name; an image may hold anything under the name of a package."""
    once = {(found.manager, found.name, found.version): found for found in packages if _sound(found)}
    return tuple(sorted(once.values(), key=lambda found: (found.manager, found.name.lower(), found.version)))


def _dpkg_names(relation: str) -> Iterator[str]:
    """`a (= 1), b:any` -> a, b"""
    for part in relation.split(","):
        if name := _DPKG_NAME.match(part.strip()):
            yield name[0]


def _dpkg_needs(relation: str, providers: Mapping[str, str]) -> Iterator[Need]:
    """Of each group of alternatives the first that is there, by its own name or by what it provides."""
    found: dict[str, None] = {}
    for group in relation.split(","):
        there = (providers[name] for name in _dpkg_names(group.replace("|", ",")) if name in providers)
        if name := next(there, None):
            found.setdefault(name)
    return map(Need, found)


def _pip_needs(lines: Iterable[str], names: set[str], markers: Mapping[str, str]) -> Iterator[Need]:
    for line in lines:
        start = _STARTS_WITH.match(line)
        if start is None or canonicalize_name(start[0]) not in names:
            continue
        try:
            requirement = Requirement(line)
            extras = tuple(sorted(canonicalize_name(extra) for extra in requirement.extras))
            for under in _applies_under(requirement.marker, markers):
                yield Need(canonicalize_name(requirement.name), extras, under)
        except (InvalidRequirement, UndefinedComparison, UndefinedEnvironmentName):
            continue


def _applies_under(marker: Marker | None, markers: Mapping[str, str]) -> list[str]:
    """[""] if the marker holds in any case, else the extras under which it does."""
    if marker is None or marker.evaluate({**markers, "extra": ""}):
        return [""]
    extras = _ASKS_EXTRA.findall(str(marker))
    return [canonicalize_name(extra) for extra in extras if marker.evaluate({**markers, "extra": extra})]


def _direct_source(text: str) -> str:
    """Where a distribution came from that was not asked of an index (PEP 610), without credentials; else ""."""
    try:
        value = json.loads(text)
        parts = urlsplit(value["url"])
        address = parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()
        vcs = value.get("vcs_info")
        whole = f"{vcs['vcs']}+{address}@{vcs['commit_id']}" if vcs else address
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return ""
    return whole[:SOURCE_LENGTH] if whole.isprintable() else ""


def _fields(stanza: str) -> dict[str, str]:
    """`Name: value` lines by lower-case name, the first of each; continued lines are left out."""
    found: dict[str, str] = {}
    for line in stanza.splitlines():
        name, colon, value = line.partition(":")
        if colon and not line[0].isspace():
            found.setdefault(name.lower(), value.strip())
    return found


def _sound(package: Package) -> bool:
    values = (package.name, package.version, package.source)
    return (
        bool(package.name and package.version)
        and all(value.isprintable() for value in values)
        and max(len(package.name), len(package.version)) <= NAME_LENGTH
        and len(package.source) <= SOURCE_LENGTH
    )
