"""Searching everything: what is found, why, and that nothing of other people's workspaces is."""

import pytest
from django.db import connection

from environments.models import Environment, ImagePackage, PackageName, State, Version
from environments.models.images import record_packages
from environments.services.lifecycle import describe
from environments.services.setup import ensure_workspaces
from tests.cast import make_build, make_user, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database]
HTMX = {"HX-Request": "true"}


def found(web, text, **more):
    """{group: [what its rows name]}"""
    groups = web.get("/search/", {"q": text} | more).context["groups"]
    return {group.key: [named(row) for row in group.rows] for group in groups}


def named(row):
    if isinstance(row, Environment):
        return row.name
    if isinstance(row, Version):
        return str(row)
    if "build" in row:
        return row["build"].number
    return f"{row['version']} has {row['package']} {row['installed']}"


@pytest.fixture
def stocked(vision, alice):
    """train has numpy 1.26 in version 1 and 2.1 in version 2; charlie's `secret` has numpy 1.0, alice cannot see it."""
    make_build(make_version(vision, "train", "a", tags={"team": "robots"}), packages=[("pip", "numpy", "1.26.4")])
    newer = [("pip", "numpy", "2.1.0"), ("dpkg", "numpy", "9"), ("conda", "PyYAML", "6.0")]
    make_build(make_version(vision, "train", "b"), packages=newer)
    make_build(make_version(vision, "serve", description="Für die Züge"), packages=[("pip", "numpy", "1.26.4")])
    hidden = make_version(make_workspace("hidden", editor=make_user("dora")), "train-secret", tags={"team": "robots"})
    make_build(hidden, packages=[("pip", "numpy", "1.0"), ("pip", "secret-sauce", "1")])
    return vision


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("rai", {"environments": ["train"]}),
        ("TRAIN", {"environments": ["train"]}),
        ("züge", {"environments": ["serve"]}),
        ("robots", {"environments": ["train"]}),
        ("team=robots", {"environments": ["train"]}),
        ("team=robot", {"environments": ["train"]}),
        ("train:1", {"versions": ["vision/train:1"]}),
        ("vision/train:v2", {"versions": ["vision/train:2"]}),
        ("train:", {"versions": ["vision/train:2", "vision/train:1"]}),
        ("hidden/train-secret:1", {}),
        ("numpy", {"packages": ["vision/serve:1 has numpy 1.26.4", "vision/train:2 has numpy 2.1.0"]}),
        ("numpy<2", {"packages": ["vision/serve:1 has numpy 1.26.4", "vision/train:1 has numpy 1.26.4"]}),
        ("NumPy == 2.1.0", {"packages": ["vision/train:2 has numpy 2.1.0"]}),
        ("pyyaml>=6", {"packages": ["vision/train:2 has PyYAML 6.0"]}),
        ("umpy", {"packages": ["vision/serve:1 has numpy 1.26.4", "vision/train:2 has numpy 2.1.0"]}),
        ("numpy<1.20", {}),
        ("secret", {}),
        ("secret-sauce", {}),
        (": ", {}),
        ('"', {}),
        ("\0", {}),
        ("%", {}),
    ],
)
def test_a_search_finds_what_one_may_see(web, stocked, text, expected):
    assert found(web, text) == expected


def test_names_in_another_workspace_do_not_hide_ones_own(web, vision):
    make_build(make_version(vision, "train"), packages=[("pip", "torchvision", "0.20")])
    hidden = make_workspace("hidden", editor=make_user("dora"))
    build = make_build(make_version(hidden, "train"), packages=[("pip", "torch", "2.5")])
    assert found(web, "torch") == {"packages": ["vision/train:1 has torchvision 0.20"]}
    web.force_login(hidden.members.get().user)
    assert found(web, "torch") == {"packages": ["hidden/train:1 has torch 2.5"]}
    web.force_login(make_user("eve"))
    assert found(web, "torch") == {}
    web.force_login(make_user("root", is_superuser=True))
    assert found(web, "torch") == {"packages": ["hidden/train:1 has torch 2.5"]}
    record_packages(build.image, [ImagePackage(image=build.image, manager="pip", name="Torch_Vision", version="1")])
    assert set(PackageName.objects.values_list("workspace__slug", "name", "plain")) == {
        ("vision", "torchvision", "torchvision"),
        ("hidden", "torch", "torch"),
        ("hidden", "Torch_Vision", "torch-vision"),
    }


def test_of_very_many_versions_the_newest_are_counted(web, stocked, monkeypatch):
    monkeypatch.setattr("environments.services.search.MOST_MATCHES", 1)
    for few in (2_000, 0):
        monkeypatch.setattr("environments.services.search.FEW", few)
        assert found(web, "numpy")["packages"] == ["vision/serve:1 has numpy 1.26.4"]
        assert found(web, "numpy>2")["packages"] == ["vision/train:2 has numpy 2.1.0"]
        assert "Counted over the newest" in web.get("/search/?q=numpy").text
        assert "Counted over the newest" not in web.get("/search/?q=numpy>2").text


