"""The lock of a version on its page, filtered, as a file, and beside another version's."""

import re

import pytest

from environments.contexts import from_texts
from environments.definitions.conda import parse_conda
from environments.definitions.model import Definition, Kind
from environments.models import Build, Lock, State
from environments.models.builds import Reason
from environments.services.drafts import context_definition, draft
from environments.services.versions import Draft, publish_version
from tests.cast import make_build, make_lock, make_user, make_version, make_workspace
from tests.locks import CHANNEL, CONDA, PIP, TARGET, conda_line, pip_entry, sha256_of

pytestmark = pytest.mark.django_db
COMPARE = "/w/vision/env/train/compare/1...2/"


@pytest.fixture
def ready(vision):
    """Version 1 of vision/train, built from a lock with a conda and a pip part."""
    version = make_version(vision, "train", "numpy")
    lock = make_lock(vision, target=TARGET, channels=[CHANNEL], conda=CONDA, pip=PIP)
    make_build(version, lock=lock)
    return version


def tab(web, version, headers=None, **query):
    return web.get(f"{version.get_absolute_url()}lock/", query, headers=headers)


def names(answer):
    return [package.name for package in answer.context["page"]]


def built(vision, *, target=TARGET, channels=(), **texts):
    """The next version of vision/train, built from such a lock."""
    version = make_version(vision, "train")
    make_build(version, lock=make_lock(vision, target=target, channels=channels, **texts))
    return version


def test_the_tab_says_what_the_lock_is_for_and_which_build_made_it(web, ready):
    text = tab(web, ready).text
    lock, build = ready.current_build.lock, ready.current_build
    for fact in ("3.12.1", "linux/amd64, glibc 2.36", "__archspec=1=x86_64", CHANNEL, lock.sha256):
        assert fact in text
    assert f'<a href="{build.get_absolute_url()}">build {build.number}</a>' in text


def test_every_locked_package_is_a_row_with_its_build_channel_and_hash(web, ready):
    answer = tab(web, ready)
    assert names(answer) == ["openblas", "python", "tzdata", "zlib", "numpy", "Typing_Extensions"]
    assert "hab1_0_cpython" in answer.text
    assert f'data-copy="sha256:{sha256_of("python-3.12.1-hab1_0_cpython.conda")}"' in answer.text
    assert "<code>2 files</code>" in answer.text


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"q": "NUM"}, ["numpy"]),
        ({"only": "pip"}, ["numpy", "Typing_Extensions"]),
        ({"only": "conda", "q": "z"}, ["tzdata", "zlib"]),
        ({"only": "dpkg"}, ["openblas", "python", "tzdata", "zlib", "numpy", "Typing_Extensions"]),
        ({"q": "nothing"}, []),
    ],
)
def test_packages_are_filtered_by_name_and_manager(web, ready, query, shown):
    assert names(tab(web, ready, **query)) == shown


def heads(answer):
    return re.findall(r'role="columnheader">(\w+)<', answer.text)


def test_columns_that_nothing_shown_has_anything_for_are_left_out(web, ready):
    assert heads(tab(web, ready)) == ["Package", "Version", "Manager", "Build", "From", "Size", "Files"]
    of_pip = tab(web, ready, only="pip")
    assert heads(of_pip) == ["Package", "Version", "Manager", "Files"]
    assert {row.count("<td") for row in of_pip.text.split("<tr ")[2:]} == {3}


def test_htmx_gets_only_the_results(web, ready):
    answer = tab(web, ready, headers={"HX-Request": "true"}, q="zlib")
    assert "<html" not in answer.text
    assert 'id="results"' in answer.text
    assert "HX-Request" in answer["Vary"]


def test_a_long_lock_has_pages(web, vision):
    version = built(vision, pip="".join(pip_entry(f"p{number:03}==1") for number in range(450)))
    assert len(names(tab(web, version))) == 200
    assert names(tab(web, version, page=3))[-1] == "p449"


@pytest.mark.parametrize(
    ("key", "name", "content_type"),
    [
        ("explicit", "train-1-explicit.txt", "text/plain; charset=utf-8"),
        ("pixi", "train-1-pixi.lock", "application/yaml; charset=utf-8"),
        ("requirements", "train-1-requirements.txt", "text/plain; charset=utf-8"),
        ("environment", "train-1-environment.yml", "application/yaml; charset=utf-8"),
    ],
)
def test_the_lock_is_a_file_in_every_format(web, ready, key, name, content_type):
    assert f"?download={key}" in tab(web, ready).text
    answer = tab(web, ready, download=key)
    assert answer["Content-Type"] == content_type
    assert answer["Content-Disposition"] == f'attachment; filename="{name}"'
    assert answer.text.startswith("# Locked for Python 3.12.1")


def test_the_environment_file_of_a_version_can_start_another_one(web, ready):
    conda = parse_conda(tab(web, ready, download="environment").text)
    assert "python=3.12.1=hab1_0_cpython" in conda.dependencies


@pytest.mark.parametrize("key", ["explicit", "pixi", "tar", "", "\0"])
def test_a_format_that_cannot_hold_the_lock_is_neither_offered_nor_given(web, vision, key):
    version = built(vision, pip=PIP)
    assert "?download=explicit" not in tab(web, version).text
    assert tab(web, version, download=key).status_code == 404


def test_before_the_first_build_the_tab_says_who_makes_the_lock(web, vision):
    version = make_version(vision, "train")
    assert "The lock is made by the first build" in tab(web, version).text
    assert tab(web, version, headers={"HX-Request": "true"}).status_code == 200
    failed = make_build(version, State.FAILED, error="It cannot be solved.")
    assert failed.get_absolute_url() in tab(web, version).text
    assert tab(web, version, download="explicit").status_code == 404


