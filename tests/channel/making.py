"""The two channels, made once and kept in a folder named after all that decides what they hold."""

import hashlib
import json
import os
import shutil
import tempfile
from pathlib import Path

from rattler import __version__ as rattler_version
from rattler.index import index_fs

from tests.channel.debian_python import debian_python, download_debian
from tests.channel.recipe import LOCAL, OTHER, OWN, WHEELS
from tests.channel.running import finished
from tests.channel.wheels import download_wheels, package_of_wheel

SOURCES = ("debian_python.py", "making.py", "packing.py", "recipe.py", "wheels.py")


def kept_channels(shelf: Path) -> Path:
    """The folder below `shelf` that holds `local`, `other` and the `downloads` they are made of."""
    kept = shelf / _digest()
    if kept.is_dir():
        return kept
    shelf.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix="partial-", dir=shelf))
    try:
        _download(partial / "downloads")
        make_channels(partial / "downloads", partial)
        _name(partial, kept)
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return kept


def make_channels(downloads: Path, folder: Path) -> None:
    """Make `local` and `other` below a folder. Equal downloads make equal packages and indexes."""
    with tempfile.TemporaryDirectory(dir=folder) as workshop:
        debian_python(downloads / "debian", Path(workshop)).write(folder / LOCAL)
    for package in OWN:
        package.write(folder / LOCAL)
    for channel in WHEELS:
        for wheel in sorted((downloads / channel).glob("*.whl")):
            package_of_wheel(wheel).write(folder / channel)
    for channel in (LOCAL, OTHER):
        _index(folder / channel)


def _index(channel: Path) -> None:
    """Write `repodata.json` of both systems, without the time of writing.

    There are no shards: py-rattler 0.28 takes the answer “304 Not Modified” to a request for them for an error.
    """
    (channel / "linux-64").mkdir(exist_ok=True)
    finished(index_fs(channel, write_zst=False, write_shards=False))
    for path in channel.glob("*/repodata.json"):
        index = json.loads(path.read_text())
        for record in index["packages.conda"].values():
            del record["indexed_timestamp"]
        path.write_text(json.dumps(index, sort_keys=True))


def _download(downloads: Path) -> None:
    for name in ("debian", *WHEELS):
        (downloads / name).mkdir(parents=True)
    download_debian(downloads / "debian")
    for channel, requirements in WHEELS.items():
        download_wheels(requirements, downloads / channel)


def _digest() -> str:
    texts = [Path(__file__).with_name(name).read_bytes() for name in SOURCES]
    return hashlib.sha256(b"\0".join([rattler_version.encode(), *texts])).hexdigest()[:16]


def _name(partial: Path, kept: Path) -> None:
    """Of several sessions that make the channels at once, the first one's are kept."""
    try:
        os.rename(partial, kept)
    except OSError:
        if not kept.is_dir():
            raise
