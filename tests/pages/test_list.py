"""The list of environments: finding, filtering, paging, refreshing."""

import pytest

from environments.models import Environment, Hold, ImagePackage, State
from environments.services.lifecycle import describe
from tests.cast import make_build, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database]
HTMX = {"HX-Request": "true"}
MOST_QUESTIONS = 12


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
        ("tag:robots", ["train"], "tag team=robots"),
        ("tag:rai", [], ""),
        ("torch >= 2.5, <3", ["train"], "has torch 2.5.1"),
        ("to", [], ""),
    ],
)
def test_a_search_finds_by_name_description_tag_and_package(web, three, query, found, reason):
    answer = web.get("/w/vision/", {"q": query})
    assert names(answer) == found
    assert [row.hits for row in answer.context["rows"]] == [[reason] if reason else []] * len(found)


def test_tags_are_found_in_any_script_and_are_no_broken_condition(web, vision):
    make_version(vision, "train", tags={"équipe": "données"})
    answer = web.get("/w/vision/", {"q": "équipe=données"})
    assert names(answer) == ["train"]
    assert answer.context["unread"] == []


@pytest.fixture
def tagged(vision):
    """train, whose second version got tags and a description of its own after it was saved."""
    make_version(vision, "train")
    second = make_version(vision, "train", "other")
    describe(second, description="for the demand forecast", tags={"team": "demand", "tier": "gold"}, by=second.author)
    return second


@pytest.mark.parametrize("query", ["team=demand", "tag:team=demand", "demand", "forecast", '"tag:tier=gold"'])
def test_the_newest_version_s_own_tags_and_description_are_searched(web, tagged, query):
    assert names(web.get("/w/vision/", {"q": query})) == ["train"]


def test_the_tags_of_a_version_before_the_newest_are_not_searched(web, tagged):
    make_version(tagged.environment.workspace, "train", "another")
    assert names(web.get("/w/vision/", {"q": "team=demand"})) == []


def test_a_row_says_what_its_newest_version_says_of_itself_unless_the_environment_does(web, tagged):
    assert "for the demand forecast" in web.get("/w/vision/").text
    describe(tagged.environment, description="trains nightly", by=tagged.author)
    text = web.get("/w/vision/").text
    assert "trains nightly" in text
    assert "for the demand forecast" not in text


def test_only_the_newest_version_counts_for_packages(web, three):
    make_build(make_version(three, "train", "other"), packages=[("pip", "jax", "1.0")])
    assert names(web.get("/w/vision/", {"q": "torch"})) == []


def test_every_term_must_hold_and_each_gives_its_reason(web, three):
    answer = web.get("/w/vision/", {"q": "team=robots tra torch>=2 libc"})
    [row] = answer.context["rows"]
    assert row.hits == ["tag team=robots", "has torch 2.5.1", "has libc6 2.36"]
    assert names(web.get("/w/vision/", {"q": "torch later"})) == []


def test_a_term_that_cannot_be_read_is_told_and_the_rest_is_searched(web, three):
    answer = web.get("/w/vision/", {"q": "torch>>2 later"})
    assert names(answer) == ["idle"]
    assert "I could not read “torch&gt;&gt;2”" in answer.text
    assert "is no condition on a version" in answer.text


@pytest.mark.parametrize("query", ["Py-YAML", "py_yaml<7", "PY.YAML>=6"])
def test_a_package_with_a_condition_is_found_in_every_spelling(web, vision, query):
    make_build(make_version(vision, "train"), packages=[("pip", "py-YAML", "6.0.2")])
    assert names(web.get("/w/vision/", {"q": query})) == ["train"]


def test_where_a_newer_version_failed_the_one_that_serves_is_searched(web, three):
    make_build(make_version(three, "train", "other"), State.FAILED, error="no")
    assert names(web.get("/w/vision/", {"q": "torch"})) == ["train"]


