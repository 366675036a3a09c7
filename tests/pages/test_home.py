"""The start page: what is mine, what is others', and what to do where there is nothing."""

import pytest

from environments.models import State
from tests.cast import make_build, make_version, make_workspace

pytestmark = pytest.mark.django_db


def home(web):
    return web.get("/")


def names(rows):
    return [row.environment.name for row in rows]


def test_what_one_wrote_or_asked_to_build_goes_on(web, vision, alice, bob):
    make_version(vision, "written", "numpy", author=alice)
    others = make_version(vision, "built", "scipy", author=bob)
    make_version(vision, "untouched", "jax", author=bob)
    make_build(others, requested_by=alice)
    assert names(home(web).context["recent"]) == ["built", "written"]


def test_an_environment_is_made_from_here_in_the_workspace_one_worked_in(web, vision, alice):
    make_workspace("another", editor=alice)
    link = 'href="/w/{}/new/" data-key="create"'.format
    assert link("another") in home(web).text
    make_version(vision, "written", "numpy", author=alice)
    assert link("vision") in home(web).text


def test_the_last_five_touched_in_their_order(web, vision, alice):
    for number in range(7):
        make_build(make_version(vision, f"env-{number}", "numpy", author=alice), requested_by=alice)
    make_version(vision, "env-1", "numpy", "scipy", author=alice)
    assert names(home(web).context["recent"]) == ["env-1", "env-6", "env-5", "env-4", "env-3"]


def test_what_one_may_no_longer_see_is_left_out(web, alice):
    make_version(make_workspace("other"), "secret", "numpy", author=alice)
    assert names(home(web).context["recent"]) == []


def test_my_running_builds_stand_apart_from_those_of_others(web, vision, alice, bob):
    mine = make_build(make_version(vision, "a", "numpy"), State.RUNNING, requested_by=alice)
    other = make_build(make_version(vision, "b", "scipy"), State.QUEUED, requested_by=bob)
    nobody = make_build(make_version(vision, "c", "jax"), State.QUEUED)
    page = home(web)
    assert [row["build"] for row in page.context["mine"]] == [mine]
    assert {row["build"] for row in page.context["others"]} == {other, nobody}
    assert (page.context["mine_count"], page.context["others_count"]) == (1, 2)
    assert page.text.index("My running builds") < page.text.index("Continue") < page.text.index("Builds of others")


def test_with_nothing_yet_the_first_step_is_offered(web, client, bob, charlie, vision):
    page = home(web).text
    assert "/w/vision/new/" in page
    assert "/curated/?ws=vision" in page
    client.force_login(bob)
    assert "/new/" not in home(client).text
    client.force_login(charlie)
    assert "You are not in a workspace yet" in home(client).text


def test_the_page_asks_little_however_much_there_is(queries_of, vision, alice):
    make_build(make_version(vision, "first", "numpy", author=alice), State.RUNNING, requested_by=alice)
    few = queries_of("/")
    for number in range(12):
        make_build(make_version(vision, f"env-{number}", "numpy", author=alice), State.RUNNING, requested_by=alice)
    assert queries_of("/") <= few


def test_a_stranger_reads_what_the_studio_is_for(client, db, plain_files):
    page = client.get("/", follow=True)
    assert page.redirect_chain[0][0] == "/login/?next=/"
    assert "define them, build them into images" in page.text
