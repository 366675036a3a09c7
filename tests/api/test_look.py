"""Lists, versions, packages, comparisons, the search, and the check that saves nothing."""

import json

import pytest
from django.apps import apps

from environments.definitions.digest import from_canonical
from tests.cast import make_build, make_user, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database]

PATH = "workspaces/vision/environments"
OLD = [("pip", "numpy", "1.26.4"), ("pip", "scikit_learn", "1.5.0"), ("dpkg", "libc6", "1:2.36-9")]
NEW = [("pip", "numpy", "2.1.0"), ("pip", "pandas", "2.2.0"), ("dpkg", "libc6", "1:2.36-9")]


@pytest.fixture
def versions(vision):
    """Two versions of train, built from different packages."""
    first, second = make_version(vision, "train", "numpy<2"), make_version(vision, "train", "numpy", "pandas")
    make_build(first, packages=OLD)
    make_build(second, packages=NEW)
    return first, second


def test_the_list_names_the_newest_version(bob, versions, vision):
    make_version(vision, "alpha")
    answer = bob.get(PATH).json()
    assert [(item["name"], item["latest"]) for item in answer["items"]] == [("alpha", "1"), ("train", "2")]
    assert answer["count"] == 2


def test_lists_are_bounded(bob, versions, vision):
    make_version(vision, "alpha")
    assert [item["name"] for item in bob.get(PATH, limit=1, offset=1).json()["items"]] == ["train"]
    assert bob.get(PATH, limit=100_000).status_code == 422
    assert bob.get(PATH, offset=10**30).status_code == 422


def test_a_list_asks_the_database_a_fixed_number_of_times(bob, vision, django_assert_max_num_queries):
    for number in range(8):
        make_version(vision, f"environment-{number}")
    with django_assert_max_num_queries(6):
        assert len(bob.get(PATH).json()["items"]) == 8


def test_an_environment_lists_its_versions_newest_first(bob, versions):
    answer = bob.get(f"{PATH}/train").json()
    assert [(item["version"], item["built"]) for item in answer["versions"]] == [("2", True), ("1", True)]
    assert (answer["latest"], answer["version_count"]) == ("2", 2)


def test_a_version_is_shown_whole(bob, versions):
    first, _ = versions
    answer = bob.get(f"{PATH}/train/versions/1").json()
    assert (answer["name"], answer["version"], answer["reference"]) == ("train", "1", "azureml:train:1")
    assert from_canonical(json.dumps(answer["definition"])).requirements == ("numpy<2",)
    assert answer["image"]["image"] == first.image_built.name
    assert answer["build"]["state"] == "succeeded"


def test_packages_are_listed_in_pieces(bob, versions):
    answer = bob.get(f"{PATH}/train/versions/1/packages", limit=2).json()
    assert [(item["manager"], item["name"]) for item in answer["items"]] == [("dpkg", "libc6"), ("pip", "numpy")]
    assert answer["count"] == 3


def test_packages_of_a_version_without_an_image_are_not_known(bob, vision):
    make_version(vision, "new")
    assert bob.get(f"{PATH}/new/versions/1/packages").json() == {"image": None, "items": [], "count": 0}


def test_two_versions_are_compared_in_what_was_asked_and_what_was_got(bob, versions):
    answer = bob.get(f"{PATH}/train/compare/1...2").json()
    assert (answer["before"]["version"], answer["after"]["version"]) == ("1", "2")
    assert {"label": "pip package pandas", "before": None, "after": "pandas"} in answer["definition"]
    changes = {change["name"]: (change["kind"], change["before"], change["after"]) for change in answer["packages"]}
    assert changes == {
        "numpy": ("up", "1.26.4", "2.1.0"),
        "pandas": ("added", None, "2.2.0"),
        "scikit-learn": ("removed", "1.5.0", None),
    }


def test_packages_cannot_be_compared_before_both_are_built(bob, versions, vision):
    make_version(vision, "train", "scipy", name="1.0")
    assert bob.get(f"{PATH}/train/compare/1...1.0").json()["packages"] is None