def test_packages_of_other_workspaces_are_not_searched(web, three, charlie):
    ImagePackage.objects.update(name="elsewhere")
    assert names(web.get("/w/vision/", {"q": "torch"})) == []


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("status=ready", {"train"}),
        ("status=failed", {"broken"}),
        ("status=unbuilt&status=failed", {"broken", "idle", "asked"}),
        ("kind=image", set()),
        ("kind=pip&status=ready", {"train"}),
        ("python=3.11", {"train"}),
        ("python=3.11&python=3.12", {"train"}),
        ("accelerator=CPU", {"train"}),
        ("accelerator=CUDA+12.8", set()),
        ("framework=PyTorch", {"asked"}),
        ("framework=scikit-learn&framework=JAX", {"asked"}),
        ("owner=alice", {"asked"}),
        ("lifecycle=archived", {"old"}),
        ("lifecycle=archived&lifecycle=active", {"train", "broken", "idle", "asked", "old"}),
        ("owner=%00", {"train", "broken", "idle", "asked"}),
        ("status=nonsense&sort=nonsense&page=nonsense", {"train", "broken", "idle", "asked"}),
        ("q=%00", {"train", "broken", "idle", "asked"}),
    ],
)
def test_filters_narrow_the_list_and_nonsense_is_passed_over(web, three, alice, now, query, found):
    make_version(three, "asked", "torch", "scikit-learn", author=alice)
    make_version(three, "old")
    Environment.objects.filter(name="old").update(archived_at=now)
    assert set(names(web.get(f"/w/vision/?{query}"))) == found


def counts(answer):
    return {name: {choice.value: choice.count for choice in found} for name, _, found in answer.context["facets"]}


def test_counts_are_narrowed_by_the_text_and_by_what_is_chosen_elsewhere(web, three):
    make_build(make_version(three, "other", "torch"))
    found = counts(web.get("/w/vision/"))
    assert found["status"] == {"ready": 2, "failed": 1, "unbuilt": 1}
    assert found["framework"] == {"PyTorch": 1}
    assert found["lifecycle"] == {"active": 4, "archived": 0}
    found = counts(web.get("/w/vision/?framework=PyTorch"))
    assert found["status"] == {"ready": 1}
    assert found["framework"] == {"PyTorch": 1}
    assert counts(web.get("/w/vision/?q=later"))["status"] == {"unbuilt": 1}
    assert counts(web.get("/w/vision/?status=failed"))["status"] == {"ready": 2, "failed": 1, "unbuilt": 1}


def test_a_choice_stays_in_sight_where_nothing_fits_it(web, three):
    assert counts(web.get("/w/vision/?q=later&status=failed"))["status"] == {"unbuilt": 1, "failed": 0}


def test_the_counts_come_along_with_the_results(web, three):
    text = web.get("/w/vision/?status=failed", headers=HTMX).text
    assert '<div class="groups" id="facets" hx-swap-oob="true">' in text
    assert 'id="sorting" hx-swap-oob="true"' in text
    assert web.get("/w/vision/").text.count("hx-swap-oob") == 0


def test_each_filter_and_the_text_can_be_taken_away(web, three):
    answer = web.get("/w/vision/?q=tra&status=ready&status=failed")
    assert dict(answer.context["pills"]) == {
        "“tra”": "/w/vision/?q=&status=ready&status=failed",
        "Ready": "/w/vision/?q=tra&status=failed",
        "Failed": "/w/vision/?q=tra&status=ready",
        "Active": "/w/vision/?q=tra&status=ready&status=failed&lifecycle=active&lifecycle=archived",
    }


def test_column_heads_sort_and_say_how(web, vision):
    make_build(make_version(vision, "b"), packages=[("pip", "a", "1")])
    make_build(make_version(vision, "c"), packages=[("pip", "a", "1"), ("pip", "b", "1")])
    make_version(vision, "a")
    assert names(web.get("/w/vision/?sort=-packages")) == ["c", "b", "a"]
    assert names(web.get("/w/vision/?sort=packages")) == ["b", "c", "a"]
    answer = web.get("/w/vision/?sort=name&kind=pip")
    assert names(answer) == ["a", "b", "c"]
    assert 'aria-sort="ascending"><a href="/w/vision/?kind=pip&amp;sort=-name"' in answer.text
    assert web.get("/w/vision/").text.count('aria-sort="descending"') == 1


def test_a_menu_offers_what_one_may_do(web, client, three, bob):
    assert "/w/vision/env/train/v/1/edit/" in web.get("/w/vision/").text
    client.force_login(bob)
    text = client.get("/w/vision/").text
    assert "/w/vision/env/train/v/1/use/" in text
    assert "/edit/" not in text


