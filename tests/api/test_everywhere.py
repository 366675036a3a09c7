"""Searching everything as a program does."""

import pytest

from tests.cast import make_build, make_user, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database]


def test_a_text_is_looked_for_in_everything_one_may_see(bob, vision):
    build = make_build(make_version(vision, "train", tags={"team": "robots"}), packages=[("pip", "numpy", "1.26.4")])
    make_build(
        make_version(make_workspace("hidden", editor=make_user("dora")), "train"), packages=[("pip", "numpy", "1")]
    )
    [environment] = bob.get("search", q="team=robots").json()["environments"]
    assert environment["url"].endswith("/w/vision/env/train/")
    assert [found["version"] for found in bob.get("search", q="train:1").json()["versions"]] == ["1"]
    assert [found["id"] for found in bob.get("search", q=f"#{build.number}").json()["builds"]] == [str(build.pk)]
    answer = bob.get("search", q="numpy<2").json()
    assert answer["packages"] == [{"package": "numpy", "package_version": "1.26.4", "versions": 1, "environments": 1}]
    assert answer["unread"] == ""


def test_what_cannot_be_read_is_told(bob):
    assert "is no condition on a version" in bob.get("search", q="numpy>>2").json()["unread"]
    assert bob.get("search", q="").status_code == 422
    assert bob.get("search").status_code == 422


@pytest.mark.parametrize("text", ["\0", "%", "{", "é" * 200, "a:b:c", "#999999999", "😀"])
def test_any_text_is_answered(bob, text):
    assert bob.get("search", q=text).status_code == 200
