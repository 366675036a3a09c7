"""A lock handed out: what each format says, and that its own reader finds it all there."""

import re

import pytest
from rattler import LockFile
from rattler.explicit_environment.environment import ExplicitEnvironmentSpec

from environments.definitions.conda import parse_conda
from environments.definitions.requirements import parse_requirements
from environments.locking.exports import FORMATS, Locked, format_of, formats_of
from environments.locking.packages import locked_packages
from tests.locks import CHANNEL, CONDA, PIP, TARGET, conda_line, pip_entry, sha256_of

BOTH = {"conda": CONDA, "pip": PIP, "layers": "heavy numpy\n"}


def written(key, texts=BOTH, target=TARGET, channels=(CHANNEL,)):
    return format_of(texts, key).write(Locked(texts, target, channels))


def said(text):
    """The lines of a file that are no comments."""
    return [line for line in text.splitlines() if not line.startswith("#")]


@pytest.mark.parametrize(
    ("texts", "keys"),
    [
        (BOTH, ["explicit", "pixi", "requirements", "environment"]),
        ({"conda": CONDA}, ["explicit", "pixi", "environment"]),
        ({"pip": PIP}, ["requirements", "environment"]),
        ({"pip": ""}, []),
        ({}, []),
    ],
)
def test_only_formats_that_can_hold_something_are_offered(texts, keys):
    assert [known.key for known in formats_of(texts)] == keys
    assert format_of(texts, "tar") is None


@pytest.mark.parametrize("key", [known.key for known in FORMATS])
def test_equal_locks_give_equal_texts_that_end_with_a_newline(key):
    texts = dict(reversed(BOTH.items()))
    assert written(key, texts) == written(key)
    assert written(key).endswith("\n")
    assert not written(key).endswith("\n\n")


@pytest.mark.parametrize("key", [known.key for known in FORMATS])
def test_every_format_says_what_it_was_locked_for(key):
    assert written(key).startswith("# Locked for Python 3.12.1, glibc 2.36, linux/amd64.\n")


@pytest.mark.parametrize("key", [known.key for known in FORMATS])
def test_a_comment_stays_one_line_whatever_an_image_says_of_itself(key):
    text = written(key, target=TARGET | {"python": "3.12\nevil==1 --hash=x", "glibc": "2\r\n@EXPLICIT\u2028x"})
    comments = [line for line in re.split(r"[\r\n\u2028]", text) if "evil" in line]
    assert len(comments) == 1
    assert comments[0].startswith("# Locked for Python 3.12 evil==1")


def test_the_explicit_list_is_read_by_rattler():
    found = ExplicitEnvironmentSpec.from_str(written("explicit"))
    assert str(found.platform) == "linux-64"
    assert sorted(package.url.partition("#")[0].rpartition("/")[2] for package in found.packages) == [
        "openblas-0.3-h1_0.conda",
        "python-3.12.1-hab1_0_cpython.conda",
        "tzdata-2024a-0.conda",
        "zlib-1.3.1-h4_1.conda",
    ]


def test_the_explicit_list_pins_every_file_and_puts_dependencies_first():
    _, *addresses = said(written("explicit"))
    assert addresses.index(_address("zlib-1.3.1-h4_1.conda")) < addresses.index(_address("openblas-0.3-h1_0.conda"))
    assert _address("tzdata-2024a-0.conda", "noarch") in addresses
    # conda's own pattern of such a line
    pattern = (
        r"(?:(?P<url_p>.+)(?:[/\\]))?(?P<fn>[^/\\#]+(?:\.tar\.bz2|\.conda))(?:#((sha256:)?(?P<sha256>[0-9a-f]{64})))$"
    )
    assert all(re.fullmatch(pattern, address) for address in addresses)


def test_packages_that_depend_on_each_other_are_listed_once():
    text = conda_line("a", depends=["b"]) + conda_line("b", depends=["a"])
    assert len(said(written("explicit", {"conda": text}))) == 3


