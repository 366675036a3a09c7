"""The review between a form and its being saved: what it tells, what its buttons do, and that nothing typed is lost."""

import io
import zipfile
from datetime import timedelta
from html.parser import HTMLParser

import pytest

from environments.models import Build, Environment, Version
from environments.models.rules import RuleLevel
from tests.cast import make_build, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_files")]

NEW = "/w/vision/new/{kind}/"
EDIT = "/w/vision/env/train/v/1/edit/"
CONDA = "channels:\n  - conda-forge\ndependencies:\n  - python=3.11\n  - pip\n  - pip:\n      - numpy==2.4.6\n"
FIELDS = {
    "name": "train",
    "image": "python:3.11-slim",
    "text": "numpy==2.4.6\nrich\n",
    "description": "For “training” <b>",
    "message": "Begin",
    "tags": "team=robots",
}


class Sent(HTMLParser):
    """What a browser without a script sends of the page's form, whichever of its buttons is pressed."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.fields, self.buttons, self.at = {}, [], None
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "textarea" and "hidden" in attrs:
            self.at = attrs["name"]
            self.fields.setdefault(self.at, []).append("")
        if tag == "button" and attrs.get("name") == "action":
            self.buttons.append(attrs["value"])

    def handle_endtag(self, tag):
        if tag == "textarea" and self.at:
            self.fields[self.at][-1] = self.fields[self.at][-1].removeprefix("\n")
            self.at = None

    def handle_data(self, data):
        if self.at:
            self.fields[self.at][-1] += data


def post(web, address, action="review", **fields):
    return web.post(address, fields | {"action": action})


def reviewed(web, kind="pip", **fields):
    page = post(web, NEW.format(kind=kind), **{**FIELDS, **fields})
    assert page.status_code == 200
    return page.text


def press(web, text, action, address=None):
    """Press a button of a review."""
    sent = Sent(text)
    assert action in sent.buttons
    return web.post(address or NEW.format(kind="pip"), sent.fields | {"action": action})


def test_a_review_says_what_is_saved_and_saves_nothing(web, settings):
    settings.BUILD_TIME_LIMIT = 5400
    settings.ENGINE_CGROUP_PARENT = "/studio"
    text = reviewed(web, "conda", text=CONDA)
    for told in (
        "<b>train</b>, a new one",
        "<code>python:3.11-slim</code>",
        "<dd>3.11</dd>",
        "3 packages named",
        "2 from conda-forge, 1 from pip",
        "For “training” &lt;b&gt;",
        "team=robots",
        "A new image will be built.",
        "a build is stopped after 1 h 30 m",
        "8192 MB and 4096 processes for each step",
    ):
        assert told in text
    assert not Environment.objects.filter(workspace__slug="vision").exists()


def test_where_the_engine_holds_steps_to_nothing_no_limit_is_claimed(web, settings):
    settings.ENGINE_CGROUP_PARENT = ""
    assert "8192 MB" not in reviewed(web)


def test_a_review_counts_the_problems_and_names_them(web):
    text = reviewed(web)
    assert "2 hints" in text
    assert "“rich” has no version" in text
    assert "line 2" in text
    assert 'href="#id_text"' not in text
    assert 'value="fix-' not in text


def test_a_review_names_the_build_whose_image_will_be_used(web, vision):
    made = make_build(make_version(vision, "earlier", "numpy==2.4.6", "rich"))
    text = reviewed(web)
    assert "Same definition already built" in text
    assert made.get_absolute_url() in text
    assert press(web, text, "save-build").url == "/w/vision/env/train/v/1/"
    assert Build.objects.get(version__environment__name="train").reused == made


def test_a_review_says_how_long_similar_builds_took(web, vision, now):
    for seconds in (41, 100):
        make_build(make_version(vision, "earlier"), started_at=now - timedelta(seconds=seconds), finished_at=now)
    assert "A new image will be built; similar builds took 41 s to 1 m 40 s." in reviewed(web)


def test_create_and_build_saves_what_was_typed_and_builds_it(web):
    answer = press(web, reviewed(web), "save-build")
    version = Version.objects.get(environment__name="train")
    assert (answer.status_code, answer.url) == (303, Build.objects.get().get_absolute_url())
    assert (version.text, version.message, version.tags) == (FIELDS["text"], "Begin", {"team": "robots"})
    assert version.description == FIELDS["description"]


def test_create_only_builds_nothing_even_with_the_box_ticked(web):
    answer = press(web, reviewed(web, build="on"), "save-only")
    assert answer.url == Version.objects.get(environment__name="train").get_absolute_url()
    assert not Build.objects.exists()


def test_back_to_the_text_shows_the_form_as_it_was(web):
    page = press(web, reviewed(web, build="on"), "check")
    form = page.context["form"]
    assert page.status_code == 200
    assert {name: form[name].value().replace("\r\n", "\n") for name in FIELDS} == FIELDS
    assert form["build"].value()
    assert not press(web, reviewed(web), "check").context["form"]["build"].value()


def test_a_text_that_begins_with_an_empty_line_keeps_it(web):
    text = "\nnumpy==2.4.6\n"
    assert press(web, reviewed(web, text=text), "check").context["form"]["text"].value() == text


def test_pressing_the_button_twice_leads_to_the_first_result(web):
    text = reviewed(web)
    first, second = (press(web, text, "save-build") for _ in range(2))
    assert (second.status_code, second.url) == (303, first.url)
    assert Version.objects.filter(environment__name="train").count() == 1


def test_what_is_wrong_leads_back_to_the_form_instead(web, vision):
    make_version(vision, "taken")
    for fields, told in (
        ({"text": "numpy=="}, "Error:"),
        ({"name": "taken"}, "“taken” exists already."),
        ({"name": ""}, "Give the environment a name."),
    ):
        page = post(web, NEW.format(kind="pip"), **{**FIELDS, **fields})
        assert page.status_code == 422
        assert told in page.text
        assert page.context["form"]["message"].value() == "Begin"


def test_what_a_rule_of_the_workspace_blocks_is_not_reviewed(web, vision):
    RuleLevel.objects.create(workspace=vision, code="unpinned", level="block")
    page = post(web, NEW.format(kind="pip"), **FIELDS)
    assert page.status_code == 422
    assert "This workspace does not save it" in page.text


def test_a_zip_is_sent_once_and_its_files_are_counted(web):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("Dockerfile", "FROM python:3.11-slim\nCOPY a.txt /\n")
        archive.writestr("a.txt", "hello\n")
        archive.writestr("notes.md", "hello\n")
        archive.writestr(".dockerignore", "*.md\n")
    data.seek(0)
    data.name = "context.zip"
    address = NEW.format(kind="context")
    page = post(web, address, name="train", way="upload", dockerfile_path="Dockerfile", upload=data)
    assert "3 files" in page.text
    assert "<code>.dockerignore</code>, <code>Dockerfile</code>, <code>a.txt</code>" in page.text
    assert "COPY</span> a.txt /" in page.text
    assert "1 other left out by .dockerignore" in page.text
    assert press(web, page.text, "save-only", address).status_code == 303
    saved = Version.objects.get(environment__name="train").context
    assert [file["path"] for file in saved.manifest] == [".dockerignore", "Dockerfile", "a.txt"]


def test_the_review_of_an_edit_shows_what_changes(web, vision):
    first = make_version(vision, "train", "numpy==2.4.6")
    fields = {"base": "1", "image": "python:3.11-slim", "text": "numpy==2.4.6\nrich\n", "message": "rich added"}
    text = post(web, EDIT, **fields).text
    assert "New version of train from v1" in text
    assert "pip package rich" in text
    assert press(web, text, "save-only", EDIT).status_code == 303
    second = first.environment.versions.get(name="2")
    assert (second.parent, second.message) == (first, "rich added")


def test_an_edit_without_a_change_has_no_review(web, vision):
    first = make_version(vision, "train", "numpy==2.4.6")
    page = post(web, EDIT, base="1", image=first.image, text=first.text)
    assert page.status_code == 422
    assert "Nothing has changed" in page.text


def test_save_only_is_still_meant_after_somebody_was_faster(web, vision):
    make_version(vision, "train", "numpy==2.4.6")
    fields = {"base": "1", "image": "python:3.11-slim", "text": "mine==1\n", "build": "on"}
    text = post(web, EDIT, **fields).text
    make_version(vision, "train", "theirs==1")
    conflict = press(web, text, "save-only", EDIT)
    assert conflict.status_code == 409
    assert 'name="build"' not in conflict.text
    saved = web.post(EDIT, Sent(conflict.text).fields | {"action": "save", "base": "2"})
    assert saved.status_code == 303
    assert not Build.objects.exists()


def test_a_viewer_has_no_review(client, bob, vision):
    make_version(vision, "train", "numpy==2.4.6")
    client.force_login(bob)
    for address in (NEW.format(kind="pip"), EDIT):
        assert post(client, address, **FIELDS).status_code == 403
