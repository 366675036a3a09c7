"""What the tests of the channels do with them: solve and install with caches of their own, and run what came of it."""

import subprocess
from collections.abc import Sequence
from pathlib import Path

import rattler
from rattler import BuildString, Gateway, GenericVirtualPackage, MatchSpec, PackageName, RepoDataRecord, Subdir, Version

from tests.channel.running import finished

DEBIAN_12 = {"__glibc": "2.36", "__linux": "6.1", "__unix": "0"}


def solved(
    channels: Sequence[str], *specs: str | MatchSpec, cache: Path, system: dict[str, str] | None = None
) -> list[RepoDataRecord]:
    """The packages that meet the specs on Linux, by default on Debian 12. Raises SolverError."""
    virtual = [
        GenericVirtualPackage(PackageName(name), Version(version), BuildString("0"))
        for name, version in (system or DEBIAN_12).items()
    ]
    gateway = Gateway(cache_dir=cache)
    solving = rattler.solve(channels, specs, gateway, platforms=["linux-64", "noarch"], virtual_packages=virtual)
    return finished(solving)


def install(records: list[RepoDataRecord], prefix: Path, *, cache: Path, known_as: str | None = None) -> None:
    """Install packages into a prefix, which may come to lie elsewhere."""
    finished(
        rattler.install(
            records,
            prefix,
            cache_dir=cache,
            platform=Subdir("linux-64"),
            show_progress=False,
            alternative_target_prefix=known_as,
        )
    )


def printed_by(*command: str | Path) -> str:
    """What a program printed, run with nothing but a path in its environment."""
    done = subprocess.run(command, env={"PATH": "/usr/bin:/bin"}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


def versions(records: list[RepoDataRecord]) -> dict[str, str]:
    return {record.name.normalized: str(record.version) for record in records}