@pytest.mark.parametrize("path", ["train/versions/9", "train/compare/1...9", "none", "a%00b", "train/versions/a%00b"])
def test_what_is_not_there_is_not_found(bob, versions, path):
    response = bob.get(f"{PATH}/{path}")
    assert response.status_code == 404
    assert response.json()["detail"]


@pytest.mark.parametrize(
    ("question", "found"),
    [
        ("numpy<2", ["1"]),
        ("numpy", ["2", "1"]),
        ("NumPy >= 1.26, < 3", ["2", "1"]),
        ("scikit-learn", ["1"]),
        ("Scikit.Learn==1.5.0", ["1"]),
        ("libc6", ["2", "1"]),
        ("libc6>2", []),
        ("num", []),
    ],
)
def test_who_has_a_package(bob, versions, question, found):
    answer = bob.get("search/packages", q=question).json()
    assert [item["version"] for item in answer["items"]] == found
    assert answer["complete"] is True


@pytest.mark.parametrize("question", ["", "numpy<", "numpy<two", "<2", "a b", "numpy[x]", "n;x", "\0", "n" * 401, "%"])
def test_a_question_that_is_none_is_refused(bob, question):
    response = bob.get("search/packages", q=question)
    assert response.status_code == 422
    assert response.json()["detail"]


def test_the_search_stays_within_what_one_may_see(bob, versions):
    make_build(make_version(make_workspace("secret"), "hidden", "numpy"), packages=OLD)
    names = {item["environment"] for item in bob.get("search/packages", q="numpy").json()["items"]}
    assert names == {"train"}


def test_versions_of_another_workspace_are_not_compared(bob, versions):
    make_version(make_workspace("secret", editor=make_user("dora")), "hidden", "numpy")
    assert bob.get("workspaces/secret/environments/hidden/compare/1...1").status_code == 404


def counts():
    return {model._meta.label: model.objects.count() for model in apps.get_models()}


def test_a_check_shows_what_was_understood_and_saves_nothing(bob):
    before = counts()
    body = {"image": "python:3.11-slim", "requirements_file": "numpy==1.26.4\n"}
    response = bob.post("check", body)
    assert response.status_code == 200
    answer = response.json()
    assert answer["definition"]["requirements"] == ["numpy==1.26.4"]
    assert answer["dockerfile"].startswith("FROM python:3.11-slim\n")
    assert all(problem["severity"] != "error" for problem in answer["problems"])
    assert counts() == before


def test_a_check_tells_every_error_with_its_line(bob):
    answer = bob.post("check", {"image": "python:3.11-slim", "requirements_file": "-r x\nnumpy\n-e .\n"}).json()
    assert [problem["line"] for problem in answer["problems"]] == [1, 3]
    assert (answer["definition"], answer["dockerfile"]) == (None, None)


def test_a_check_of_a_context_shows_its_dockerfile(bob):
    dockerfile = "FROM python:3.11-slim\nRUN echo hello\n"
    answer = bob.post_zip("check", {"environment.yml": "build: {path: .}\n", "Dockerfile": dockerfile}).json()
    assert (answer["dockerfile"], answer["definition"]["kind"]) == (dockerfile, "context")


def test_a_check_of_broken_yaml_is_a_problem_with_a_line(bob):
    response = bob.post_yaml("check", "image: python:3.11-slim\n\tname: x\n")
    assert response.status_code == 200
    assert [problem["line"] for problem in response.json()["problems"]] == [2]


@pytest.mark.parametrize("text", ["hello", "- a\n- b\n", "# nothing\n", "[]"])
def test_a_check_of_what_is_no_definition_at_all_is_a_bad_request(bob, text):
    response = bob.post_yaml("check", text)
    assert response.status_code == 400
    assert response.json()["detail"]


@pytest.mark.parametrize("python", ["2.7", "3.6"])
def test_an_old_python_is_a_warning_not_an_error(bob, python):
    conda = f"dependencies:\n  - python={python}\n  - pip\n"
    answer = bob.post("check", {"image": "python:3.11-slim", "conda_file": conda}).json()
    assert answer["definition"]["conda"]["dependencies"][0] == f"python={python}"
    assert {problem["severity"] for problem in answer["problems"]} <= {"warning", "hint"}
