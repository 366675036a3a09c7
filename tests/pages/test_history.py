"""Every version of an environment, what each changed, and the way to compare any two."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from environments.contexts import from_texts
from environments.models import ImagePackage
from environments.models.images import packages_that_differ
from environments.pages import contextdiff
from environments.pages.changes import Group, got_changes, packages_of
from environments.services.drafts import context_definition, draft
from environments.services.versions import publish_version
from tests.cast import make_build, make_image, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.database]
ADDRESS = "/w/vision/env/train/versions/"
PART = {"HX-Request": "true"}


def make_history(workspace, count, environment="train"):
    for number in range(count):
        version = make_version(workspace, environment, f"a=={number}")
        make_build(version, packages=[("pip", "a", str(number)), ("pip", "same", "1")])


def shown(answer):
    return [entry["version"].name for entry in answer.context["entries"]]


def test_the_history_says_what_each_version_changed(web, vision):
    make_build(make_version(vision, "train", "numpy==1.0"), packages=[("pip", "numpy", "1.0")])
    second = make_version(vision, "train", "numpy==2.0", "scipy", image="python:3.12-slim")
    make_build(second, packages=[("pip", "numpy", "2.0")])
    answer = web.get(ADDRESS)
    newest, first = answer.context["entries"]
    assert newest["changes"].asked == {"added": Group(1, ("scipy",)), "changed": Group(1, ("numpy",))}
    assert newest["changes"].got == {"updated": Group(1, ("numpy",))}
    assert newest["changes"].base == ("python:3.11-slim", "3.12-slim")
    assert newest["changes"].lines == ("requirements.txt", 2, 1)
    assert first["changes"] is None
    assert "3.12-slim</span>" in answer.text


def test_the_history_names_the_first_packages_and_counts_the_others(web, vision):
    make_build(make_version(vision, "train", "a"), packages=[("pip", "a", "1")])
    packages = [("pip", name, "1") for name in ("a", *"bcdefghij")]
    make_build(make_version(vision, "train", "b"), packages=packages)
    text = " ".join(web.get(ADDRESS).text.split())
    assert 'added <span class="mono">b, c, d</span> and 6 more' in text


def test_a_version_whose_context_files_differ_says_which(web, vision, plain_files):
    dockerfile = "FROM python:3.11-slim\nCOPY . /app\n"
    for texts in ({"score.py": "1"}, {"score.py": "2", "new.py": "3"}):
        files = from_texts({"Dockerfile": dockerfile} | texts)
        made = draft(vision, context_definition(files), files=files)
        version, _ = publish_version(vision, "train", made, author=None)
        make_build(version, packages=[("pip", "a", "1")])
    for address in (ADDRESS, version.get_absolute_url()):
        text = " ".join(re.sub(r"<[^>]*>", " ", web.get(address).text).split())
        assert "Context files added new.py changed score.py" in text
        assert "No package in the image differs" in text
    compared = web.get("/w/vision/env/train/compare/1...2/").context
    assert "Of the context files new.py and score.py differ." in compared["summary"]
    assert [section.key for section in compared["differing_sections"]] == ["files", "image"]


def test_of_large_contexts_only_the_manifests_are_read_for_a_list(web, vision, plain_files, monkeypatch):
    monkeypatch.setattr(contextdiff, "MOST_READ", 0)
    for files in ({"a": "1", "b": "1"}, {"a": "2", "b": "22"}):
        files = from_texts({"Dockerfile": "FROM python:3.11-slim\n"} | files)
        publish_version(vision, "train", draft(vision, context_definition(files), files=files), author=None)
    assert web.get(ADDRESS).context["entries"][0]["changes"].files == {"changed": Group(1, ("b",))}


def test_the_history_leads_to_a_comparison(web, vision):
    make_version(vision, "train", "numpy")
    make_version(vision, "train", "scipy")
    assert 'name="from" value="vision/train:1" checked' in web.get(ADDRESS).text
    answer = web.get("/compare/?from=vision/train:1&to=vision/train:2")
    assert answer.url == "/w/vision/env/train/compare/1...2/"


def test_the_newest_version_is_led_to(web, vision):
    make_history(vision, 2)
    assert '<a class="btn" href="/w/vision/env/train/">Newest version</a>' in web.get(ADDRESS).text


def test_older_versions_are_loaded_below_and_compared_with_those_above(web, vision):
    make_history(vision, 28)
    first = web.get(ADDRESS)
    assert shown(first) == [str(number) for number in range(28, 3, -1)]
    assert 'hx-get="/w/vision/env/train/versions/?before=4"' in first.text
    rest = web.get(f"{ADDRESS}?before=4", headers=PART)
    assert re.findall(r'name="from" value="vision/train:(\d+)"', rest.text) == ["3", "2", "1"]
    assert "<html" not in rest.text
    assert "checked" not in rest.text  # or what was chosen above would be lost
    assert "Load 25 more" not in rest.text
    whole = web.get(f"{ADDRESS}?before=4")
    assert "<html" in whole.text
    assert whole.context["entries"][0]["changes"].got == {"updated": Group(1, ("a",))}


@pytest.mark.parametrize("before", ["x", "-1", "1e3", "99999999999", "²"])
def test_a_place_that_is_none_is_not_there(web, vision, before):
    make_version(vision, "train")
    assert web.get(ADDRESS, {"before": before}).status_code == 404


def test_beyond_the_oldest_there_is_nothing(web, vision):
    make_version(vision, "train")
    assert "No older version" in web.get(ADDRESS, {"before": "1"}).text


def test_a_long_history_asks_no_more_than_a_short_one(queries_of, vision):
    make_history(vision, 2)
    first = queries_of(ADDRESS)
    make_history(vision, 28)
    assert queries_of(ADDRESS) == first <= 12


def test_packages_that_stay_the_same_are_not_read(web, vision, reading):
    make_history(vision, 5)
    _, few = reading(lambda: web.get(ADDRESS))
    for version in vision.environments.get(name="train").versions.all():
        ImagePackage.objects.bulk_create(
            ImagePackage(image=version.image_built, manager="pip", name=f"n{n}", version="1") for n in range(300)
        )
    _, many = reading(lambda: web.get(ADDRESS))
    assert many == few


def test_the_same_two_images_are_compared_once(web, vision):
    make_history(vision, 3)
    first = web.get(ADDRESS).context["entries"]
    with CaptureQueriesContext(connection) as asked:
        again = web.get(ADDRESS).context["entries"]
    assert not any("imagepackage" in query["sql"] for query in asked.captured_queries)
    assert [entry["changes"] for entry in again] == [entry["changes"] for entry in first]


PACKAGES = [
    [("pip", "a", "1"), ("pip", "b", "1"), ("conda", "c", "1"), ("dpkg", "d", "1"), ("dpkg", "d", "2")],
    [("pip", "a", "2"), ("pip", "B", "1"), ("conda", "c", "1"), ("dpkg", "d", "1"), ("dpkg", "e", "1")],
    [("pip", "a", "1"), ("pip", "c", "1"), ("dpkg", "d", "2"), ("dpkg", "d", "1")],
    [],
]


@pytest.mark.parametrize("old", PACKAGES)
@pytest.mark.parametrize("new", PACKAGES)
def test_what_the_database_finds_differing_is_what_differs(vision, old, new):
    images = [make_image(vision, packages) for packages in (old, new)]
    images[1].packages.filter(name="c").update(source="conda-forge")
    images[0].packages.filter(name="c").update(source="defaults, the base image")
    pair = tuple(image.pk for image in images)
    everything = packages_of(pair)
    with CaptureQueriesContext(connection) as asked:
        found = packages_that_differ({pair})[pair]
    assert len(asked) == 1
    assert got_changes(*found) == got_changes(everything[pair[0]], everything[pair[1]])
