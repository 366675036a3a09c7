"""What differs between two locks beyond the versions."""

from environments.diffing.locks import LockedChange, TargetChange, diff_channels, diff_locked, diff_targets
from environments.locking.packages import locked_packages
from tests.locks import CONDA, PIP, TARGET, conda_line, pip_entry, sha256_of


def changes(old, new):
    return diff_locked(locked_packages(old), locked_packages(new))


def hashed(name):
    return f"sha256:{sha256_of(name)}"


def test_equal_locks_do_not_differ():
    texts = {"conda": CONDA, "pip": PIP}
    assert changes(texts, dict(reversed(texts.items()))) == []


def test_another_version_is_left_to_the_list_of_packages():
    assert changes({"pip": pip_entry("a==1") + pip_entry("b==1")}, {"pip": pip_entry("a==2")}) == []


def test_another_build_of_one_version_is_told_without_its_other_file():
    old, new = conda_line("zlib", "1.3", "h1_0"), conda_line("zlib", "1.3", "h2_1")
    assert changes({"conda": old}, {"conda": new}) == [
        LockedChange("conda", "zlib", "1.3", "build", ("h1_0",), ("h2_1",))
    ]


def test_another_file_of_the_same_build_is_told():
    old, new = conda_line("zlib", sha256="aa" * 32), conda_line("zlib", sha256="bb" * 32)
    (change,) = changes({"conda": old}, {"conda": new})
    assert (change.what, change.old, change.new) == ("files", (f"sha256:{'aa' * 32}",), (f"sha256:{'bb' * 32}",))


def test_another_channel_is_told():
    old, new = conda_line("zlib", channel="https://a.example"), conda_line("zlib", channel="https://b.example")
    (change,) = changes({"conda": old}, {"conda": new})
    assert (change.what, change.old, change.new) == ("channel", ("https://a.example",), ("https://b.example",))


def test_only_the_hashes_that_one_side_allows_are_told():
    old, new = pip_entry("numpy==2", "wheel", "sdist"), pip_entry("numpy==2", "wheel", "new wheel", "sdist")
    assert changes({"pip": old}, {"pip": new}) == [
        LockedChange("pip", "numpy", "2", "files", (), (hashed("new wheel"),))
    ]


def test_pip_packages_are_known_however_their_names_are_spelled():
    old, new = pip_entry("ruamel.yaml==1", "a"), pip_entry("ruamel-yaml==1", "b")
    (change,) = changes({"pip": old}, {"pip": new})
    assert (change.name, change.old, change.new) == ("ruamel-yaml", (hashed("a"),), (hashed("b"),))


def test_a_package_from_another_address_is_told():
    old, new = pip_entry("tool @ https://a.example/t.zip", "x"), pip_entry("tool @ https://b.example/t.zip", "x")
    (change,) = changes({"pip": old}, {"pip": new})
    assert (change.what, change.old, change.new) == (
        "address",
        ("https://a.example/t.zip",),
        ("https://b.example/t.zip",),
    )


def test_one_name_of_conda_and_of_pip_are_two_packages():
    assert changes({"conda": conda_line("numpy", "2")}, {"pip": pip_entry("numpy==2")}) == []


def test_targets_are_compared_fact_by_fact():
    newer = {**TARGET, "python": "3.12.2", "virtual_packages": ["__cuda=12.4", "__glibc=2.39", "__archspec=1=x86_64"]}
    assert diff_targets(TARGET, newer) == [
        TargetChange("Python", "3.12.1", "3.12.2"),
        TargetChange("__glibc", "2.36", "2.39"),
        TargetChange("__unix", "0", ""),
        TargetChange("__cuda", "", "12.4"),
    ]
    assert diff_targets(TARGET, TARGET) == []
    assert diff_targets({}, {}) == []


def test_the_order_of_channels_matters():
    assert diff_channels(["a", "b"], ["a", "b"]) is None
    assert diff_channels(["a", "b"], ["b", "a"]) == TargetChange("Channels", "a, b", "b, a")
