"""The catalogue as people see it, and the way from it to an environment of one's own."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db.models.signals import post_init
from django.utils import timezone

from curated import support
from curated.bundle import bundled_entries
from curated.detail import USERS_SHOWN
from curated.sync import publish_catalogue
from environments.models import AuditEvent, Environment, Version
from tests.cast import make_build, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_files")]


@pytest.fixture
def published(vision):
    return {version.environment.name: version for version, _ in publish_catalogue(bundled_entries())}


def catalogue(client, user, **query):
    client.force_login(user)
    return client.get("/curated/", query).content.decode()


@pytest.mark.parametrize("name", ["alice", "bob", "charlie", "admin"])
def test_everyone_signed_in_sees_every_card(client, published, request, name):
    page = catalogue(client, request.getfixturevalue(name))
    assert page.count('class="card"') == 3
    assert "/w/curated/env/scikit-learn/v/1/use/" in page
    assert "Patches until 31 Oct 2027" in page


def test_a_stranger_signs_in_first(client, published):
    assert client.get("/curated/").url == "/login/?next=/curated/"


def test_an_empty_catalogue_says_what_to_do(client, alice):
    page = catalogue(client, alice)
    assert "publish_curated" in page
    assert "Load the bundle" not in page


def test_an_admin_loads_the_bundle_by_a_button(client, admin):
    assert "Load the bundle" in catalogue(client, admin)
    answer = client.post("/curated/")
    assert (answer.status_code, answer.url) == (303, "/curated/")
    assert client.get("/curated/").context["total"] == 3
    event = AuditEvent.objects.get(action="curated.load")
    assert (event.actor, len(event.detail["published"])) == ("admin", 3)


def test_nobody_else_loads_it(client, alice):
    client.force_login(alice)
    assert client.post("/curated/").status_code == 403
    assert not Version.objects.exists()


@pytest.fixture
def ended(monkeypatch):
    """end(name, **dates): the support of an environment as if it had other dates."""

    def end(name, **dates):
        entries = tuple(
            replace(entry, support=replace(entry.support, **dates)) if entry.name == name else entry
            for entry in bundled_entries()
        )
        for module in ("curated.support", "curated.pages"):
            monkeypatch.setattr(f"{module}.bundled_entries", lambda: entries)

    return end


def test_a_card_says_whether_its_image_is_here(client, alice, published):
    assert "Built here" not in catalogue(client, alice)
    make_build(published["scikit-learn"])
    page = catalogue(client, alice)
    assert page.count("Built here") == 1
    assert page.count("Not built here yet") == 2


def test_the_catalogue_is_searched_by_name_and_package(client, alice, published):
    assert catalogue(client, alice, q="matplotlib").count('class="card"') == 1
    assert catalogue(client, alice, q="numpy").count('class="card"') == 2
    assert "No curated environment matches" in catalogue(client, alice, q="tensorflow")


def test_the_catalogue_is_narrowed_by_use(client, alice, published):
    page = catalogue(client, alice, use="training")
    assert page.count('class="card"') == 1
    assert "scikit-learn" in page


def test_htmx_gets_the_cards_only(client, alice, published):
    client.force_login(alice)
    part = client.get("/curated/", {"q": "numpy"}, headers={"HX-Request": "true"})
    assert b"<html" not in part.content
    assert part.content.count(b'class="card"') == 2


def test_who_may_make_nothing_is_not_offered_to_start(client, charlie, alice, published):
    assert "Start from this" not in catalogue(client, charlie)
    assert "Start from this" in catalogue(client, alice)


def test_from_the_catalogue_to_a_build_of_ones_own_by_clicks_and_one_typed_line(client, alice, published):
    catalogue(client, alice, ws="vision")
    form_page = client.get("/w/curated/env/scikit-learn/v/1/edit/?ws=vision", follow=True)
    form = form_page.context["form"]
    typed = form["text"].value() + "lightgbm==4.6.0\n"
    fields = {"name": form["name"].value(), "image": form["image"].value(), "text": typed, "build": "on"}
    answer = client.post(form_page.request["PATH_INFO"], fields | {"from": str(form.origin), "action": "save"})
    version = Version.objects.get(environment__workspace__slug="vision")
    assert answer.url == version.builds.get().get_absolute_url()
    assert (version.environment.name, version.parent) == ("scikit-learn", published["scikit-learn"])
    compare = "/compare/?from=curated/scikit-learn%3A1&amp;to=vision/scikit-learn%3A1"
    assert compare in client.get(version.get_absolute_url()).content.decode()
    assert "lightgbm" in client.get(compare.replace("&amp;", "&")).content.decode()


def shown(client, **query):
    return [card.version.environment.name for card in client.get("/curated/", query).context["cards"]]


def test_only_supported_ones_are_shown_unless_asked_for(client, alice, published, ended):
    ended("scikit-learn", patches_until=date(2026, 1, 31))
    client.force_login(alice)
    assert shown(client) == ["minimal-python", "scientific-python"]
    assert shown(client, support="all") == ["minimal-python", "scientific-python", "scikit-learn"]
    assert "Patches ended on 31 Jan 2026" in client.get("/curated/?support=all").text
    counts = client.get("/curated/").context
    assert (counts["supported"], counts["with_ended"]) == (2, 3)


def test_facets_narrow_and_count_under_each_other(client, alice, published):
    make_build(published["scikit-learn"])
    client.force_login(alice)
    assert shown(client, here="yes") == ["scikit-learn"]
    assert shown(client, framework="NumPy") == ["scientific-python"]
    assert shown(client, framework=["NumPy", "Python"], accelerator="CPU") == ["minimal-python", "scientific-python"]
    facets = {facet["name"]: facet["choices"] for facet in client.get("/curated/?here=yes").context["facets"]}
    assert facets["accelerator"] == [("CPU", 1, False)]
    assert facets["use"] == [("training", 1, False)]


def test_the_answer_to_htmx_brings_the_counts_and_a_clean_address(client, alice, published):
    client.force_login(alice)
    query = {"q": "", "sort": "", "support": "", "use": "training", "ws": "vision"}
    answer = client.get("/curated/", query, headers={"HX-Request": "true"})
    assert answer["HX-Push-Url"] == "/curated/?ws=vision&use=training"
    assert 'id="groups" hx-swap-oob="true"' in answer.text


def test_going_back_gets_the_page_with_each_filter_once(client, alice, published):
    client.force_login(alice)
    restored = {"HX-Request": "true", "HX-History-Restore-Request": "true"}
    page = client.get("/curated/", {"use": "training"}, headers=restored).text
    assert "<html" in page
    assert page.count('id="groups"') == 1


def test_cards_are_sorted(client, alice, published):
    make_build(published["scikit-learn"])
    make_build(published["minimal-python"])
    image = published["scikit-learn"].image_built
    image.size = 1000
    image.save()
    client.force_login(alice)
    assert shown(client) == ["minimal-python", "scikit-learn", "scientific-python"]
    assert shown(client, sort="smallest") == ["scikit-learn", "minimal-python", "scientific-python"]
    newest = sorted(published.values(), key=lambda version: version.created_at, reverse=True)
    assert shown(client, sort="newest") == [version.environment.name for version in newest]


def test_what_is_in_an_image_is_found_and_said(client, alice, published):
    make_build(published["minimal-python"], packages=[("dpkg", "libssl3", "3.0.15"), ("pip", "wheel", "0.45.1")])
    page = catalogue(client, alice, q="libssl")
    assert page.count('class="card"') == 1
    assert "<mark>has libssl3 3.0.15</mark>" in page
    assert shown(client, q="wheel<0.46") == ["minimal-python"]
    assert shown(client, q="wheel<0.40") == []
    assert "is no condition on a version" in client.get("/curated/", {"q": "wheel>>2"}).text


def test_a_past_end_of_patches_is_said_inside_the_snippet(client, alice, published, ended, vision):
    make_build(published["scikit-learn"])
    client.force_login(alice)
    assert "no more patches" not in client.get("/w/curated/env/scikit-learn/v/1/use/").text
    ended("scikit-learn", patches_until=timezone.localdate() - timedelta(days=1))
    warning = support.warning_of(published["scikit-learn"])
    assert warning.startswith("scikit-learn gets no more patches: they ended on ")
    for key, sign in (("docker", "#"), ("dockerfile", "#"), ("azure", "#"), ("devcontainer", "//")):
        page = client.get("/w/curated/env/scikit-learn/v/1/use/", {"as": key})
        assert page.context["snippet"].text.startswith(f"{sign} {warning}\n")
    mine = make_version(vision, "scikit-learn", "numpy")
    assert support.warning_of(mine) == ""


def detail(client, user, name="scikit-learn"):
    client.force_login(user)
    return client.get(f"/curated/{name}/")


def test_the_page_of_an_environment_tells_its_life(client, bob, published):
    page = detail(client, bob)
    for said in ("Patches until 31 Oct 2027", "23 Nov 2026", "31 Oct 2028", "scikit-learn==1.9.1", "Not yet"):
        assert said in page.text
    assert "Start from this" not in page.text
    assert page.context["releases"][0].changes is None


def test_its_versions_lead_to_it(client, alice, published):
    client.force_login(alice)
    assert 'href="/curated/scikit-learn/"' in client.get(published["scikit-learn"].get_absolute_url()).text


def test_what_is_no_curated_environment_is_not_found(client, alice, published, vision):
    make_version(vision, "train", "numpy")
    assert detail(client, alice, "train").status_code == 404
    assert detail(client, alice, "no-such").status_code == 404


def test_one_the_bundle_no_longer_holds_keeps_its_page(client, alice, vision):
    make_version(make_workspace("curated"), "old", "numpy")
    page = detail(client, alice, "old")
    assert page.status_code == 200
    assert "No longer part of what comes with the studio" in page.text


def test_the_changelog_is_made_from_the_packages(client, alice, published):
    workspace = published["scikit-learn"].environment.workspace
    make_build(published["scikit-learn"], packages=[("pip", "numpy", "2.4.6"), ("pip", "six", "1.16")])
    second = make_version(workspace, "scikit-learn", "numpy==2.5.0")
    make_build(second, packages=[("pip", "numpy", "2.5.0"), ("pip", "pandas", "3.1")])
    make_version(workspace, "scikit-learn", "numpy==2.6.0")
    releases = detail(client, alice).context["releases"]
    told = [[(change.kind, change.name) for change in release.changes or ()] for release in releases]
    assert told == [
        [("changed", "numpy")],  # not built: what is asked for
        [("updated", "numpy"), ("added", "pandas"), ("removed", "six")],
        [],
    ]
    assert [release.got for release in releases] == [False, True, False]


def test_used_by_counts_only_what_one_may_see(client, alice, charlie, published, vision):
    origin = published["scikit-learn"]
    make_version(vision, "mine", "numpy", parent=origin)
    make_version(vision, "mine", "numpy", "scipy", parent=origin)
    make_version(make_workspace("other"), "secret", "numpy", parent=origin)
    page = detail(client, alice)
    assert "Used by 1 environment in your workspaces" in page.text
    assert "secret" not in page.text
    assert "Used by 0 environments" in detail(client, charlie).text


def test_used_by_names_the_first_and_reads_no_more_than_those(client, alice, published, vision):
    names = [f"mine-{number:02}" for number in range(USERS_SHOWN + 3)]
    for name in names:
        make_version(vision, name, "numpy", parent=published["scikit-learn"])
    read = []

    def note(instance, **_):
        read.append(instance.name)

    post_init.connect(note, sender=Environment)
    text = detail(client, alice).text
    post_init.disconnect(note, sender=Environment)
    assert f"Used by {len(names)} environments" in text
    assert f"The first {USERS_SHOWN} are shown." in text
    assert [name for name in read if name in names] == names[:USERS_SHOWN]


def test_the_pages_ask_little_however_much_there_is(client, alice, published, vision, django_assert_max_num_queries):
    origin = published["scikit-learn"]
    make_build(origin, packages=[("pip", f"package-{number}", "1") for number in range(30)])
    for number in range(12):
        make_version(vision, f"mine-{number}", "numpy", f"six==1.{number}", parent=origin)
        make_build(make_version(origin.environment.workspace, "scikit-learn", f"numpy==2.{number}"))
    client.force_login(alice)
    with django_assert_max_num_queries(12):
        assert client.get("/curated/scikit-learn/?ws=vision").status_code == 200
    with django_assert_max_num_queries(12):
        assert client.get("/curated/?ws=vision&q=package").status_code == 200
