"""What changed, by the API: between any two versions, and of one package."""

import pytest

from tests.cast import make_build, make_version, make_workspace

pytestmark = pytest.mark.django_db


@pytest.fixture
def story(vision):
    for number, version in enumerate(["1.26.0", "2.1.0", None]):
        packages = [("pip", "numpy", version)] if version else []
        make_build(make_version(vision, "train", f"x=={number}"), packages=packages)


def test_versions_of_two_workspaces_are_compared(bob, vision):
    make_build(make_version(make_workspace("curated"), "base", "numpy"), packages=[("pip", "numpy", "1.26.0")])
    make_build(make_version(vision, "train", "numpy"), packages=[("pip", "numpy", "2.1.0")])
    answer = bob.get("compare", **{"from": "curated/base:1", "to": "vision/train:1"}).json()
    assert answer["before"] == {"workspace": "curated", "environment": "base", "version": "1"}
    assert [(change["name"], change["kind"]) for change in answer["packages"]] == [("numpy", "up")]


@pytest.mark.parametrize("reference", ["", "x", "vision/train", "vision/tr\0in:1"])
def test_what_names_no_version_is_refused(bob, story, reference):
    response = bob.get("compare", **{"from": reference, "to": "vision/train:1"})
    assert response.status_code == 422
    assert response.json()["detail"]


def test_versions_one_may_not_see_are_not_compared(bob, story):
    make_version(make_workspace("secret"), "hidden", "numpy")
    assert bob.get("compare", **{"from": "secret/hidden:1", "to": "vision/train:1"}).status_code == 404


def test_the_story_of_a_package_is_told(bob, story):
    answer = bob.get("workspaces/vision/environments/train/packages/numpy").json()
    turns = [(turn["version"], turn["since"], turn["kind"], turn["before"], turn["after"]) for turn in answer["turns"]]
    assert turns == [
        ("3", "2", "removed", "2.1.0", None),
        ("2", "1", "up", "1.26.0", "2.1.0"),
        ("1", None, "added", None, "1.26.0"),
    ]
    assert answer["now"] == []
    assert answer["newest"]["version"] == "3"


def test_a_package_that_never_was_has_no_story(bob, story):
    assert bob.get("workspaces/vision/environments/train/packages/pandas").status_code == 404
