"""The channels of the tests are real ones: they are solved against, installed from, and made the same every time."""

import hashlib
from pathlib import Path
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from rattler.exceptions import SolverError

from environments.engine.mirrors import read_mirrors
from tests.channel import making
from tests.channel.installing import DEBIAN_12, install, solved, versions
from tests.channel.serving import served

WANTED = ("python 3.11.*", "rich", "click")


@pytest.fixture(params=["files", "http"])
def local(request, channel, channels):
    """The address of the first channel, in each way it can be had."""
    return channels.local if request.param == "http" else (channel / "local").as_uri()


def test_python_and_what_packages_need_are_solved_over_http_and_from_files(local, tmp_path):
    found = versions(solved([local], *WANTED, cache=tmp_path))
    assert set(found) == {"python", "rich", "click", "markdown-it-py", "mdurl", "pygments"}
    assert found["python"].startswith("3.11.")
    assert found["click"] == "8.1.8"


def test_packages_that_need_different_versions_of_one_cannot_be_had_together(channels, tmp_path):
    for one in ("clash-left", "clash-right"):
        assert one in versions(solved([channels.local], one, cache=tmp_path))
    with pytest.raises(SolverError) as refused:
        solved([channels.local], "clash-left", "clash-right", cache=tmp_path)
    assert "clash-left 1.0 would require" in str(refused.value)
    assert "clash-right 1.0 would require" in str(refused.value)
    assert "click <8.1" in str(refused.value)


def test_a_package_for_cuda_can_be_had_only_where_there_is_a_driver(channels, tmp_path):
    with pytest.raises(SolverError, match="__cuda >=12"):
        solved([channels.local], "wants-cuda", cache=tmp_path)
    system = DEBIAN_12 | {"__cuda": "12.4"}
    assert versions(solved([channels.local], "wants-cuda", cache=tmp_path, system=system)) == {"wants-cuda": "1.0"}


def test_a_system_too_old_for_the_python_is_refused(channels, tmp_path):
    with pytest.raises(SolverError, match=r"__glibc >=2\.36"):
        solved([channels.local], "python", cache=tmp_path, system=DEBIAN_12 | {"__glibc": "2.31"})


def test_the_first_channel_that_has_a_package_is_the_only_one_it_comes_from(channels, tmp_path):
    local, other = channels.local, channels.other
    assert versions(solved([local, other], "humanize", cache=tmp_path))["humanize"] == "4.11.0"
    assert versions(solved([other, local], "humanize", cache=tmp_path))["humanize"] == "4.12.3"
    with pytest.raises(SolverError, match="strict channel priority"):
        solved([local, other], "humanize", "humanize >=4.12", cache=tmp_path)


def test_a_version_alone_reaches_past_the_first_channel(channels, tmp_path):
    """py-rattler compares channels only after it left out what the specs rule out: name the package alone as well."""
    found = solved([channels.local, channels.other], "humanize >=4.12", cache=tmp_path)
    assert versions(found)["humanize"] == "4.12.3"


def test_a_spec_can_name_the_channel_its_package_comes_from(channels, tmp_path):
    found = solved([channels.local, channels.other], f"{channels.other}::humanize", cache=tmp_path)
    assert versions(found)["humanize"] == "4.12.3"


def test_every_record_says_its_hash_and_size(channel, channels, tmp_path):
    for record in solved([channels.local], *WANTED, cache=tmp_path):
        content = (channel / "local" / record.subdir / record.file_name).read_bytes()
        assert record.sha256.hex() == hashlib.sha256(content).hexdigest()
        assert record.size == len(content)


def test_a_second_installation_from_the_same_cache_fetches_no_package(channels, tmp_path):
    records = solved([channels.local], "six", cache=tmp_path / "gateway")
    before = len(channels.fetched_packages())
    install(records, tmp_path / "first", cache=tmp_path / "packages")
    assert len(channels.fetched_packages()) == before + len(records)
    install(records, tmp_path / "second", cache=tmp_path / "packages")
    assert len(channels.fetched_packages()) == before + len(records)
    assert (tmp_path / "second/lib/python3.11/site-packages/six.py").is_file()


def test_a_mirrors_file_puts_the_channels_in_the_place_of_known_ones(channels):
    mirrors = read_mirrors(channels.mirrors_file({"extra": channels.other}))
    assert mirrors.channel("conda-forge") == channels.local
    assert mirrors.channel("defaults") == mirrors.channel("extra") == channels.other


def test_channels_are_served_at_one_address_of_this_machine_until_the_session_ends(channel):
    with served(channel, "127.0.0.1") as addresses:
        assert urlopen(f"{addresses.other}/noarch/repodata.json").status == 200
    with pytest.raises(URLError):
        urlopen(f"{addresses.other}/noarch/repodata.json")
    with pytest.raises(OSError, match="Cannot assign"), served(channel, "192.0.2.1"):
        pass


def test_channels_made_again_are_the_same_byte_for_byte(channel, tmp_path):
    making.make_channels(channel / "downloads", tmp_path)
    assert set(tmp_path.iterdir()) == {tmp_path / "local", tmp_path / "other"}
    assert _digests(tmp_path) == {
        path: digest for path, digest in _digests(channel).items() if not path.startswith("downloads")
    }


def test_channels_are_made_once(channel, monkeypatch):
    monkeypatch.delattr(making, "make_channels")
    assert making.kept_channels(channel.parent) == channel


def _digests(folder: Path) -> dict[str, str]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