def test_kinds_without_a_lock_say_why(web, vision, plain_files):
    image = Definition(kind=Kind.IMAGE, image="python:3.11-slim")
    taken, _ = publish_version(vision, "taken", Draft(definition=image), author=None)
    make_build(taken)
    files = from_texts({"Dockerfile": "FROM python:3.11-slim\n"})
    tool, _ = publish_version(vision, "tool", draft(vision, context_definition(files), files=files), author=None)
    assert "An image is taken as it is" in tab(web, taken).text
    assert "stands in the Dockerfile of this version" in tab(web, tool).text


def test_a_lock_of_nothing_says_so(web, vision):
    assert "Nothing was asked for" in tab(web, built(vision)).text


def test_a_lock_that_was_taken_over_names_the_build_that_made_it(web, ready, vision):
    other = make_version(vision, "copy", "numpy")
    make_build(other, lock=ready.current_build.lock, image=ready.image_built, reused=ready.current_build)
    assert f"build {ready.current_build.number} of train v1</a>" in tab(web, other).text


def test_a_build_of_another_workspace_is_never_named(web, ready):
    """It may have rebuilt from a lock it took over, while the build that made it is gone."""
    hidden = make_workspace("hidden", editor=make_user("mallory"))
    lock = ready.current_build.lock
    theirs = make_build(make_version(hidden, "secret"), lock=lock, reason=Reason.REBUILD)
    Build.objects.filter(pk=theirs.pk).update(created_at="2000-01-01T00:00:00Z")
    text = tab(web, ready).text
    assert "secret" not in text
    assert f"build {ready.current_build.number}</a>" in text


def test_what_a_resolver_left_is_shown_as_text(web, vision):
    version = built(vision, pip="<script>alert(1)</script> --hash=sha256:aa\n")
    text = tab(web, version).text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in text
    assert "<script>alert" not in text


def test_a_longer_lock_asks_no_more(queries_of, vision):
    short = built(vision, pip=PIP)
    long = built(vision, conda=CONDA, pip="".join(pip_entry(f"p{number}==1") for number in range(150)))
    before = queries_of(f"{short.get_absolute_url()}lock/")
    assert queries_of(f"{long.get_absolute_url()}lock/") == before <= 12
    frame = queries_of(f"{short.get_absolute_url()}use/")
    assert before == frame + 2, "the lock, and the build that made it"


def lock_of_comparison(web):
    return web.get(COMPARE).context["lock"]


def test_versions_of_one_lock_are_said_to_share_it(web, ready, vision):
    make_build(make_version(vision, "train", "scipy"), lock=ready.current_build.lock)
    answer = web.get(COMPARE)
    assert "Both were built from the same lock." in answer.text
    assert ready.current_build.lock.sha256 in answer.text


def test_equal_locks_of_two_workspaces_are_the_same_lock(web, ready, vision):
    lock = ready.current_build.lock
    theirs = make_workspace("curated")
    copy = Lock.objects.create(
        workspace=theirs, sha256=lock.sha256, texts=lock.texts, target=lock.target, channels=lock.channels
    )
    make_build(make_version(theirs, "base"), lock=copy)
    answer = web.get("/compare/", {"from": "curated/base:1", "to": "vision/train:1"})
    assert answer.context["lock"]["digest"] == lock.sha256


def test_what_differs_beyond_versions_is_listed(web, vision):
    built(vision, conda=conda_line("zlib", "1.3", "h1_0") + conda_line("xz", "5.4"), pip=pip_entry("numpy==1"))
    newer = TARGET | {"glibc": "2.39"}
    conda = conda_line("zlib", "1.3", "h2_1")
    built(vision, target=newer, channels=[CHANNEL], conda=conda, pip=pip_entry("numpy==2") + pip_entry("scipy==1"))
    found = lock_of_comparison(web)
    assert [(row["name"], row["what"]) for row in found["rows"]] == [
        ("glibc", "target"),
        ("Channels", "target"),
        ("zlib 1.3", "build, conda"),
    ]
    assert found["rows"][1]["new"] == [(CHANNEL, CHANNEL)]
    assert found["rows"][2]["old"] == [("h1_0", "h1_0")]
    assert found["sentence"] == (
        "2 packages in both locks, 1 with another version, 1 added, 1 removed. Beyond versions:"
    )


def test_many_files_of_a_difference_are_cut_short(web, vision):
    built(vision, pip=pip_entry("numpy==1", "a"))
    built(vision, pip=pip_entry("numpy==1", *"bcdefg"))
    (row,) = lock_of_comparison(web)["rows"]
    assert len(row["old"]) == 1
    assert row["new"][-1] == ("", "and 3 more")
    assert "and 3 more" in web.get(COMPARE).text


def test_locks_that_differ_only_by_version_have_no_rows(web, vision):
    built(vision, pip=pip_entry("numpy==1"))
    built(vision, pip=pip_entry("numpy==2"))
    found = lock_of_comparison(web)
    assert found["rows"] == []
    assert found["sentence"].endswith("Nothing else differs.")


def test_a_version_without_a_lock_is_named(web, ready, vision):
    make_build(make_version(vision, "train", "scipy"))
    assert "v2 has no lock, so there is nothing to compare that of v1 with." in web.get(COMPARE).text
    other_way = web.get("/w/vision/env/train/compare/2...1/").text
    assert "v2 has no lock, so there is nothing to compare that of v1 with." in other_way


def test_two_versions_without_a_lock_have_none_to_compare(web, vision):
    make_build(make_version(vision, "train", "a"))
    make_build(make_version(vision, "train", "b"))
    assert "Neither version has a lock" in web.get(COMPARE).text
