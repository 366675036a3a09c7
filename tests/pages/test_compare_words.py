"""Comparisons that are not plain ones say so: unbuilt, equal, of two kinds, archived, too large."""

from time import process_time

import pytest
from django.utils import timezone

from environments.contexts import from_texts
from environments.definitions.model import Definition, Kind
from environments.services.drafts import context_definition, draft
from environments.services.versions import Draft, publish_version
from tests.cast import make_build, make_version

pytestmark = pytest.mark.django_db
ADDRESS = "/w/vision/env/train/compare/1...2/"
ACROSS = "/compare/?from=vision/train:1&to=vision/other:1"


def make_context(workspace, environment, files):
    """A version of a build context; `files` are texts by path, beside a Dockerfile."""
    files = from_texts({"Dockerfile": "FROM python:3.11-slim\n"} | files)
    drafted = draft(workspace, context_definition(files), text=files.dockerfile("Dockerfile"), files=files)
    return publish_version(workspace, environment, drafted, author=None)[0]


def summary(answer):
    return answer.context["summary"]


def notes(answer):
    return [note for _, note in answer.context["notes"]]


def test_one_version_that_is_not_built_is_named(web, vision):
    make_build(make_version(vision, "train", "numpy==1"), packages=[("pip", "numpy", "1")])
    make_version(vision, "train", "numpy==2")
    assert summary(web.get(ADDRESS)) == (
        "v2 does not have an image yet, so this compares what the definitions ask for. 1 requested package differs. "
        "requirements.txt gains 1 line and loses 1 line."
    )


@pytest.mark.parametrize(
    ("lines", "why"),
    [
        (("numpy", "scipy==1.14.0"), "because 1 of 2 packages asked for was not pinned."),
        (("numpy>=1", "scipy==1.*"), "because 2 of 2 packages asked for were not pinned."),
        (("numpy==1",), "because what the packages asked for pull in was not pinned."),
    ],
)
def test_equal_definitions_say_why_their_packages_differ(web, vision, lines, why):
    make_build(make_version(vision, "train", *lines), packages=[("pip", "tzdata", "1")])
    make_build(make_version(vision, "other", *lines), packages=[("pip", "tzdata", "2")])
    said = summary(web.get(ACROSS))
    assert said.startswith(f"train v1 and other v1 have the same definition. The builds differ in 1 package, {why}")


def test_equal_definitions_with_one_image_say_so(web, vision):
    first = make_build(make_version(vision, "train", "numpy"), packages=[("pip", "numpy", "1")])
    make_build(make_version(vision, "other", "numpy"), image=first.image)
    answer = web.get(ACROSS)
    assert summary(answer).endswith("The images hold the same packages. Both stand for one and the same image.")
    assert "one and the same image of" in answer.text


def test_two_kinds_leave_out_what_one_of_them_has_not(web, vision):
    make_build(make_version(vision, "train", "numpy"), packages=[("pip", "numpy", "1")])
    make_build(make_context(vision, "other", {"a": "x\n"}), packages=[("pip", "numpy", "2")])
    answer = web.get(ACROSS)
    assert notes(answer) == [
        "train v1 is a list of pip requirements and other v1 is a build context, so the texts, the context files and "
        "the locks cannot be held against each other and are left out."
    ]
    assert [change.name for change in answer.context["shown"]] == ["numpy"]
    for section in ("lock", "text", "files"):
        assert f'id="{section}"' not in answer.text


def test_an_image_and_requirements_are_compared_in_what_they_share(web, vision):
    make_version(vision, "train", "numpy")
    publish_version(vision, "other", Draft(Definition(Kind.IMAGE, "python:3.12")), author=None)
    answer = web.get(ACROSS)
    assert "so the texts and the locks cannot" in notes(answer)[0]
    assert [(f.label, f.old, f.new) for f in answer.context["facts"]][:1] == [
        ("Reference", "python:3.11-slim", "python:3.12")
    ]


def test_archived_versions_are_said_to_be(web, vision):
    make_version(vision, "train", "numpy")
    make_version(vision, "train", "scipy")
    make_version(vision, "other", "scipy")
    vision.environments.get(name="train").versions.filter(name="1").update(archived_at=timezone.now())
    answer = web.get(ADDRESS)
    assert notes(answer) == ["v1 is archived: it is kept and can be compared, but lists leave it out."]
    assert ("Lifecycle", "Archived", "Active") in answer.context["metadata"]
    assert "(archived)" in answer.text
    vision.environments.filter(name="other").update(archived_at=timezone.now())
    assert notes(web.get(ACROSS))[1] == "other v1 belongs to an archived environment, which lists leave out."


