import pytest

from environments.builder.needs import extras_asked, needed_by
from environments.engine.protocol import Need, Package
from environments.services import drafts


def pip(name, *requires):
    return Package("pip", name, "1", "", requires)


def test_a_package_is_needed_by_those_that_require_it():
    packages = [pip("Pandas", Need("numpy"), Need("six")), pip("numpy"), pip("scipy", Need("numpy"))]
    assert needed_by(packages, {}) == {("pip", "numpy"): ["Pandas", "scipy"]}


def test_nothing_needs_itself():
    assert needed_by([pip("all", Need("all", ("dev",)))], {}) == {}


def test_an_extra_counts_only_where_somebody_asks_for_it():
    server = pip("server", Need("fast-loop", (), "quick"), Need("h11"))
    packages = [server, pip("fast_loop"), pip("h11"), pip("api", Need("server", ("quick",), "all"))]

    assert needed_by(packages, {}) == {("pip", "h11"): ["server"]}
    assert needed_by(packages, {"server": {"quick"}})["pip", "fast-loop"] == ["server"]
    through = needed_by(packages, {"api": {"all"}})
    assert through["pip", "fast-loop"] == ["server"]
    assert through["pip", "server"] == ["api"]


def test_pip_may_need_what_conda_brought_and_managers_are_kept_apart_otherwise():
    packages = [
        pip("model", Need("numpy")),
        Package("conda", "numpy", "1", "conda-forge", (Need("libc6"),)),
        Package("dpkg", "libc6", "2"),
    ]
    assert needed_by(packages, {}) == {("conda", "numpy"): ["model"]}


@pytest.mark.parametrize("line", ["Server[Quick_one,b]>=1", "server [quick-one, b] @ https://example.org/x.whl"])
def test_extras_are_read_from_what_was_asked_for(line):
    definition = drafts.pip_definition("python:3.11-slim", f"six\n{line}\n-c numpy<2\n")
    assert {name: found for name, found in extras_asked(definition).items() if found} == {"server": {"quick-one", "b"}}
