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


def test_names_in_another_workspace_do_not_hide_ones_own(bob, vision):
    make_build(make_version(vision, "train"), packages=[("pip", "torchvision", "0.20")])
    hidden = make_version(make_workspace("hidden", editor=make_user("dora")), "train")
    make_build(hidden, packages=[("pip", "torch", "2.5")])
    assert [found["package"] for found in bob.get("search", q="torch").json()["packages"]] == ["torchvision"]
    assert bob.get("search/packages", q="torch").json() == {"items": [], "complete": True}


def test_very_many_are_told_to_be_more(bob, vision, monkeypatch):
    monkeypatch.setattr("environments.services.search.MOST_MATCHES", 1)
    for _ in range(2):
        make_build(make_version(vision, "train"), packages=[("pip", "numpy", "2.0")])
    answer = bob.get("search", q="numpy").json()
    assert (answer["packages"][0]["versions"], answer["packages_complete"]) == (1, False)
    answer = bob.get("search/packages", q="numpy").json()
    assert ([item["version"] for item in answer["items"]], answer["complete"]) == (["2"], False)


def test_what_cannot_be_read_is_told(bob):
    assert "is no condition on a version" in bob.get("search", q="numpy>>2").json()["unread"]
    assert bob.get("search", q="").status_code == 422
    assert bob.get("search").status_code == 422


@pytest.mark.parametrize("blank", [" ", "\0", "\t\n"])
def test_a_text_of_blanks_finds_nothing_instead_of_everything(bob, vision, blank):
    make_version(vision, "train")
    answer = bob.get("search", q=blank)
    assert (answer.status_code, "nothing to search for" in answer.json()["detail"]) == (422, True)


@pytest.mark.parametrize("text", ["%", "{", "é" * 200, "a:b:c", "#999999999", "😀"])
def test_any_text_is_answered(bob, text):
    assert bob.get("search", q=text).status_code == 200
