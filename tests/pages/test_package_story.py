"""In which version a package entered, moved and left."""

import pytest

from environments.models import ImagePackage
from tests.cast import make_build, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database]
ADDRESS = "/w/vision/env/train/packages/numpy/"


@pytest.fixture
def long(vision):
    """Six versions of vision/train; numpy enters in the second, moves twice and is gone in the last."""
    for number, packages in enumerate([[], ["1.26.0"], ["1.26.0"], ["2.1.0"], None, ["2.0.0"], []]):
        version = make_version(vision, "train", f"x=={number}", message=f"Change {number}")
        if packages is not None:
            make_build(version, packages=[("pip", "numpy", found) for found in packages])
    ImagePackage.objects.exclude(image=vision.environments.get(name="train").versions.get(name="2").image_built).update(
        asked=True
    )
    return vision


def turns(answer):
    return [(turn.version.name, turn.kind, turn.before, turn.after) for turn in answer.context["turns"]]


def test_the_story_tells_every_turn(web, long):
    answer = web.get(ADDRESS)
    assert turns(answer) == [
        ("7", "removed", "2.0.0", ""),
        ("6", "down", "2.1.0", "2.0.0"),
        ("4", "up", "1.26.0", "2.1.0"),
        ("3", "asked", "1.26.0", "1.26.0"),
        ("2", "added", "", "1.26.0"),
    ]
    assert "is no longer in v7: it left in v7. In 4 of 6 built versions." in answer.context["summary"]
    assert 'href="/w/vision/env/train/compare/4...6/"' in answer.text


def test_of_a_long_history_the_newest_versions_are_read(web, long, monkeypatch):
    for most, told in ((6, ["7", "6", "4", "3", "2"]), (4, ["7", "6", "4"]), (2, ["7"])):
        monkeypatch.setattr("environments.services.package_story.MOST_VERSIONS", most)
        answer = web.get(ADDRESS)
        assert [turn[0] for turn in turns(answer)] == told
        assert ("Versions before these are not looked at." in answer.text) == (most < 6)
    assert "In 1 of the newest 2 built versions." in answer.text


def test_what_is_in_the_newest_image_comes_first(web, vision):
    build = make_build(make_version(vision, "train", "numpy"), packages=[("pip", "numpy", "2.1.0")])
    build.image.packages.update(asked=True)
    summary = web.get(ADDRESS).context["summary"]
    assert summary == "numpy 2.1.0 is in v1, asked for by name. In 1 of 1 built version."


@pytest.mark.parametrize("name", ["ruamel.yaml", "Ruamel_YAML", "ruamel-yaml"])
def test_the_name_may_be_written_as_pip_takes_it(web, vision, name):
    make_build(make_version(vision, "train"), packages=[("pip", "ruamel.yaml", "0.18")])
    make_build(make_version(vision, "train"), packages=[("pip", "ruamel-yaml", "0.19")])
    assert [turn[1] for turn in turns(web.get(f"/w/vision/env/train/packages/{name}/"))] == ["up", "added"]


def test_other_managers_names_are_taken_as_they_are(web, vision):
    make_build(make_version(vision, "train"), packages=[("dpkg", "libc_6", "1"), ("dpkg", "libstdc++6", "2")])
    assert web.get("/w/vision/env/train/packages/libc-6/").status_code == 404
    assert web.get("/w/vision/env/train/packages/libstdc++6/").status_code == 200


def test_another_channel_is_a_turn(web, vision):
    for source in ("defaults", "conda-forge, the base image"):
        build = make_build(make_version(vision, "train"), packages=[("conda", "numpy", "1")])
        build.image.packages.update(source=source)
    assert turns(web.get(ADDRESS))[0] == ("2", "channel", "defaults", "conda-forge")


def test_a_package_under_two_managers_has_two_stories(web, vision):
    make_build(make_version(vision, "train"), packages=[("conda", "numpy", "1")])
    make_build(make_version(vision, "train"), packages=[("pip", "numpy", "2")])
    assert turns(web.get(ADDRESS)) == [("2", "added", "", "2"), ("2", "removed", "1", ""), ("1", "added", "", "1")]


@pytest.mark.parametrize("name", ["pandas", "a/b", "%00", "x" * 300])
def test_what_was_never_there_has_no_story(web, long, name):
    assert web.get(f"/w/vision/env/train/packages/{name}/").status_code == 404


def test_stories_of_other_workspaces_are_not_told(web, vision):
    make_build(make_version(make_workspace("hidden"), "train"), packages=[("pip", "numpy", "1")])
    assert web.get("/w/hidden/env/train/packages/numpy/").status_code == 404


def test_rows_of_packages_lead_to_their_stories(web, long):
    assert f'href="{ADDRESS}"' in web.get("/w/vision/env/train/v/2/packages/").text
    assert f'href="{ADDRESS}"' in web.get("/w/vision/env/train/compare/1...2/").text


def test_a_long_story_asks_no_more_than_a_short_one(queries_of, long):
    before = queries_of(ADDRESS)
    for number in range(30):
        make_build(make_version(long, "train", f"y=={number}"), packages=[("pip", "numpy", str(number))])
    assert queries_of(ADDRESS) == before <= 12
