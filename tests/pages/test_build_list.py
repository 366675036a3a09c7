"""The list of builds: narrowed, and what its last thirty days were like."""

import re
from datetime import timedelta

import pytest

from environments.display.figures import SPARK_HEIGHT, spark
from environments.models import Build, State
from environments.pages.build_list import month_of
from tests.cast import make_build, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database]
HTMX = {"HX-Request": "true"}
LIST = "/w/vision/builds/"


@pytest.fixture
def three(vision, alice, bob, now):
    """train of alice succeeded in 40 seconds, serve of bob failed ten days ago, idle of nobody waits."""
    times = {"started_at": now - timedelta(seconds=45), "finished_at": now - timedelta(seconds=5)}
    make_build(make_version(vision, "train"), requested_by=alice, **times)
    make_build(make_version(vision, "serve"), State.FAILED, requested_by=bob, error="no")
    make_build(make_version(vision, "idle"), State.QUEUED)
    Build.objects.filter(state=State.FAILED).update(created_at=now - timedelta(days=10))
    Build.objects.filter(state=State.SUCCEEDED).update(created_at=times["started_at"] - timedelta(seconds=3))
    return vision


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("env=TRAI", {"train"}),
        ("env=zzz", set()),
        ("who=alice", {"train"}),
        ("who=nobody", set()),
        ("state=failed", {"serve"}),
        ("state=active", {"idle"}),
        ("period=week", {"train", "idle"}),
        ("period=month&state=failed&who=bob", {"serve"}),
        ("state=nonsense&period=nonsense&env=%00&page=nonsense", {"train", "serve", "idle"}),
    ],
)
def test_filters_narrow_the_list_and_nonsense_is_passed_over(web, three, query, found):
    rows = web.get(f"{LIST}?{query}").context["rows"]
    assert {row["build"].version.environment.name for row in rows} == found


@pytest.mark.parametrize("few", [0, 100])
def test_builds_of_few_and_of_many_environments_are_found_alike(web, three, monkeypatch, few):
    monkeypatch.setattr("environments.pages.build_list.FEW", few)
    make_build(make_version(make_workspace("other"), "trail"))
    assert [row["build"].version.environment.name for row in web.get(f"{LIST}?env=TRAI").context["rows"]] == ["train"]


def test_each_filter_that_is_on_can_be_taken_away(web, three):
    page = web.get(f"{LIST}?state=failed&who=bob")
    assert page.context["pills"] == [("Failed", f"{LIST}?who=bob"), ("By bob", f"{LIST}?state=failed")]
    assert web.get(f"{LIST}?who=bob").context["pills"] == [("By bob", LIST)]


def test_no_match_keeps_the_filters_and_offers_all(web, three):
    page = web.get(f"{LIST}?env=zzz").text
    assert "No build matches" in page
    assert 'value="zzz"' in page
    assert "Show all builds" in page


def test_an_empty_list_offers_the_first_environment_and_no_filter(web, vision):
    page = web.get(LIST).text
    assert "Nothing was built here yet" in page
    assert 'id="filter"' not in page


def test_htmx_gets_only_the_results_under_a_clean_address(web, three):
    part = web.get(f"{LIST}?env=&state=failed&who=&period=", headers=HTMX)
    assert "<html" not in part.text
    assert part["HX-Push-Url"] == f"{LIST}?state=failed"
    assert "<html" in web.get(LIST, headers=HTMX | {"HX-History-Restore-Request": "true"}).text


def test_a_row_says_how_long_it_waited_and_ran_and_how_large_it_is(web, three):
    page = web.get(f"{LIST}?env=train").text
    for words in ("123 MB", "queued 3.0 s", "40 s"):
        assert words in page


def menus(page):
    """{name of the environment: what the menu of its build offers}"""
    rows = page.text.split("<tr ")[2:]
    named = {re.search(r'href="/w/vision/env/([a-z]+)/', row)[1]: row.partition('class="sheet"')[2] for row in rows}
    return {name: re.findall(r"</svg>([A-Z][a-z]+[^<]*)<", menu) for name, menu in named.items()}


def test_each_row_has_a_menu_of_what_can_be_done(client, web, three, now, plain_files):
    Build.objects.filter(state=State.FAILED).update(attempt=1)
    failed, idle = Build.objects.get(state=State.FAILED), Build.objects.get(state=State.QUEUED)
    page = web.get(LIST)
    assert menus(page) == {
        "train": ["Open", "Log", "Version v1"],
        "serve": ["Open", "Log", "Version v1", "Retry"],
        "idle": ["Open", "Version v1", "Cancel"],
    }
    assert f'action="{failed.get_absolute_url()}retry/" method="post"' in page.text
    assert f'href="{idle.get_absolute_url()}cancel/" data-confirm' in page.text
    Build.objects.update(log_removed_at=now, cancel_requested_at=now)
    row = web.get(f"{LIST}?row={idle.pk}", headers=HTMX).text
    assert "Actions for build" in row
    assert "/cancel/" not in row
    assert menus(web.get(f"{LIST}?state=failed"))["serve"] == ["Open", "Version v1", "Retry"]


def test_who_may_only_look_is_offered_nothing_that_acts(client, three, bob, plain_files):
    client.force_login(bob)
    assert {word for menu in menus(client.get(LIST)).values() for word in menu} == {"Open", "Log", "Version v1"}


def test_the_last_thirty_days_are_told_in_a_sentence(web, three, now):
    old = make_build(make_version(three, "old"), State.FAILED, error="no")
    Build.objects.filter(pk=old.pk).update(created_at=now - timedelta(days=31))
    make_build(make_version(make_workspace("other"), "elsewhere"))
    assert "3 builds in 30 days, 50 % succeeded, median 40 s" in web.get(LIST).text
    days = month_of(three).days
    assert len(days) == 30
    assert sum(map(sum, days)) == 3
    assert days[-11] == (0, 1, 0)


def test_one_day_alone_makes_no_picture(web, three, now):
    assert 'class="spark"' in web.get(LIST).text
    Build.objects.update(created_at=now)
    assert 'class="spark"' not in web.get(LIST).text


def test_of_very_many_builds_the_newest_are_told(web, three, monkeypatch):
    monkeypatch.setattr("environments.pages.build_list.MOST_RECENT", 2)
    assert "The last 2 builds, 100 % succeeded, median 40 s" in web.get(LIST).text


def test_people_who_asked_lately_can_be_chosen(web, three, bob):
    bob.first_name = "Bob"
    bob.save()
    assert web.get(LIST).context["month"].people == [("alice", "alice"), ("bob", "Bob")]


def test_where_nothing_ended_nothing_is_said_of_it(web, vision):
    make_build(make_version(vision, "idle"), State.QUEUED)
    assert "<span>1 build in 30 days</span>" in web.get(LIST).text


def test_the_picture_shows_every_day_with_a_build_within_its_height():
    bars = spark([(0, 0, 0), (1000, 1, 0), (0, 0, 1), (500, 500, 0)])
    assert [bar.x for bar in bars] == [6, 6, 12, 18, 18]
    for bar in bars:
        assert bar.height > 0
        assert 0 <= bar.y <= bar.y + bar.height <= SPARK_HEIGHT
