"""The list of environments: finding, filtering, paging, refreshing."""

import pytest

from environments.models import Environment, ImagePackage, State
from tests.cast import make_build, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.database]
HTMX = {"HX-Request": "true"}


def names(answer):
    return [row.environment.name for row in answer.context["rows"]]


@pytest.fixture
def three(vision):
    """train is ready with torch 2.5.1, broken failed, idle was never built."""
    torch = [("pip", "torch", "2.5.1"), ("dpkg", "libc6", "2.36")]
    make_build(make_version(vision, "train", tags={"team": "robots"}), packages=torch)
    make_build(make_version(vision, "broken"), State.FAILED, error="no")
    make_version(vision, "idle", description="for later")
    return vision


@pytest.mark.parametrize(
    ("query", "found", "reason"),
    [
        ("rai", ["train"], ""),
        ("later", ["idle"], ""),
        ("robots", ["train"], "tag team=robots"),
        ("team=robots", ["train"], "tag team=robots"),
        ("“{", [], ""),
        ("torch", ["train"], "has torch 2.5.1"),
        ("torch>=2.5", ["train"], "has torch 2.5.1"),
        ("torch<2.5", [], ""),
        ("TORCH==2.5.1", ["train"], "has torch 2.5.1"),
        ("100%", [], ""),
    ],
)
def test_a_search_finds_by_name_description_tag_and_package(web, three, query, found, reason):
    answer = web.get("/w/vision/", {"q": query})
    assert names(answer) == found
    assert [row.hit for row in answer.context["rows"]] == [reason] * len(found)


def test_tags_are_found_in_any_script_and_are_no_broken_condition(web, vision):
    make_version(vision, "train", tags={"équipe": "données"})
    answer = web.get("/w/vision/", {"q": "équipe=données"})
    assert names(answer) == ["train"]
    assert answer.context["unread"] == ""


def test_only_the_newest_version_counts_for_packages(web, three):
    make_build(make_version(three, "train", "other"), packages=[("pip", "jax", "1.0")])
    assert names(web.get("/w/vision/", {"q": "torch"})) == []


def test_a_condition_that_cannot_be_read_is_told(web, three):
    assert "torch" not in names(web.get("/w/vision/", {"q": "torch>>2"}))
    assert "is no condition on a version" in web.get("/w/vision/", {"q": "torch>>2"}).text


def test_packages_of_other_workspaces_are_not_searched(web, three, charlie):
    ImagePackage.objects.update(name="elsewhere")
    assert names(web.get("/w/vision/", {"q": "torch"})) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=ready", {"train"}),
        ("status=failed", {"broken"}),
        ("status=unbuilt&status=failed", {"broken", "idle"}),
        ("kind=image", set()),
        ("kind=pip&status=ready", {"train"}),
        ("status=nonsense&sort=nonsense&page=nonsense", {"train", "broken", "idle"}),
        ("q=%00", {"train", "broken", "idle"}),
    ],
)
def test_filters_narrow_the_list_and_nonsense_is_passed_over(web, three, query, found):
    assert set(names(web.get(f"/w/vision/?{query}"))) == found


def test_a_failed_newest_version_says_which_one_still_serves(web, vision):
    make_build(make_version(vision, "train", "numpy"))
    make_build(make_version(vision, "train", "scipy"), State.FAILED, error="no")
    assert "v1 still serves" in web.get("/w/vision/").text


def test_archived_and_anonymous_environments_are_not_listed(web, three, now):
    Environment.objects.filter(name="idle").update(archived_at=now)
    Environment.objects.filter(name="broken").update(anonymous=True)
    assert names(web.get("/w/vision/")) == ["train"]


def test_a_first_visit_shows_three_ways_to_begin(web, vision):
    assert web.get("/w/vision/").text.count('<article class="card">') == 3


def test_nothing_found_offers_the_way_back(web, three):
    assert "No environment matches “zzz”" in web.get("/w/vision/", {"q": "zzz"}).text


def test_pages_hold_25(web, vision):
    for number in range(27):
        make_version(vision, f"env-{number:02}")
    assert len(names(web.get("/w/vision/?sort=name"))) == 25
    assert names(web.get("/w/vision/?sort=name&page=2")) == ["env-25", "env-26"]


def test_htmx_gets_only_the_results_under_a_clean_address(web, three):
    answer = web.get("/w/vision/?q=&status=ready&sort=", headers=HTMX)
    assert "<html" not in answer.text
    assert answer["HX-Push-Url"] == "/w/vision/?status=ready"
    assert "HX-Request" in answer["Vary"]


def test_going_back_in_the_browser_gets_the_whole_page(web, three):
    assert "<html" in web.get("/w/vision/", headers=HTMX | {"HX-History-Restore-Request": "true"}).text


def test_a_row_asks_again_until_its_build_has_ended(web, vision):
    build = make_build(make_version(vision, "train"), State.RUNNING)
    row = web.get("/w/vision/?row=train", headers=HTMX).text
    assert row.strip().startswith("<tr") or "<tr role" in row
    assert "hx-get" in row
    build.enter(State.CANCELLED)
    assert "hx-get" not in web.get("/w/vision/?row=train", headers=HTMX).text


@pytest.mark.parametrize("name", ["gone", "%00"])
def test_a_row_that_is_gone_answers_404(web, vision, name):
    assert web.get(f"/w/vision/?row={name}", headers=HTMX).status_code == 404


def test_a_long_list_asks_no_more_than_a_short_one(queries_of, vision):
    make_build(make_version(vision, "train"), State.QUEUED)
    first = queries_of("/w/vision/")
    for number in range(20):
        version = make_version(vision, f"env-{number}")
        make_build(version, [State.SUCCEEDED, State.FAILED, State.QUEUED][number % 3], packages=[("pip", "a", "1")])
    assert queries_of("/w/vision/") <= first + 1  # one for the packages, once there are images
    assert first <= 20


def test_an_environment_leads_to_its_newest_version(web, vision):
    make_version(vision, "train", "numpy")
    make_version(vision, "train", "scipy")
    assert web.get("/w/vision/env/train/").url == "/w/vision/env/train/v/2/"
    assert web.get("/w/vision/env/train/?version=1").url == "/w/vision/env/train/v/1/"
    assert web.get("/w/vision/env/train/?version=../9").status_code == 404