def test_it_says_how_many_see_the_list(web, vision):
    assert "Visible to 2 members of vision" in web.get("/w/vision/").text


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


def test_a_list_asks_at_most_12_questions_however_long_it_is(queries_of, vision):
    make_version(vision, "train")
    assert queries_of("/w/vision/") <= MOST_QUESTIONS
    Hold.objects.create(kind=Hold.Kind.PAUSED, reason="repairs")
    states = [State.SUCCEEDED, State.FAILED, State.QUEUED, State.RUNNING]
    for number in range(40):
        packages = [("pip", "numpy", f"1.{number}"), ("pip", "libs", "2")]
        make_build(make_version(vision, f"env-{number}"), packages=packages)
        make_build(make_version(vision, f"env-{number}", "newer"), states[number % 4], packages=packages)
    assert queries_of("/w/vision/") <= MOST_QUESTIONS
    assert queries_of("/w/vision/?q=numpy>1.1 lib env&sort=name") <= MOST_QUESTIONS
    assert queries_of("/w/vision/?q=env&lifecycle=archived&lifecycle=active&page=2") <= MOST_QUESTIONS


def test_an_environment_leads_to_its_newest_version(web, vision):
    make_version(vision, "train", "numpy")
    make_version(vision, "train", "scipy")
    assert web.get("/w/vision/env/train/").url == "/w/vision/env/train/v/2/"
    assert web.get("/w/vision/env/train/?version=1").url == "/w/vision/env/train/v/1/"
    assert web.get("/w/vision/env/train/?version=../9").status_code == 404


def test_where_a_word_is_part_of_very_many_names_the_closest_are_searched_and_it_says_so(web, vision, monkeypatch):
    monkeypatch.setattr("environments.pages.search.MOST_NAMES", 2)
    packages = [("pip", name, "1") for name in ("my-arrow", "arrow", "arrow-cli")]
    make_build(make_version(vision, "train"), packages=packages)
    answer = web.get("/w/vision/?q=arrow")
    assert [row.hits for row in answer.context["rows"]] == [["has arrow 1"]]
    assert "is part of the names of 3 packages" in answer.text


def test_packages_of_other_workspaces_are_not_counted(web, vision, monkeypatch):
    monkeypatch.setattr("environments.pages.search.MOST_NAMES", 2)
    make_build(make_version(vision, "train"), packages=[("pip", "arrow-long", "1")])
    others = [("pip", name, "1") for name in ("arrow", "arrows", "arrow-cli")]
    make_build(make_version(make_workspace("hidden"), "train"), packages=others)
    answer = web.get("/w/vision/?q=arrow")
    assert [row.hits for row in answer.context["rows"]] == [["has arrow-long 1"]]
    assert "is part of the names" not in answer.text


@pytest.mark.parametrize("query", ["python=²", "accelerator=²", "owner=²"])
def test_a_figure_that_is_no_number_is_answered(web, vision, query):
    assert web.get(f"/w/vision/?{query}").status_code == 200


def test_words_that_were_not_searched_for_are_told(web, vision):
    assert "Only the first 8 words were searched for." in web.get("/w/vision/?q=a+b+c+d+e+f+g+h+i").text


def test_the_heading_counts_what_is_shown_of_all_there_is(web, three):
    assert ">3</span></h1>" in web.get("/w/vision/").text
    assert ">1 of 3</span></h1>" in web.get("/w/vision/?q=robots").text
    part = web.get("/w/vision/?q=robots", headers=HTMX | {"HX-Target": "results"}).text
    assert '<span class="muted int" id="shown" hx-swap-oob="true">1 of 3</span>' in part


@pytest.mark.parametrize(("role", "deletes"), [("viewer", False), ("editor", False), ("admin", True)])
def test_the_menu_of_a_row_offers_what_the_role_allows(web, alice, three, role, deletes):
    three.members.filter(user=alice).update(role=role)
    text = web.get("/w/vision/").text
    assert 'href="/w/vision/env/idle/v/1/export.zip"' in text
    assert ('href="/w/vision/env/idle/delete/"' in text) == deletes
