"""A lock's texts as one list of packages."""

import pytest

from environments.locking.packages import locked_packages, pip_options
from tests.locks import CHANNEL, CONDA, PIP, conda_line, pip_entry, sha256_of


def test_conda_packages_come_first_and_say_where_they_come_from():
    packages = locked_packages({"pip": PIP, "conda": CONDA})
    assert [(package.manager, package.name) for package in packages] == [
        ("conda", "openblas"),
        ("conda", "python"),
        ("conda", "tzdata"),
        ("conda", "zlib"),
        ("pip", "numpy"),
        ("pip", "Typing_Extensions"),
    ]
    python = packages[1]
    assert (python.version, python.build, python.source, python.size) == ("3.12.1", "hab1_0_cpython", CHANNEL, 1234)
    assert python.hashes == (f"sha256:{sha256_of('python-3.12.1-hab1_0_cpython.conda')}",)


def test_a_channel_without_sha256_gives_md5_and_one_without_any_hash_none():
    text = conda_line("a", sha256="", md5="ab" * 16) + conda_line("b", sha256=None, md5=None, size=None)
    assert [(package.hashes, package.size) for package in locked_packages({"conda": text})] == [
        (("md5:" + "ab" * 16,), 1234),
        ((), 0),
    ]


def test_a_pip_package_has_every_hash_and_keeps_its_extras_and_marker():
    numpy, typing = locked_packages({"pip": PIP})
    assert numpy.hashes == tuple(f"sha256:{sha256_of(name)}" for name in ("numpy-2.1.0.whl", "numpy-2.1.0.tar.gz"))
    assert typing.version == "4.12.2"
    assert typing.requirement == 'Typing_Extensions[all]==4.12.2 ; python_version < "3.13"'


def test_a_pip_package_from_an_address_says_so():
    address = "https://files.example/tool-1.0-py3-none-any.whl"
    (tool,) = locked_packages({"pip": pip_entry(f"tool @ {address}")})
    assert (tool.name, tool.version, tool.source) == ("tool", "", address)


def test_options_are_no_packages():
    texts = {"pip": f"--index-url https://index.example/simple\n{PIP}", "layers": "heavy numpy\n"}
    assert pip_options(texts) == ("--index-url https://index.example/simple",)
    assert len(locked_packages(texts)) == 2


@pytest.mark.parametrize("line", ["&&& ==", "numpy 1.0", "<script>"])
def test_what_is_no_requirement_is_shown_whole(line):
    (found,) = locked_packages({"pip": f"{line} --hash=sha256:aa\n"})
    assert (found.name, found.version, found.hashes) == (line, "", ("sha256:aa",))


def test_a_lock_of_nothing_holds_nothing():
    assert locked_packages({}) == ()
