"""Two versions side by side."""

import re
from time import process_time

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


@pytest.mark.parametrize("how", ["?patch=", "?only=asked&rows=all", "?view=split", ""])
def test_the_address_of_any_two_leads_to_the_one_of_their_environment_as_it_was_asked_for(web, two, how):
    answer = web.get("/compare/?from=vision/train:1&to=vision/train:2" + how.replace("?", "&"))
    assert answer["Location"] == ADDRESS + how
    answer = web.get(ADDRESS + (f"{how}&" if how else "?") + "with=curated/x:1")
    assert answer["Location"] == "/compare/?from=vision%2Ftrain%3A1&to=curated%2Fx%3A1" + how.replace("?", "&")


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


def test_the_selects_offer_every_version_and_lead_to_a_plain_address(web, two):
    text = web.get(ADDRESS).text
    assert '<option value="vision/train:2" selected>v2 (latest)</option>' in text
    assert '<option value="vision/train:1" selected>v1</option>' in text
    answer = web.get("/compare/", {"from": "vision/train:2", "to": "vision/train:1"})
    assert answer.url == "/w/vision/env/train/compare/2...1/"


def test_versions_of_two_environments_can_be_exchanged_on_the_page(web, two):
    make_version(make_workspace("curated"), "base", "numpy")
    make_version(make_workspace("curated"), "base", "scipy")
    text = web.get("/compare/", {"from": "curated/base:1", "to": "vision/train:1"}).text
    assert '<option value="curated/base:2">v2 (latest)</option>' in text
    assert '<option value="vision/train:2">v2 (latest)</option>' in text
    assert "?from=vision/train%3A1&amp;to=curated/base%3A1" in text


@pytest.mark.parametrize(("ends", "found"), [((0, 1), "vision"), ((1, 0), "vision"), ((1, 1), "curated")])
def test_a_comparison_stays_in_the_workspace_of_ones_own_version(web, vision, ends, found):
    versions = make_version(vision, "train"), make_version(make_workspace("curated"), "sklearn")
    before, after = (str(versions[end]) for end in ends)
    for place in ("/compare/", "/compare/choose/"):
        answer = web.get(place, {"from": before, "to": after}, follow=True)
        assert answer.context["shell"].workspace.slug == found
    answer = web.get("/compare/choose/", {"from_ws": "vision", "to_ws": "nowhere"})
    assert answer.context["shell"].workspace == vision


def test_another_version_can_be_named_in_the_address(web, two):
    make_version(make_workspace("curated"), "base", "numpy")
    answer = web.get(ADDRESS, {"with": "curated/base:1"}, follow=True)
    assert answer.redirect_chain == [("/compare/?from=vision%2Ftrain%3A1&to=curated%2Fbase%3A1", 302)]
    assert answer.status_code == 200
    assert web.get(ADDRESS, {"with": "hidden/base:1"}, follow=True).status_code == 404


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
    assert (files[1].old.size, files[1].new) == (2, None)
    patch = web.get(ADDRESS, {"patch": 1}).text
    assert "--- train-v1/edited\n+++ train-v2/edited\n" in patch
    assert "--- /dev/null\n+++ train-v2/new\n@@ -0,0 +1,1 @@\n+x\n" in patch


def test_names_of_packages_look_like_the_links_they_are(web, two):
    assert '<a class="mono sm" href="/w/vision/env/train/packages/numpy/">' in web.get(ADDRESS).text
    link = re.search(
        r'<a [^>]*href="/w/vision/env/train/packages/numpy/"', web.get("/w/vision/env/train/v/2/packages/").text
    )
    assert "class=" not in link[0]


def test_sections_without_a_difference_fold_up_below_the_others(web, vision):
    for line in ("numpy", "numpy # of course"):
        make_build(make_version(vision, "train", line, "scipy"), packages=OLD)
    answer = web.get(ADDRESS)
    differing, same = (
        [section.key for section in answer.context[f"{which}_sections"]] for which in ("differing", "same")
    )
    assert (differing, same) == (["text", "image"], ["packages", "lock", "base"])
    places = [answer.text.index(f'id="{key}"') for key in (*differing, "same", *same)]
    assert places == sorted(places)


