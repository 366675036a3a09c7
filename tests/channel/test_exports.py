"""A really solved lock, handed out: other readers fetch and install the very same files."""

import hashlib
import json
from urllib.request import urlopen

import pytest
from rattler import LockFile, MatchSpec

from environments.definitions.conda import parse_conda
from environments.engine.lent.conda import line_of
from environments.locking.conda import conda_packages_of
from environments.locking.exports import Locked, environment, explicit, pixi
from tests.channel.installing import DEBIAN_12, install, solved

SPECS = ("python 3.11.*", "rich", "pip")


@pytest.fixture(scope="module")
def locked(channels, tmp_path_factory) -> Locked:
    records = solved([channels.local], *SPECS, cache=tmp_path_factory.mktemp("gateway"))
    lines = sorted((line_of(record, {}) for record in records), key=lambda line: line["name"])
    text = "".join(f"{json.dumps(line, sort_keys=True)}\n" for line in lines)
    target = {"python": "3.11", "glibc": DEBIAN_12["__glibc"], "platform": "linux/amd64"}
    target["virtual_packages"] = [f"{name}={version}" for name, version in DEBIAN_12.items()]
    return Locked({"conda": text}, target, [channels.local])


def files_of(locked):
    return {(one.name, one.version, one.build, one.sha256) for one in conda_packages_of(locked.texts["conda"])}


def test_every_address_of_the_explicit_list_serves_the_file_of_its_hash(locked):
    addresses = [line for line in explicit(locked).splitlines() if line.startswith("http")]
    assert len(addresses) == len(files_of(locked))
    for address in addresses:
        url, _, expected = address.partition("#sha256:")
        with urlopen(url) as answer:
            assert hashlib.sha256(answer.read()).hexdigest() == expected


def test_the_pixi_lock_installs_the_same_files(locked, tmp_path):
    path = tmp_path / "pixi.lock"
    path.write_text(pixi(locked))
    read = LockFile.from_path(path).default_environment()
    (platform,) = read.platforms()
    install(read.conda_repodata_records_for_platform(platform), tmp_path / "prefix", cache=tmp_path / "packages")
    installed = [json.loads(file.read_text()) for file in (tmp_path / "prefix/conda-meta").glob("*.json")]
    assert {(one["name"], one["version"], one["build"], one["sha256"]) for one in installed} == files_of(locked)


def test_the_exact_pins_solve_to_the_same_files(locked, channels, tmp_path):
    specs = [MatchSpec(spec) for spec in parse_conda(environment(locked)).dependencies]
    found = solved([channels.local], *specs, cache=tmp_path)
    assert {(one.name.normalized, str(one.version), str(one.build), one.sha256.hex()) for one in found} == files_of(
        locked
    )
