"""The mirrors file: where images, conda channels and package indexes are really served.

TOML, every table optional. Keys are quoted prefixes, values say what stands in their place:

    [images]
    "docker.io" = "registry.example:5000/hub"
    "mcr.microsoft.com/azureml" = "registry.example:5000/azureml"
    [channels]
    "conda-forge" = "https://mirror.example/conda-forge"
    [indexes]
    "https://index.example/simple" = "https://mirror.example/simple"

The longest prefix wins; a prefix ends where a part of the name ends, so `docker.io/library/py` is none of
`docker.io/library/python`. Pure: the text comes in, values go out.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from environments.engine.protocol import EngineError

HUB = "docker.io"
TABLES = ("images", "channels", "indexes")
_NONE: Mapping[str, str] = MappingProxyType({})


class MirrorsError(EngineError):
    """The mirrors file cannot be used; the text is one sentence."""


@dataclass(frozen=True, slots=True)
class Mirrors:
    """Prefix -> where it is served, for each of the three kinds of sources."""

    images: Mapping[str, str] = field(default_factory=lambda: _NONE)
    channels: Mapping[str, str] = field(default_factory=lambda: _NONE)
    indexes: Mapping[str, str] = field(default_factory=lambda: _NONE)

    def image(self, reference: str) -> str | None:
        """The full name under which a mirror serves an image, or None where no prefix fits."""
        return _replace(full_name(reference), self.images)

    def channel(self, name: str) -> str:
        """The address of a conda channel, or the name itself where no prefix fits."""
        return _replace(name.rstrip("/"), self.channels) or name

    def index(self, address: str) -> str:
        """The address a package index is served at, or the address itself where no prefix fits."""
        return _replace(address.rstrip("/"), self.indexes) or address


def read_mirrors(text: str) -> Mirrors:
    """Read the text of a mirrors file. Raises MirrorsError."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise MirrorsError(f"The mirrors file is not valid TOML: {error}.") from error
    unknown = sorted(set(document) - set(TABLES))
    if unknown:
        raise MirrorsError(f"The mirrors file has a table [{unknown[0]}]; it may hold only {', '.join(TABLES)}.")
    tables = {name: _table(name, document.get(name, {})) for name in TABLES}
    images = {_image_prefix(prefix): served for prefix, served in tables["images"].items()}
    return Mirrors(images=images, channels=tables["channels"], indexes=tables["indexes"])


def _table(name: str, table: object) -> dict[str, str]:
    if not isinstance(table, dict):
        raise MirrorsError(f"In the mirrors file, {name} must be a table of prefixes and addresses.")
    for prefix, served in table.items():
        if not isinstance(served, str) or not served.strip():
            raise MirrorsError(
                f"In the mirrors file, put quotes around {prefix!r} in [{name}] and one address after it."
            )
    return {prefix.rstrip("/"): served.strip().rstrip("/") for prefix, served in table.items()}


def full_name(reference: str) -> str:
    """`python` -> `docker.io/library/python:latest`. The rule of github.com/distribution/reference."""
    name = _spelled_out(reference)
    last = name.rsplit("/", 1)[-1]
    return name if "@" in name or ":" in last else f"{name}:latest"


def _spelled_out(name: str) -> str:
    first, slash, rest = name.partition("/")
    if not slash:
        return f"{HUB}/library/{name}"
    if not _is_registry(first):
        return f"{HUB}/{name}"
    if first in (HUB, f"index.{HUB}"):
        return f"{HUB}/{rest}" if "/" in rest else f"{HUB}/library/{rest}"
    return name


def _image_prefix(prefix: str) -> str:
    """A prefix may also be a registry alone (`host.example:5000`, not `python:3.11`), or one with parts of a name."""
    if "/" in prefix:
        return prefix if _is_registry(prefix.partition("/")[0]) else f"{HUB}/{prefix}"
    host = prefix.partition(":")[0]
    return prefix if "." in host or host == "localhost" else _spelled_out(prefix)


def _is_registry(first: str) -> bool:
    return "." in first or ":" in first or first == "localhost" or first != first.lower()


def _replace(name: str, table: Mapping[str, str]) -> str | None:
    fitting = [
        prefix for prefix in table if name == prefix or name.startswith((f"{prefix}/", f"{prefix}:", f"{prefix}@"))
    ]
    if not fitting:
        return None
    longest = max(fitting, key=len)
    return table[longest] + name[len(longest) :]