def test_the_summary_names_what_moved_of_what_was_asked_for(web, vision):
    for number, versions in (("1", "1.0 2.0 3.0 4.0"), ("2", "1.1 3.0 3.1 4.1")):
        packages = [("pip", name, version) for name, version in zip("abcd", versions.split(), strict=True)]
        build = make_build(make_version(vision, "train", f"a=={number}"), packages=packages)
        build.image.packages.exclude(name="d").update(asked=True)
        build.image.facts |= {"base": {"environment": {"CUDA_VERSION": f"12.{number}"}}}
        build.image.save()
    assert summary(web.get(ADDRESS)).startswith(
        "4 of 4 packages differ, 1 of them by a major version. "
        "b moves from 2.0 to 3.0, a from 1.0 to 1.1 and CUDA from 12.1 to 12.2."
    )


def test_what_is_not_known_yet_counts_as_no_difference(web, vision):
    make_build(make_version(vision, "train", "numpy"), packages=[("pip", "numpy", "1")])
    make_version(vision, "train", "scipy")
    assert web.get(ADDRESS).context["differing"] == 0


def test_downgrades_are_marked(web, vision):
    for version in ("2.0", "1.0"):
        make_build(make_version(vision, "train"), packages=[("pip", "numpy", version)])
    text = web.get(ADDRESS).text
    assert "Downgraded, major" in text
    assert 'class="is-down"' in text


def test_what_is_no_text_is_known_by_its_hash(web, vision):
    make_context(vision, "train", {"model.bin": "y" * 300_000})
    make_context(vision, "train", {"model.bin": "x" * 300_000})
    answer = web.get(ADDRESS)
    (file,) = answer.context["files"]
    assert file.rows == []
    assert file.new.size == 300_000
    assert file.new.digest in answer.text
    assert "Binary files train-v1/model.bin and train-v2/model.bin differ" in web.get(ADDRESS, {"patch": 1}).text


def test_a_dockerfile_of_3000_lines_that_all_differ_does_not_hang(web, vision):
    for word in ("old", "new"):
        lines = "".join(f"    install {word}-{number} &&\\\n" for number in range(2_900))
        make_context(vision, "train", {"Dockerfile": f"FROM python:3.11-slim\nRUN {lines}    true\n"})
    begun = process_time()
    answer = web.get(ADDRESS)
    assert process_time() - begun < 3
    assert "too large to show line by line" in answer.text
    patch = web.get(ADDRESS, {"patch": 1}).text
    assert patch.count("install old-") == patch.count("install new-") == 2_900


def test_layers_are_compared_with_the_base_image_as_one(web, vision):
    for number, size in (("1", 100), ("2", 150)):
        build = make_build(make_version(vision, "train", f"numpy=={number}"))
        base = [{"digest": "sha256:b1", "size": 1_000}, {"digest": "sha256:b2", "size": 10}]
        layer = {"digest": f"sha256:{number}", "size": size, "made_by": "RUN install"}
        build.image.layers = [*base, layer]
        build.image.facts |= {"base": {"name": "python", "digest": "sha256:b", "layers": 2, "size": 1_010}}
        build.image.save()
    assert web.get(ADDRESS).context["layers"] == [
        {"what": "Base image", "old": 1_010, "new": 1_010, "difference": 0, "same": True},
        {"what": "RUN install", "old": 100, "new": 150, "difference": 50, "same": False},
    ]


def test_the_base_image_is_compared_in_what_is_known_of_it(web, vision):
    for number, size in (("1", 1_000_000), ("2", 2_000_000)):
        build = make_build(make_version(vision, "train", f"numpy=={number}"))
        known = {"name": "python", "digest": f"sha256:{number}", "layers": 2, "size": size}
        build.image.facts |= {
            "user": "studio",
            "entrypoint": ["python", "-i"],
            "base": known | {"environment": {"CUDA_VERSION": f"12.{number}", "LANG": "C", "HOME": f"/{number}"}},
        }
        build.image.save()
    facts = {fact.label: (fact.old, fact.new) for fact in web.get(ADDRESS).context["facts"]}
    assert facts["Size"] == ("1.0 MB", "2.0 MB")
    assert facts["Entrypoint"] == ("python -i", "python -i")
    assert facts["Runs as"] == ("studio", "studio")
    assert facts["CUDA"] == ("12.1", "12.2")
    assert facts["HOME of the base"] == ("/1", "/2")
    assert "LANG of the base" not in facts