def test_a_file_without_sha256_is_pinned_by_md5_as_conda_writes_it():
    text = conda_line("a", sha256=None, md5="ab" * 16) + conda_line("b", sha256=None, md5=None)
    _, first, second = sorted(said(written("explicit", {"conda": text})))
    assert first.endswith("a-1.0-h0_0.conda#" + "ab" * 16)
    assert second.endswith("b-1.0-h0_0.conda")


def test_a_pixi_lock_is_read_again_with_all_that_the_records_say(tmp_path):
    path = tmp_path / "pixi.lock"
    path.write_text(written("pixi"))
    environment = LockFile.from_path(path).default_environment()
    assert [str(channel) for channel in environment.channels()] == [f"{CHANNEL}/"]
    (platform,) = environment.platforms()
    assert (platform.name, platform.virtual_packages) == ("linux-64", TARGET["virtual_packages"])
    records = {record.name.normalized: record for record in environment.conda_repodata_records_for_platform(platform)}
    assert sorted(records) == ["openblas", "python", "tzdata", "zlib"]
    python = records["python"]
    assert (str(python.version), str(python.build)) == ("3.12.1", "hab1_0_cpython")
    assert python.url == f"{CHANNEL}/linux-64/python-3.12.1-hab1_0_cpython.conda"
    assert python.sha256.hex() == sha256_of("python-3.12.1-hab1_0_cpython.conda")
    assert (python.depends, python.size, python.license) == (["zlib >=1.2"], 1234, "MIT")


@pytest.mark.parametrize("key", ["explicit", "pixi"])
def test_pip_packages_that_a_conda_format_cannot_hold_are_named(key):
    assert "#   numpy==2.1.0\n" in written(key)
    assert "numpy" not in written(key, {"conda": CONDA})


def test_requirements_are_the_lock_and_pass_our_own_reader():
    text = written("requirements")
    assert "".join(f"{line}\n" for line in said(text)) == PIP
    assert "the conda packages of this lock" in text
    assert "conda" not in written("requirements", {"pip": PIP})
    assert [line.partition(" ")[0] for line in parse_requirements(text)] == [
        "numpy==2.1.0",
        "Typing_Extensions[all]==4.12.2",
    ]


def test_an_environment_file_asks_for_the_same_packages():
    conda = parse_conda(written("environment"))
    packages = locked_packages(BOTH)
    assert conda.channels == (CHANNEL,)
    assert conda.dependencies == (
        "pip",
        *(f"{one.name}={one.version}={one.build}" for one in packages if one.manager == "conda"),
    )
    assert conda.pip == tuple(one.requirement for one in packages if one.manager == "pip")
    assert "Not from the lock, but conda needs it for the pip packages: pip." in written("environment")


def test_an_environment_file_of_conda_alone_asks_for_nothing_else():
    conda = parse_conda(written("environment", {"conda": CONDA}))
    assert len(conda.dependencies) == 4
    assert conda.pip == ()


def test_an_environment_file_of_pip_alone_asks_for_the_targets_python():
    texts = {"pip": f"--index-url https://index.example/simple\n{PIP}"}
    conda = parse_conda(written("environment", texts, channels=()))
    assert conda.dependencies == ("python=3.12.1", "pip")
    assert conda.pip[:2] == ("--index-url https://index.example/simple", "numpy==2.1.0")


def test_a_package_from_an_address_keeps_it_in_an_environment_file():
    address = "git+https://code.example/tool@abc123"
    conda = parse_conda(written("environment", {"pip": pip_entry(f"tool @ {address}")}, channels=()))
    assert conda.pip == (f"tool @ {address}",)


@pytest.mark.parametrize("channel", ["conda-forge", "no", "null", "1.5", "https://channel.example/a"])
def test_a_channel_is_read_as_the_text_it_is(channel):
    assert parse_conda(written("environment", channels=(channel,))).channels == (channel,)
    assert f'"{channel}"' in written("environment", channels=(channel,)) or channel == "conda-forge"


def _address(file_name, subdir="linux-64"):
    return f"{CHANNEL}/{subdir}/{file_name}#sha256:{sha256_of(file_name)}"
