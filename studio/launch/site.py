"""What a stand-in image takes over from this machine: package sources, trusted certificates, package indexes."""

import platform
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from environments.locking.indexes import IndexSettings
from studio.launch.commands import run
from studio.launch.debian import Apt

SUITE = "bookworm"
DEBIANS_CERTIFICATES = Path("/usr/share/ca-certificates/mozilla")
KEPT_OPTIONS = re.compile(r"^Acquire::(https?::Proxy|Check-).*;$", re.MULTILINE)
CERTIFICATE = re.compile(r"-----BEGIN CERTIFICATE-----\s.*?-----END CERTIFICATE-----", re.DOTALL)
SLIM_APT = """\
Apt::AutoRemove::SuggestsImportant "false";
Acquire::GzipIndexes "true";
Acquire::Languages "none";
Dir::Cache::pkgcache "";
Dir::Cache::srcpkgcache "";
DPkg::Post-Invoke { "rm -f /var/cache/apt/archives/*.deb || true"; };
"""
SLIM_DPKG = """\
force-unsafe-io
path-exclude /usr/share/doc/*
path-include /usr/share/doc/*/copyright
path-exclude /usr/share/man/*
path-exclude /usr/share/info/*
path-exclude /usr/share/locale/*
"""


@dataclass(frozen=True, slots=True)
class Site:
    """`mirror` serves Debian's main archive; `files` are laid over the image: path without leading slash -> text."""

    mirror: str
    files: Mapping[str, str]


def describe_site(apt: Apt, indexes: IndexSettings) -> Site:
    """Read the machine's configuration; `apt` must have its lists. Raises LookupError without a Debian source."""
    codename = platform.freedesktop_os_release().get("VERSION_CODENAME", SUITE)
    sources = apt.sources(codename)
    if codename not in sources:
        raise LookupError("this machine's package sources name no Debian archive")
    lines = [f"deb {uri} {suite.replace(codename, SUITE, 1)} main\n" for suite, uri in sorted(sources.items())]
    options = KEPT_OPTIONS.finditer(run(["apt-config", "dump"]))
    files = {
        "etc/apt/sources.list": "".join(lines),
        "etc/apt/apt.conf.d/slim": SLIM_APT + "".join(f"{match[0]}\n" for match in options),
        "etc/dpkg/dpkg.cfg.d/slim": SLIM_DPKG,
        "etc/pip.conf": pip_configuration(indexes),
        "etc/uv/uv.toml": indexes.uv_toml(),
    }
    bundle = indexes.ca_bundle.read_text() if indexes.ca_bundle else ""
    shipped = (path.read_text() for path in DEBIANS_CERTIFICATES.glob("*.crt"))
    for number, text in enumerate(own_certificates(bundle, shipped), start=1):
        files[f"usr/local/share/ca-certificates/site-{number}.crt"] = text
    return Site(sources[codename], {path: text for path, text in files.items() if text})


def own_certificates(bundle: str, shipped: Iterable[str]) -> list[str]:
    """Return the certificates of a bundle that Debian does not ship, each as PEM text."""
    known = {match for text in shipped for match in CERTIFICATE.findall(text)}
    return [f"{text}\n" for text in dict.fromkeys(CERTIFICATE.findall(bundle)) if text not in known]


def pip_configuration(indexes: IndexSettings) -> str:
    """Return the text of a pip.conf for the index addresses a container can reach, "" if there is nothing to say."""
    lines = [f"index-url = {indexes.index_url}"] if indexes.index_url else []
    if indexes.extra_index_urls:
        lines.append(f"extra-index-url = {' '.join(indexes.extra_index_urls)}")
    return "\n".join(["[global]", *lines, ""]) if lines else ""
