"""Making an environment in the browser, by forms that need no script."""

import pytest
from django.urls import reverse

from environments.definitions.digest import from_canonical
from environments.display import words
from environments.models import Build, Environment, State, Version
from tests.cast import make_build, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_files")]

CONDA = "dependencies:\n  - python=3.10\n  - pip\n  - pip:\n      - numpy==2.4.6\n"
DOCKERFILE = "FROM python:3.11-slim\nCOPY hello.py /app/hello.py\n"


@pytest.fixture
def web(client, alice):
    client.force_login(alice)
    return client


def send(web, kind="pip", action="save", **fields):
    """Post the form of a kind to vision; what is not given is as a person would leave it."""
    fields = {"name": "train", "build": "on", "action": action} | fields
    if kind in ("pip", "conda"):
        fields = {"image": "python:3.11-slim", "text": "numpy==2.4.6\r\n"} | fields
    return web.post(f"/w/vision/new/{kind}/", fields)


def only_version():
    return Version.objects.exclude(environment__workspace__slug="curated").get()


def test_every_kind_can_be_chosen_without_a_script(web):
    page = web.get("/w/vision/new/")
    assert page.content.count(b'type="radio"') == 5
    for kind in ("conda", "pip", "image", "context"):
        assert web.get("/w/vision/new/", {"kind": kind}).url == f"/w/vision/new/{kind}/"
        assert web.get(f"/w/vision/new/{kind}/").status_code == 200


def test_the_chooser_leads_to_the_form_of_the_version_it_starts_from(web, vision):
    version = make_version(vision, "base")
    chosen = web.get("/w/vision/new/", {"kind": "from", "origin": str(version)})
    assert chosen.url == "/w/vision/new/pip/?from=vision%2Fbase%3A1"


def test_choosing_an_environment_chooses_its_card(web, vision):
    version = make_version(vision, "base")
    assert web.get("/w/vision/new/", {"origin": str(version)}).url == "/w/vision/new/pip/?from=vision%2Fbase%3A1"
    assert web.get("/w/vision/new/", {"kind": "image", "origin": str(version)}).url == "/w/vision/new/image/"


def test_the_chooser_says_that_nothing_is_chosen(web):
    page = web.get("/w/vision/new/", {"origin": ""})
    assert page.status_code == 422
    assert "Choose what to start with." in page.content.decode()


def test_the_chooser_says_that_a_choice_is_missing(web):
    page = web.get("/w/vision/new/", {"kind": "from"})
    assert page.status_code == 422
    assert "Choose the environment to start from." in page.content.decode()


def test_the_chooser_offers_nothing_of_other_workspaces(web, charlie):
    make_version(make_workspace("secret", editor=charlie), "hidden-model")
    assert b"hidden-model" not in web.get("/w/vision/new/").content


def test_requirements_become_a_version_that_is_queued_for_building(web, alice):
    answer = send(web, description="For training", tags="framework=sklearn", message="Begin")
    build = Build.objects.get()
    version = only_version()
    assert (answer.status_code, answer.url) == (303, build.get_absolute_url())
    assert build.state == State.QUEUED
    assert (version.text, version.image, version.author) == ("numpy==2.4.6\n", "python:3.11-slim", alice)
    assert (version.description, version.message, version.tags) == ("For training", "Begin", {"framework": "sklearn"})


def test_a_conda_file_keeps_python_3_10_as_it_is_written(web):
    assert send(web, "conda", text=CONDA).status_code == 303
    assert from_canonical(only_version().definition).conda.dependencies == ("python=3.10", "pip")


def test_an_existing_image_becomes_a_version(web):
    assert send(web, "image", image="python:3.11-slim").status_code == 303
    assert only_version().kind == "image"


def test_a_typed_context_holds_the_dockerfile_and_the_other_files(web):
    answer = send(
        web, "context", way="write", text=DOCKERFILE, extra_name=["hello.py"], extra_text=["print(1)\r\n"],
        dockerfile_path="Dockerfile",
    )  # fmt: skip
    assert answer.status_code == 303
    assert [file["path"] for file in only_version().context.manifest] == ["Dockerfile", "hello.py"]


def test_without_build_now_the_version_is_saved_and_nothing_is_queued(web):
    answer = send(web, build="")
    assert answer.url == only_version().get_absolute_url()
    assert not Build.objects.exists()


def test_check_says_what_is_read_and_saves_nothing(web):
    page = send(web, action="check", text="numpy==2.4.6\nrich\n").content.decode()
    assert "numpy" in page
    assert "FROM python:3.11-slim" in page
    assert "A new image will be built." in page
    assert not Environment.objects.filter(workspace__slug="vision").exists()


def test_check_leaves_what_was_given_in_view(web):
    opened = '<details class="panel options" open>'
    assert opened not in send(web, action="check").text
    assert opened in send(web, action="check", tags="team=demand").text
    assert opened in send(web, action="check", build="").text


def test_the_form_alone_hears_that_it_was_saved(web):
    assert "saved" not in send(web, action="check").cookies
    assert send(web).cookies["saved"]["path"] == "/w/vision/new/pip/"


def test_check_names_the_build_that_has_made_the_image(web, vision):
    build = make_build(make_version(vision, "earlier", "numpy==2.4.6"))
    page = send(web, action="check").content.decode()
    assert "Same definition already built" in page
    assert build.get_absolute_url() in page


def test_an_equal_definition_builds_nothing_and_says_which_build_made_the_image(web, vision):
    made = make_build(make_version(vision, "earlier", "numpy==2.4.6"))
    answer = send(web)
    version = Version.objects.get(environment__name="train")
    assert answer.url == version.get_absolute_url()
    assert version.builds.get().reused == made
    message = str(next(iter(answer.wsgi_request._messages)))
    assert f"build {made.number} of earlier v1 has made the image" in message


