"""Two versions side by side."""

import pytest

from environments.contexts import from_texts
from environments.models import ImagePackage
from environments.services.drafts import context_definition, draft
from environments.services.versions import publish_version
from tests.cast import make_build, make_version, make_workspace

pytestmark = pytest.mark.django_db
OLD = [("pip", "numpy", "1.26.0"), ("pip", "scipy", "1.14"), ("dpkg", "libc6", "2.36")]
NEW = [("pip", "numpy", "2.1.0"), ("pip", "pandas", "2.2"), ("dpkg", "libc6", "2.36")]
ADDRESS = "/w/vision/env/train/compare/1...2/"


@pytest.fixture
def two(vision):
    """Versions 1 and 2 of vision/train, both built; numpy is asked for."""
    make_build(make_version(vision, "train", "numpy==1.26.0", "scipy"), packages=OLD)
    make_build(make_version(vision, "train", "numpy==2.1.0", "pandas"), packages=NEW)
    ImagePackage.objects.filter(name="numpy").update(asked=True)
    return vision


def changes(answer, of="shown"):
    return [(change.kind, change.name) for change in answer.context[of]]


def test_built_versions_are_compared_by_what_is_in_their_images(web, two):
    answer = web.get(ADDRESS)
    assert changes(answer) == [("updated", "numpy"), ("added", "pandas"), ("removed", "scipy")]
    assert answer.context["summary"].startswith("3 of 4 packages differ, 1 of them by a major version.")


def test_only_what_was_asked_for_can_be_shown(web, two):
    assert changes(web.get(ADDRESS, {"only": "asked"})) == [("updated", "numpy")]


def test_a_package_asked_for_is_known_however_its_name_is_spelled(web, vision):
    for version in ("0.17", "0.18"):
        build = make_build(
            make_version(vision, "train", f"ruamel.yaml=={version}"), packages=[("pip", "ruamel.yaml", version)]
        )
        build.image.packages.update(asked=True)
    assert changes(web.get(ADDRESS, {"only": "asked"})) == [("updated", "ruamel-yaml")]


def test_the_count_of_packages_is_never_smaller_than_that_of_the_changes(web, vision):
    make_build(make_version(vision, "train", "numpy"), packages=OLD)
    make_build(make_version(vision, "train", "scipy"), packages=[])
    assert web.get(ADDRESS).context["summary"].startswith("3 of 3 packages differ.")


def test_an_environment_and_the_curated_one_of_its_name_are_told_apart(web, vision):
    make_version(make_workspace("curated"), "train", "numpy")
    make_version(vision, "train", "scipy")
    answer = web.get("/compare/", {"from": "curated/train:1", "to": "vision/train:1"})
    assert answer.context["labels"] == ("curated/train v1", "vision/train v1")


def test_an_unbuilt_version_is_compared_by_what_it_asks_for(web, vision):
    make_version(vision, "train", "numpy==1", "scipy")
    make_version(vision, "train", "numpy==2")
    answer = web.get(ADDRESS)
    assert sorted(changes(answer)) == [("changed", "numpy"), ("removed", "scipy")]
    assert "Neither version has an image yet" in answer.text


def test_the_texts_are_compared_line_by_line(web, two):
    text = web.get(ADDRESS).text
    assert "<del>" in text
    assert "<ins>" in text
    assert "split-view" not in text
    assert "split-view" in web.get(ADDRESS, {"view": "split"}).text


def test_the_patch_can_be_downloaded(web, two):
    answer = web.get(ADDRESS, {"patch": 1})
    assert b"-numpy==1.26.0\n" in answer.content
    assert b"+numpy==2.1.0\n" in answer.content
    assert "train-v1-v2.patch" in answer["Content-Disposition"]


def test_a_version_is_equal_to_itself(web, two):
    answer = web.get("/w/vision/env/train/compare/1...1/")
    assert "nothing differs" in answer.text
    assert "<table" not in answer.text


def test_equal_definitions_are_called_equal(web, vision):
    make_build(make_version(vision, "train", "numpy"), packages=OLD)
    make_build(make_version(vision, "other", "numpy"), packages=NEW)
    answer = web.get("/compare/?from=vision/train:1&to=vision/other:1")
    assert "train v1 and other v1 have the same definition." in answer.context["summary"]
    assert len(answer.context["shown"]) == 3


def test_the_selects_lead_to_a_plain_address(web, two):
    assert web.get(ADDRESS, {"from": "2", "to": "1"}).url == "/w/vision/env/train/compare/2...1/"
    assert web.get(ADDRESS, {"from": "2", "to": "../x"}).status_code == 404


def test_versions_with_dots_in_their_names_are_told_apart(web, vision):
    make_version(vision, "train", "a", name="1.0")
    make_version(vision, "train", "b", name="2.0.1")
    answer = web.get("/w/vision/env/train/compare/1.0...2.0.1/")
    assert (answer.context["before"].name, answer.context["after"].name) == ("1.0", "2.0.1")


@pytest.mark.parametrize("reference", ["", "x", "vision/train", "vision/train:1:2", "/:"])
def test_what_names_no_version_is_told(web, two, reference):
    answer = web.get("/compare/", {"from": reference, "to": "vision/train:1"})
    assert answer.status_code == 400
    assert "workspace/environment:version" in answer.text


@pytest.mark.parametrize("reference", ["vision/train:9", "vision/nope:1", "hidden/train:1"])
def test_versions_one_may_not_see_are_not_there(web, two, reference):
    make_version(make_workspace("hidden"), "train")
    assert web.get("/compare/", {"from": reference, "to": "vision/train:1"}).status_code == 404


def test_contexts_are_compared_file_by_file(web, vision):
    def publish(files):
        files = from_texts({"Dockerfile": "FROM python:3.11-slim\n"} | files)
        publish_version(vision, "train", draft(vision, context_definition(files), files=files), author=None)

    publish({"same": "x\n", "gone": "x\n", "edited": "a\nb\n"})
    publish({"same": "x\n", "new": "x\n", "edited": "a\nc\n"})
    files = web.get(ADDRESS).context["files"]
    assert [(file.kind, file.path) for file in files] == [("changed", "edited"), ("removed", "gone"), ("added", "new")]
    assert [row.kind for row in files[0].rows] == ["same", "removed", "added", "same"]


def test_long_package_lists_ask_no_more(queries_of, two):
    before = queries_of(ADDRESS)
    for version in two.environments.get(name="train").versions.all():
        ImagePackage.objects.bulk_create(
            ImagePackage(image=version.image_built, manager="pip", name=f"{version.name}-{n}", version="1")
            for n in range(300)
        )
    assert queries_of(ADDRESS) == before <= 17