def test_an_image_that_goes_between_two_questions_is_passed_over(web, stocked):
    def lose(execute, sql, params, many, context):
        answer = execute(sql, params, many, context)
        if "ORDER BY" in sql and '"environments_version"."id" DESC' in sql:
            ImagePackage.objects.all().delete()
        return answer

    with connection.execute_wrapper(lose):
        assert found(web, "numpy") == {}


def test_a_tag_in_any_script_is_found(web, vision):
    make_version(vision, "train", tags={"équipe": "données"})
    assert found(web, "équipe=données") == {"environments": ["train"]}
    assert "tag équipe=données" in web.get("/search/?q=données").text


def test_a_tag_of_the_newest_version_is_found(web, vision):
    version = make_version(vision, "train")
    describe(version, tags={"tier": "gold"}, description="of the demand team", by=version.author)
    assert found(web, "tier=gold") == found(web, "tag:tier=gold") == {"environments": ["train"]}
    assert "of the demand team" in web.get("/search/?q=tier=gold").text


def test_a_pair_is_a_tag_unless_a_package_has_its_name(web, stocked):
    assert "is no condition" not in web.get("/search/?q=tier=silver").text
    assert "“=2” is no condition" in web.get("/search/?q=numpy=2").text


def test_a_build_is_found_by_its_number(web, stocked):
    build = make_build(make_version(stocked, "busy"), State.RUNNING)
    for text in (f"#{build.number}", f"Build {build.number}", str(build.number)):
        assert found(web, text)["builds"] == [build.number]
    assert "Starting" in web.get("/search/", {"q": f"#{build.number}"}).text


def test_versions_of_a_package_are_counted(web, stocked):
    [group] = web.get("/search/?q=numpy").context["groups"]
    counted = [(row["installed"], row["environments"], row["versions"]) for row in group.holding.kinds()]
    assert counted == [("1.26.4", 2, 2), ("2.1.0", 1, 1), ("9", 1, 1)]
    assert group.count == 2
    assert "the newest of 2 versions that hold it" in web.get("/search/?q=numpy").text


def test_curated_environments_stand_in_a_group_of_their_own(web, vision):
    make_version(vision, "torch-mine")
    make_version(make_workspace("curated"), "torch")
    assert found(web, "torch") == {"environments": ["torch-mine"], "curated": ["torch"]}


def test_an_archived_environment_is_found_last_and_says_so(web, stocked, now):
    Environment.objects.filter(name="serve").update(archived_at=now, name="a-train")
    page = web.get("/search/?q=train")
    assert [row.name for row in page.context["groups"][0].rows] == ["train", "a-train"]
    assert "Archived" in page.text
    assert found(web, "numpy")["packages"] == ["vision/train:2 has numpy 2.1.0"]


def test_what_cannot_be_read_is_told(web, stocked):
    page = web.get("/search/?q=numpy>>2")
    assert "is no condition on a version" in page.text
    assert "is no condition" not in web.get("/search/?q=team=robots").text


def test_nothing_asked_and_nothing_found_say_what_can_be_asked(web, stocked):
    assert "What can be asked" in web.get("/search/").text
    nothing = web.get("/search/", {"q": "<b>zzz"}).text
    assert "Nothing found for “&lt;b&gt;zzz”" in nothing
    assert "What can be asked" in nothing


def test_a_group_alone_goes_by_pages(web, vision):
    for number in range(27):
        make_build(make_version(vision, f"env-{number:02}"), packages=[("pip", "numpy", "2.0")])
    page = web.get("/search/?q=env")
    assert [len(group.rows) for group in page.context["groups"]] == [5]
    assert "Show all 27" in page.text
    assert found(web, "env", **{"in": "environments", "page": "2"}) == {"environments": ["env-25", "env-26"]}
    assert len(found(web, "numpy", **{"in": "packages"})["packages"]) == 25
    assert "Show all 27" in web.get("/search/?q=numpy").text


def test_htmx_gets_the_results_alone(web, stocked):
    part = web.get("/search/?q=numpy&in=packages", headers=HTMX)
    assert "<html" not in part.text
    assert part["HX-Push-Url"] == "/search/?q=numpy&in=packages"
    assert "HX-Request" in part["Vary"]
    assert "<html" in web.get("/search/?q=numpy", headers=HTMX | {"HX-History-Restore-Request": "true"}).text


@pytest.mark.parametrize("query", ["?q=n", "?q=numpy", "?q=numpy&in=packages", "?q=train:1", "?q=%237", ""])
def test_a_search_asks_little_of_the_database(queries_of, vision, query):
    ensure_workspaces()
    for number in range(30):
        make_build(make_version(vision, f"env-{number:02}"), packages=[("pip", "numpy", f"2.{number}")])
    assert queries_of(f"/search/{query}") <= 12


def test_every_page_leads_to_the_search(web, vision):
    assert 'action="/search/"' in web.get("/w/vision/").text
    assert 'action="/search/"' in web.get("/no-such-page/").text.partition("<main")[2]