def test_a_second_press_of_the_button_leads_to_the_first_result(web):
    first, second = send(web), send(web)
    assert (second.status_code, second.url) == (303, first.url)
    assert Version.objects.filter(environment__name="train").count() == 1


def test_a_name_that_is_taken_is_told_at_its_field(web, vision):
    make_version(vision, "train", "scipy==1.17.1")
    page = send(web)
    assert page.status_code == 422
    assert page.context["form"].errors["name"] == ["“train” exists already. Edit it, or choose another name."]
    assert "numpy==2.4.6" in page.content.decode()
    assert reverse("version-edit", args=["vision", "train", "1"]) in page.content.decode()


def test_a_name_is_checked_while_one_types_the_rest(web, vision):
    make_version(vision, "train")
    ask = {"headers": {"HX-Request": "true"}}
    assert "Name is available." in web.get("/w/vision/new/name-check/?name=other", **ask).content.decode()
    taken = web.get("/w/vision/new/name-check/?name=train", **ask).content.decode()
    assert "Taken." in taken
    assert reverse("version-edit", args=["vision", "train", "1"]) in taken
    assert "<html" not in taken
    assert "<html" in web.get("/w/vision/new/name-check/?name=train").content.decode()


def test_a_row_for_a_file_is_added_and_removed_without_judging_the_form(web):
    page = send(web, "context", name="", action="add-file", text=DOCKERFILE, extra_name=["a"], extra_text=["1"])
    assert (page.status_code, page.context["form"].errors) == (200, {})
    assert page.content.decode().count('name="extra_name"') == 2
    assert "COPY hello.py" in page.content.decode()
    page = send(web, "context", action="remove-file-0", extra_name=["a", "b"], extra_text=["1", "2"])
    assert 'value="b"' in page.content.decode()
    assert 'value="a"' not in page.content.decode()


def test_the_live_panel_is_a_part_of_the_page(web):
    answer = web.post(
        "/w/vision/new/pip/check/",
        {"image": "python:3.11-slim", "text": "rich\n", "action": "check"},
        headers={"HX-Request": "true"},
    )
    page = answer.content.decode()
    assert answer.status_code == 200
    assert "<html" not in page
    assert 'hx-swap-oob="true"' in page
    assert "data-problems" in page
    assert "HX-Request" in answer["Vary"]


def test_a_start_from_curated_is_prefilled_and_records_its_parent(web, vision):
    curated = make_workspace("curated")
    parent = make_version(curated, "sklearn", "scikit-learn==1.9.1")
    page = web.get("/w/vision/new/pip/", {"from": str(parent)})
    assert "scikit-learn==1.9.1" in page.content.decode()
    assert page.context["form"]["name"].value() == "sklearn"
    send(web, name="sklearn", text="scikit-learn==1.9.1\nrich\n", **{"from": str(parent)})
    assert Version.objects.get(environment__workspace=vision).parent == parent


def test_a_prefilled_name_is_one_that_is_free(web, vision):
    version = make_version(vision, "train")
    page = web.get("/w/vision/new/pip/", {"from": str(version)})
    assert page.context["form"]["name"].value() == "train-2"


def test_nobody_starts_from_what_they_may_not_see(web, charlie):
    hidden = make_version(make_workspace("secret", editor=charlie), "model")
    assert web.get("/w/vision/new/pip/", {"from": str(hidden)}).status_code == 404


def test_nobody_makes_a_curated_environment_by_hand(client, admin):
    client.force_login(admin)
    assert client.get("/w/curated/new/").status_code == 403
    assert client.post("/w/curated/new/pip/", {"name": "x"}).status_code == 403


def test_a_kind_that_is_none_is_not_found(web):
    assert web.get("/w/vision/new/magic/").status_code == 404


def test_a_file_that_is_not_in_the_context_is_told_live_and_keeps_it_from_being_saved(web, plain_files):
    fields = {"name": "own", "way": "write", "dockerfile_path": "Dockerfile", "text": DOCKERFILE, "action": "check"}
    live = web.post("/w/vision/new/context/check/", fields, headers={"HX-Request": "true"}).text
    assert "“hello.py” is not in the build context." in live
    assert 'data-line="2"' in live
    assert web.post("/w/vision/new/context/", fields | {"action": "review"}).status_code == 422
    with_file = fields | {"extra_name": ["hello.py"], "extra_text": ["print()"]}
    live = web.post("/w/vision/new/context/check/", with_file, headers={"HX-Request": "true"}).text
    assert "not in the build context" not in live


def test_a_pattern_that_no_file_fits_is_a_warning_and_can_be_saved(web, plain_files):
    text = "FROM python:3.11-slim\nCOPY *.md /\n"
    fields = {"name": "own", "way": "write", "dockerfile_path": "Dockerfile", "text": text, "action": "review"}
    page = web.post("/w/vision/new/context/", fields)
    assert page.status_code == 200
    assert "No file of the context fits “*.md”, so COPY copies nothing." in page.text


def test_every_kind_has_one_icon_and_the_chooser_is_the_first_of_three_steps(web):
    page = web.get("/w/vision/new/")
    assert {card["value"]: card["icon"] for card in page.context["cards"]} == {
        kind: word.icon for kind, word in words.KINDS.items()
    }
    assert len({word.icon for word in words.KINDS.values()}) == len(words.KINDS)
    assert '<span aria-current="step"><i aria-hidden="true">1</i>Kind</span>' in page.text


def test_a_form_that_starts_from_a_version_is_called_after_it(web, vision):
    version = make_version(vision, "train")
    assert "<h1>New environment from train v1</h1>" in web.get(f"/w/vision/new/pip/?from={version}").text
