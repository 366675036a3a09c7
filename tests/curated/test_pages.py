"""The catalogue as people see it, and the way from it to an environment of one's own."""

import pytest

from curated.bundle import bundled_entries
from curated.sync import publish_catalogue
from environments.models import Version
from tests.cast import make_build

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
    assert "publish_curated" in catalogue(client, alice)


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