def test_of_an_unbuilt_side_nothing_is_told_in_dashes(web, vision):
    curated = make_version(make_workspace("curated"), "scikit", "numpy")
    make_build(make_version(vision, "train", "numpy", "scipy"), packages=OLD)
    answer = web.get("/compare/", {"from": str(curated), "to": "vision/train:1"})
    assert answer.context["labels"] == ("curated/scikit v1", "vision/train v1")
    assert [fact.label for fact in answer.context["facts"]] == ["Reference"]
    assert "lock" not in {section.key for section in answer.context["same_sections"]}


def test_packages_can_be_narrowed_to_major_moves(web, two):
    answer = web.get(ADDRESS, {"only": "major"})
    assert changes(answer) == [("updated", "numpy")]
    counts = [(choice["label"], choice["count"]) for choice in answer.context["choices"]]
    assert counts == [("All", 3), ("Asked for", 1), ("Major", 1)]
    assert len(web.get(ADDRESS, {"only": "x"}).context["shown"]) == 3


def test_a_choice_of_packages_is_a_part_of_the_page_for_htmx(web, two):
    part = web.get(ADDRESS, {"only": "asked"}, headers={"HX-Request": "true"})
    assert "<html" not in part.text
    assert "numpy" in part.text
    assert "pandas" not in part.text
    assert "HX-Request" in part["Vary"]


def test_what_stays_the_same_is_counted(web, two):
    assert "1 the same" in web.get(ADDRESS).text


def test_why_and_from_where_a_package_is_there_is_said(web, vision):
    for version in ("1", "2"):
        build = make_build(make_version(vision, "train", f"a=={version}"), packages=[("conda", "a", version)])
        build.image.packages.update(source="conda-forge, the base image", asked=True)
    text = web.get(ADDRESS).text
    assert ">conda-forge</td>" in text
    assert ">asked for</td>" in text


def test_the_same_version_from_another_channel_is_a_change(web, vision):
    for source in ("defaults", "conda-forge"):
        build = make_build(make_version(vision, "train"), packages=[("conda", "numpy", "1"), ("conda", "b", "1")])
        build.image.packages.filter(name="numpy").update(source=source)
    answer = web.get(ADDRESS)
    assert [(c.kind, c.before, c.after) for c in answer.context["shown"]] == [("channel", "defaults", "conda-forge")]
    assert "Other channel" in answer.text


def test_long_lists_are_shown_in_part_until_all_is_asked_for(web, vision):
    for version in ("1", "2"):
        make_build(make_version(vision, "train"), packages=[("pip", f"p{n}", version) for n in range(60)])
    answer = web.get(ADDRESS)
    assert len(answer.context["shown"]) == 50
    assert "Show 10 more" in answer.text
    assert len(web.get(ADDRESS, {"rows": "all"}).context["shown"]) == 60


def make_large(workspace, packages):
    for version in ("1", "2"):
        build = make_build(
            make_version(workspace, "train"), packages=[("pip", f"p{n}", version) for n in range(packages)]
        )
        build.image.packages.filter(name__endswith="7").update(version="same")


def test_long_package_lists_ask_no_more(queries_of, vision):
    make_large(vision, 10)
    before = queries_of(ADDRESS)
    make_large(vision, 1_000)
    assert queries_of("/w/vision/env/train/compare/3...4/") == before <= 12


def test_two_environments_ask_no_more_than_one(queries_of, two):
    make_build(make_version(make_workspace("curated"), "base", "numpy"), packages=OLD)
    assert queries_of("/compare/?from=curated/base:1&to=vision/train:2") <= 12


def test_two_images_of_1000_packages_are_compared_quickly(web, vision):
    make_large(vision, 1_000)
    web.get(ADDRESS)
    begun = process_time()
    assert len(web.get(ADDRESS).context["changes"]) == 900
    assert process_time() - begun < 1
