"""Every package in an image: dpkg's and conda's from their own records, Python's from the image's Python.

Only the last runs code of the image, locked down; where there is no Python to ask, the image's files are read through.
"""

import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import PurePosixPath

from docker import APIClient
from rattler import Channel

from environments.engine.archives import held, read_all, read_many
from environments.engine.client import Address, connected
from environments.engine.probe import ask_python
from environments.engine.protocol import ImageInfo, Package

RECORD_BYTES = 32_000_000
METADATA_BYTES = 1_000_000
NAME_LENGTH = 200
MOST_PACKAGES = 50_000  # of each way to look: an image may say anything of itself
# dpkg's own file, and the folder in its place in images without a package manager ("distroless").
DPKG_RECORDS = ("/var/lib/dpkg/status", "/var/lib/dpkg/status.d")
CONDA_PREFIXES = ("/opt/env", "/opt/conda", "/opt/miniconda")
_ALIAS = Channel("x").base_url.removesuffix("x/")  # conda writes down an address where people give a name
_PYTHON_RECORDS = (".dist-info/METADATA", ".dist-info/INSTALLER", ".egg-info/PKG-INFO")


def packages_of(address: Address, image: ImageInfo) -> list[Package]:
    """Sorted by manager and name. What conda installed is conda's only, though pip would list it as well."""
    found = set(islice(_recorded(address, image), MOST_PACKAGES))
    answer = ask_python(address, image.image_id)
    distributions = answer.packages if answer else _unpacked(address, image.image_id)
    found.update(pip_packages(distributions))
    return sorted(filter(_sound, found), key=lambda package: (package.manager, package.name.lower(), package.version))


def conda_prefixes(image: ImageInfo) -> list[str]:
    """Folders that may hold a conda environment: those on PATH, CONDA_PREFIX, and the usual ones."""
    path = map(PurePosixPath, image.environment.get("PATH", "").split(":"))
    on_path = [str(folder.parent) for folder in path if folder.name == "bin"]
    active = image.environment.get("CONDA_PREFIX", "")
    return sorted({*on_path, *CONDA_PREFIXES, *([active] if active.startswith("/") else [])})


def dpkg_packages(record: str) -> Iterator[Package]:
    """Read dpkg's status text (deb-control(5)); packages that were removed and left settings behind are not there."""
    for stanza in record.split("\n\n"):
        fields = _fields(stanza)
        if fields.get("status", "installed").endswith("installed") and {"package", "version"} <= fields.keys():
            yield Package("dpkg", fields["package"], fields["version"])


def conda_package(record: bytes) -> Package | None:
    """Read one file of `conda-meta`; None if it is damaged."""
    try:
        value = json.loads(record)
        channel = str(value.get("channel") or "").removeprefix(_ALIAS).rstrip("/")
        return Package("conda", str(value["name"]), str(value["version"]), channel)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        return None


def pip_packages(distributions: Iterable[tuple[str, str, str]]) -> Iterator[Package]:
    """From (name, version, installer) of each distribution."""
    for name, version, installer in distributions:
        if installer != "conda":
            yield Package("pip", name, version)


def distributions_in(files: Iterable[tuple[str, bytes]]) -> list[tuple[str, str, str]]:
    """(name, version, installer) from (path, bytes) of metadata files; an INSTALLER file lies beside its METADATA."""
    metadata: dict[str, dict[str, str]] = {}
    installers: dict[str, str] = {}
    for path, content in files:
        folder, _, file = path.rpartition("/")
        text = content.decode("utf-8", "replace")
        if file == "INSTALLER":
            installers[folder] = text.strip()
        else:
            metadata[folder] = _fields(text.partition("\n\n")[0])
    complete = {folder: fields for folder, fields in metadata.items() if {"name", "version"} <= fields.keys()}
    return [(fields["name"], fields["version"], installers.get(folder, "")) for folder, fields in complete.items()]


def _recorded(address: Address, image: ImageInfo) -> Iterator[Package]:
    with connected(address) as client, held(client, image.image_id) as container:
        yield from _dpkg(client, container)
        for prefix in conda_prefixes(image):
            yield from _conda(client, container, prefix)


def _dpkg(client: APIClient, container: str) -> Iterator[Package]:
    for path in DPKG_RECORDS:
        for name, content in read_many(client, container, path, RECORD_BYTES):
            if not name.endswith(".md5sums"):
                yield from dpkg_packages(content.decode("utf-8", "replace"))


def _conda(client: APIClient, container: str, prefix: str) -> Iterator[Package]:
    for name, content in read_many(client, container, f"{prefix}/conda-meta", RECORD_BYTES):
        package = conda_package(content) if name.endswith(".json") else None
        if package:
            yield package


def _unpacked(address: Address, image_id: str) -> list[tuple[str, str, str]]:
    with connected(address) as client, held(client, image_id) as container:
        files = read_all(client, container, _PYTHON_RECORDS, METADATA_BYTES)
        return distributions_in(islice(files, MOST_PACKAGES))


def _fields(stanza: str) -> dict[str, str]:
    """`Name: value` lines by lower-case name, the first of each; continued lines are left out."""
    found: dict[str, str] = {}
    for line in stanza.splitlines():
        name, colon, value = line.partition(":")
        if colon and not line[0].isspace():
            found.setdefault(name.lower(), value.strip())
    return found


def _sound(package: Package) -> bool:
    """An image may hold anything under the name of a package."""
    values = (package.name, package.version, package.source)
    return bool(package.name and package.version) and all(len(v) <= NAME_LENGTH and v.isprintable() for v in values)
