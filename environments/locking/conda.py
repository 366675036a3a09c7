"""Conda locks: one package a line, as JSON with sorted keys; what `solve` wrote and `install` reads again.

A line is conda's own record of a package (the fields of `repodata.json`) with its `url`, `fn` and `channel`. Addresses
are canonical: where a site's mirror serves a channel is put in when the lock is installed, so a lock is the same text
on every site.
"""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from environments.definitions.render import LOCK_FOLDER, MOUNTS, Site

LOCK_PATH = f"{LOCK_FOLDER}/conda.lock"
DEFAULTS = ("main", "r")  # what the channel name `defaults` stands for, and what a file without channels means
PLATFORMS = {"amd64": "linux-64", "arm64": "linux-aarch64"}  # Docker's name of a processor: conda's of its platform
LINUX = "5.10"  # what packages may ask of the kernel (`__linux`): the oldest kernel line still maintained

# An address in what rattler says of a request that failed, up to the platform within the channel.
_NOT_READ = re.compile(r"for url \((?P<channel>https?://[^\s)]{1,500}?)/(?:noarch|linux-[a-z0-9_]+)/")
_NOT_REACHED = re.compile(r"dns error|failed to lookup address|tcp connect error|network is unreachable", re.IGNORECASE)
_SAID = re.compile(r"^conda: ", re.MULTILINE)  # as lent/conda.py begins its last words
_VERSION = re.compile(r"[0-9]{1,6}(?:\.[0-9]{1,6}){0,3}")
_FAMILIES = {"linux-64": "x86_64", "linux-aarch64": "aarch64"}
_SOLVE = """\
    --mount=type=bind,source=request.json,target=/run/request.json \\
    SSL_CERT_FILE=/run/studio/ca.crt python3 /run/studio/conda.py solve /run/request.json {lock}
FROM scratch
COPY --from=lock {folder} {folder}
"""


@dataclass(frozen=True, slots=True)
class CondaPackage:
    """One locked package. `channel` is a name or address as a definition gives it; sizes are bytes, hashes hexadecimal.

    `noarch` is "" or "python" or "generic"; `md5` is "" and `size` 0 where the channel does not say.
    """

    name: str
    version: str
    build: str
    subdir: str
    url: str
    sha256: str
    channel: str
    md5: str = ""
    size: int = 0
    noarch: str = ""
    depends: tuple[str, ...] = ()


def solve_context(
    specs: Sequence[str],
    channels: Sequence[str],
    *,
    platform: str,
    virtual_packages: Sequence[str],
    site: Site,
    nonce: str,
) -> tuple[str, dict[str, bytes]]:
    """Return (Dockerfile, files) of a build whose image holds only LOCK_PATH.

    `nonce` tells the build from all before it, so that its answer is a fresh one.
    """
    request = {
        "channels": list(channels),
        "specs": list(specs),
        "platform": platform,
        "virtual_packages": list(virtual_packages),
        "nonce": nonce,
    }
    mounts = MOUNTS.format(tools=site.tools, cache=site.caches["conda"])
    dockerfile = (
        f"FROM {site.installer} AS lock\nUSER root\n{mounts}{_SOLVE.format(lock=LOCK_PATH, folder=LOCK_FOLDER)}"
    )
    return dockerfile, {"request.json": json.dumps(request, sort_keys=True).encode()}


def channels_of(names: Sequence[str], specs: Sequence[str], served: Callable[[str], str]) -> list[str]:
    """The channels to solve with, in order of priority: those of a file, and last those that single packages name.

    A file that names none means `defaults`, as for conda; `nodefaults` only says that it is not meant. `served` says
    where a mirror has a channel: `defaults` stands for DEFAULTS unless one serves it whole.
    """
    named = [spec.partition("::")[0].partition("/")[0].strip() for spec in specs if "::" in spec and "://" not in spec]
    wanted = [name for name in names if name != "nodefaults"] or (["defaults"] if "nodefaults" not in names else [])
    defaults = DEFAULTS if served("defaults") == "defaults" else ("defaults",)
    spelled = [part for name in [*wanted, *named] for part in (defaults if name == "defaults" else (name,))]
    return list(dict.fromkeys(spelled))


def virtual_packages(platform: str, glibc: str, cuda: str = "") -> list[str]:
    """What the target has of itself, as conda counts it. `cuda` is the version the base image names, "" for none;
    what is no version counts for nothing."""
    found = [f"__archspec=1={_FAMILIES[platform]}", f"__linux={LINUX}", "__unix=0"]
    found += [f"__glibc={glibc}"] if _VERSION.fullmatch(glibc) else []
    found += [f"__cuda={'.'.join(cuda.split('.')[:2])}"] if _VERSION.fullmatch(cuda) else []
    return sorted(found)


def explain(output: str) -> str:
    """What the solver said of a failure: its own tree of reasons, at most 2,000 characters; or one sentence of ours
    where a channel could not be read."""
    found = _SAID.search(output)
    text = output[found.end() :] if found else output
    lines = [line.rstrip() for line in text.splitlines() if line.strip()]
    if found := _NOT_READ.search(text):
        reason = lines[-1].removeprefix("Caused by: ").rstrip(".")
        if _NOT_REACHED.search(text):
            return (
                f"The channel {found['channel']} could not be read: its host cannot be reached from the engine "
                f"({reason}). Use a mirror, which an administrator names in the mirrors file (STUDIO_MIRRORS, "
                "docs/operating.md), or check the channel's name."
            )
        return (
            f"The channel {found['channel']} could not be read: {reason}. Check its name; an administrator can say in "
            "the mirrors file (STUDIO_MIRRORS) where it is served."
        )
    return "\n".join(lines)[:2000]


def conda_packages_of(text: str) -> tuple[CondaPackage, ...]:
    """The packages of a conda lock, in its order: by name."""
    return tuple(_package(record) for record in _records(text))


def locked_python(text: str) -> str:
    """The version of `python` in a conda lock; "" if it holds none."""
    return next((package.version for package in conda_packages_of(text) if package.name == "python"), "")


def _records(text: str) -> Iterator[dict[str, Any]]:
    return (json.loads(line) for line in text.splitlines() if line.strip())


def _package(record: dict[str, Any]) -> CondaPackage:
    return CondaPackage(
        name=record["name"],
        version=record["version"],
        build=record["build"],
        subdir=record["subdir"],
        url=record["url"],
        sha256=record.get("sha256") or "",
        channel=record["channel"],
        md5=record.get("md5") or "",
        size=record.get("size") or 0,
        noarch=record.get("noarch") or "",
        depends=tuple(record.get("depends") or ()),
    )
