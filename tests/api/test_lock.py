"""The lock of a version for programs."""

import pytest

from environments.definitions.requirements import parse_requirements
from tests.cast import make_build, make_lock, make_version
from tests.locks import CHANNEL, CONDA, PIP, TARGET, conda_line, sha256_of

pytestmark = [pytest.mark.django_db, pytest.mark.database]
PATH = "workspaces/vision/environments/train/versions/1/lock"


@pytest.fixture
def lock(vision):
    """The lock of version 1 of vision/train, with a conda and a pip part."""
    lock = make_lock(vision, target=TARGET, channels=[CHANNEL], conda=CONDA, pip=PIP)
    make_build(make_version(vision, "train", "numpy"), lock=lock)
    return lock


def test_a_lock_is_told_whole(bob, lock):
    answer = bob.get(PATH).json()
    assert (answer["digest"], answer["target"], answer["channels"]) == (lock.sha256, TARGET, [CHANNEL])
    assert answer["formats"] == ["explicit", "pixi", "requirements", "environment"]
    packages = {package["name"]: package for package in answer["packages"]}
    assert packages["zlib"] == {
        "manager": "conda",
        "name": "zlib",
        "version": "1.3.1",
        "build": "h4_1",
        "source": CHANNEL,
        "size": 1234,
        "hashes": [f"sha256:{sha256_of('zlib-1.3.1-h4_1.conda')}"],
    }
    assert (packages["numpy"]["build"], packages["numpy"]["source"], packages["numpy"]["size"]) == (None, None, None)
    assert len(packages["numpy"]["hashes"]) == 2


@pytest.mark.parametrize(
    ("key", "content_type", "line"),
    [
        ("explicit", "text/plain", "@EXPLICIT"),
        ("pixi", "application/yaml", "version: "),
        ("requirements", "text/plain", "numpy==2.1.0"),
        ("environment", "application/yaml", "  - zlib=1.3.1=h4_1"),
    ],
)
def test_a_lock_is_had_as_text(bob, lock, key, content_type, line):
    answer = bob.get(PATH, format=key)
    assert answer["Content-Type"] == f"{content_type}; charset=utf-8"
    assert f"\n{line}" in answer.text


def test_requirements_of_a_lock_can_be_read_again(bob, lock):
    assert len(parse_requirements(bob.get(PATH, format="requirements").text)) == 2


def test_a_version_without_a_lock_says_how_to_get_one(bob, vision):
    make_version(vision, "train")
    answer = bob.get(PATH)
    assert answer.status_code == 404
    assert answer.json()["detail"].startswith("This version has no lock: ")


def test_a_format_that_cannot_hold_the_lock_names_those_that_can(bob, vision):
    make_build(make_version(vision, "train"), lock=make_lock(vision, pip=PIP))
    answer = bob.get(PATH, format="explicit")
    assert answer.status_code == 404
    assert "It can be had as: requirements, environment." in answer.json()["detail"]


def test_a_lock_of_nothing_can_be_had_in_no_format(bob, vision):
    make_build(make_version(vision, "train"), lock=make_lock(vision))
    assert bob.get(PATH, format="environment").json()["detail"].endswith("it holds no packages.")
    assert bob.get(PATH).json()["packages"] == []


def test_an_unknown_format_is_refused_by_name(bob, lock):
    answer = bob.get(PATH, format="tar")
    assert answer.status_code == 422
    assert "“format”" in answer.json()["detail"]


def test_a_lock_is_hidden_from_outsiders(charlie, lock):
    assert charlie.get(PATH).status_code == 404


def test_the_contract_says_that_the_answer_may_be_text(bob):
    paths = bob.get("openapi.json").json()["paths"]
    content = paths["/api/v1/workspaces/{ws}/environments/{name}/versions/{version}/lock"]["get"]["responses"]["200"]
    assert set(content["content"]) == {"application/json", "text/plain", "application/yaml"}


def test_a_large_lock_asks_the_database_no_more(bob, vision, django_assert_max_num_queries):
    conda = "".join(conda_line(f"package-{number}") for number in range(500))
    make_build(make_version(vision, "train"), lock=make_lock(vision, target=TARGET, conda=conda))
    with django_assert_max_num_queries(8):
        assert len(bob.get(PATH).json()["packages"]) == 500
