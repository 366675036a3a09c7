"""Build arguments in the form of a build context, and wherever its version is shown, edited and compared."""

import pytest

from environments.definitions.digest import from_canonical
from environments.models import Version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_files")]

NEW, EDIT = "/w/vision/new/context/", "/w/vision/env/train/v/1/edit/"
DOCKERFILE = "ARG BASE\nFROM ${BASE}\nARG LEVEL=1\nRUN echo $LEVEL\n"
FIELDS = {"name": "train", "way": "write", "text": DOCKERFILE, "dockerfile_path": "Dockerfile"}
ARGS = "BASE=python:3.11-slim\nLEVEL = a=b\n"


def post(web, action="save", address=NEW, **fields):
    return web.post(address, FIELDS | {"args": ARGS, "action": action} | fields)


def args_of(name):
    return from_canonical(Version.objects.get(name=name).definition).context.args


def test_they_are_saved_with_the_definition_and_shown_with_it(web):
    assert post(web).status_code == 303
    assert args_of("1") == {"BASE": "python:3.11-slim", "LEVEL": "a=b"}
    page = web.get("/w/vision/env/train/v/1/definition/").text
    assert "<code>BASE=python:3.11-slim</code>" in page
    assert "<code>LEVEL=a=b</code>" in page


def test_a_review_shows_them_and_the_base_image_they_name(web):
    page = post(web, "review").text
    assert "<code>LEVEL=a=b</code>" in page
    assert "<code>python:3.11-slim</code>" in page


def test_an_edit_begins_with_them_and_tells_what_changed(web):
    post(web)
    form = web.get(EDIT).context["form"]
    assert form["args"].value() == "BASE=python:3.11-slim\nLEVEL=a=b"
    assert post(web, address=EDIT, base="1").status_code == 422
    changed = {"address": EDIT, "base": "1", "args": "BASE=python:3.11-slim\nLEVEL=2"}
    assert "Build argument LEVEL" in post(web, "check", **changed).text
    assert post(web, **changed).status_code == 303
    assert args_of("2")["LEVEL"] == "2"
    assert "Build argument LEVEL" in web.get("/w/vision/env/train/compare/1...2/").text


def test_a_new_environment_made_from_it_takes_them_over(web):
    post(web)
    form = web.get(NEW, {"from": "vision/train:1"}).context["form"]
    assert form["args"].value() == "BASE=python:3.11-slim\nLEVEL=a=b"


def test_one_that_no_arg_declares_is_told(web):
    page = post(web, "check", args=f"{ARGS}CUDA=12.4\n").text
    assert "this file declares no ARG CUDA" in page
    assert "this file declares no ARG LEVEL" not in page


@pytest.mark.parametrize(
    ("args", "told"),
    [
        ("DB_PASSWORD=x", "“DB_PASSWORD” seems to hold a secret"),
        (f"A=ghp_{'a' * 36}", "“A” seems to hold a secret"),
        ("BUILDKIT_SYNTAX=evil/x", "“BUILDKIT_SYNTAX” means something to the builder itself"),
        ("TARGETARCH=arm64", "“TARGETARCH” means something to the builder itself"),
        ("a b=x", "“a b” cannot be the name of a build argument"),
        ("LEVEL", "“LEVEL” is no build argument. Write it like CUDA_VERSION=12.4."),
        ("A=1\nA=2", "“A” appears a second time"),
        ("\n".join(f"A{number}=x" for number in range(51)), "There are more than 50 build arguments"),
        (f"A={'x' * 1001}", "longer than 1000 characters"),
    ],
)
def test_what_cannot_be_given_is_told_at_the_field_and_kept(web, args, told):
    page = post(web, args=args, text="FROM python:3.11-slim\n")
    assert page.status_code == 422
    assert told in " ".join(page.context["form"].errors["args"])
    assert page.context["form"]["args"].value() == args
    assert not Version.objects.filter(environment__name="train").exists()


def test_a_base_image_that_only_a_missing_argument_names_is_told(web):
    page = post(web, args="")
    assert page.status_code == 422
    assert "The base image depends on BASE, which has no value before the build." in page.text
