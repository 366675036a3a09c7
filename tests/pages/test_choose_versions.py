"""Choosing two versions to compare, with and without JavaScript."""

import pytest

from environments.pages import choosing
from tests.cast import make_version, make_workspace

pytestmark = pytest.mark.django_db
ADDRESS = "/compare/choose/"
PART = {"HX-Request": "true"}


@pytest.fixture
def some(vision):
    make_version(make_workspace("curated"), "base", "numpy")
    make_version(make_workspace("hidden"), "secret", "numpy")
    for environment in ("train", "train", "serve"):
        make_version(vision, environment)
    return vision


def sides(answer):
    return [
        (side.environments, [version.name for version in side.versions], side.version)
        for side in answer.context["sides"]
    ]


def test_without_anything_the_page_asks_for_workspaces(web, some):
    text = web.get("/compare/", follow=True).text
    assert '<option value="curated">' in text
    assert '<option value="vision">' in text
    assert 'value="hidden' not in text


def test_a_version_to_start_from_is_filled_in(web, some):
    before, after = sides(web.get(ADDRESS, {"from": "vision/train:1"}))
    assert before == (["serve", "train"], ["2", "1"], "1")
    assert after == (["serve", "train"], [], "")  # of the same workspace


def test_an_old_version_stays_chosen_though_only_the_newest_are_listed(web, some, monkeypatch):
    monkeypatch.setattr(choosing, "MOST_VERSIONS", 1)
    before, _ = sides(web.get(ADDRESS, {"from": "vision/train:1"}))
    assert before[1:] == (["2", "1"], "1")
    make_version(some, "train")
    before, _ = sides(web.get(ADDRESS, {"from": "vision/train:1"}))
    assert before[1:] == (["3", "1"], "1")


def test_each_choice_narrows_the_next(web, some):
    given = {"from_ws": "vision", "from_env": "ser", "to_ws": "vision", "to_env": "train", "to_version": "9"}
    before, after = sides(web.get(ADDRESS, given))
    assert before == (["serve"], [], "")
    assert after == (["serve", "train"], ["2", "1"], "2")


def test_htmx_gets_the_form_and_the_address_of_what_was_chosen(web, some):
    answer = web.get(ADDRESS, {"from_ws": "vision", "from_env": "train", "to_ws": "curated"}, headers=PART)
    assert "<html" not in answer.text
    assert '<option value="2" selected>v2 (latest) (not built)</option>' in answer.text
    assert answer["HX-Replace-Url"] == "/compare/choose/?from_ws=vision&from_env=train&from_version=2&to_ws=curated"


def test_two_versions_are_compared(web, some):
    given = {
        "from_ws": "curated",
        "from_env": "base",
        "to_ws": "vision",
        "to_env": "train",
        "to_version": "1",
        "go": "1",
    }
    assert web.get(ADDRESS, given).url == "/compare/?from=curated%2Fbase%3A1&to=vision%2Ftrain%3A1"
    assert web.get(ADDRESS, given, headers=PART).status_code == 200
    assert "on both sides first" in web.get(ADDRESS, given | {"to_env": "x"}).text


@pytest.mark.parametrize("given", [{"from": "hidden/secret:1"}, {"from_ws": "hidden", "from_env": "secret"}])
def test_what_one_may_not_see_is_not_offered(web, some, given):
    assert sides(web.get(ADDRESS, given))[0] == ([], [], "")


def test_versions_lead_here(web, some):
    assert "/compare/choose/?from=vision/train%3A1" in web.get("/w/vision/env/train/v/1/").text


def test_many_environments_ask_no_more_than_few(queries_of, some):
    address = f"{ADDRESS}?from=vision/train:1&to=curated/base:1"
    before = queries_of(address)
    for number in range(60):
        make_version(some, f"more-{number}")
    assert queries_of(address) == before <= 12
