"""Making a version from another one, and what happens when two people do so at once."""

from time import process_time

import pytest

from environments.contexts import from_texts
from environments.models import Build, Version
from environments.services.drafts import context_definition, draft
from environments.services.versions import publish_version
from tests.cast import make_build, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_files")]

EDIT = "/w/vision/env/train/v/1/edit/"
IMAGE = "python:3.11-slim"
TEXTS = {"Dockerfile": "FROM python:3.11-slim\nCOPY . /app\n", "app/hello.py": "print(1)\n", "run.sh": "#!/bin/sh\n"}


@pytest.fixture
def first(vision):
    return make_version(vision, "train", "numpy==2.4.6", "scipy==1.17.1")


def send(web, text, address=EDIT, **fields):
    fields = {"base": "1", "image": IMAGE, "text": text, "build": "on", "action": "save"} | fields
    return web.post(address, fields)


def test_the_form_shows_the_version_it_starts_from(web, first):
    page = web.get(EDIT).content.decode()
    assert "New version of train from v1" in page
    assert "numpy==2.4.6" in page
    assert 'name="base" value="1"' in page


def test_a_changed_text_becomes_the_next_version_and_is_built(web, first):
    answer = send(web, "numpy==2.4.6\nscipy==1.17.1\nrich\n", message="rich added")
    second = Version.objects.get(environment=first.environment, name="2")
    assert (answer.status_code, answer.url) == (303, Build.objects.get().get_absolute_url())
    assert (second.parent, second.message) == (first, "rich added")


def test_check_shows_the_changes_so_far(web, first):
    page = send(web, "numpy==2.4.6\nrich\n", action="check").content.decode()
    assert "1 added" in page
    assert "1 removed" in page
    assert "from v1" in page
    assert "pip package rich" in page
    assert 'class="diff"' in page
    assert first.environment.versions.count() == 1


def test_of_what_cannot_be_read_it_is_not_said_that_nothing_changed(web, first):
    page = send(web, "numpy==\n", action="check").text
    assert "there is nothing to save yet" not in page
    assert "once the definition can be read" in page


def test_a_text_that_is_another_in_every_line_keeps_nobody_waiting(web, vision):
    lines = [f"    install old-{number} &&\\\n" for number in range(2_900)]
    files = from_texts({"Dockerfile": f"FROM {IMAGE}\nRUN {''.join(lines)}    true\n"})
    drafted = draft(vision, context_definition(files), text=files.dockerfile("Dockerfile"), files=files)
    publish_version(vision, "train", drafted, author=None)
    text = files.dockerfile("Dockerfile").replace("old-", "new-")
    begun = process_time()
    page = send(web, text, dockerfile_path="Dockerfile", action="check").text
    assert process_time() - begun < 4
    assert "Too large to show line by line" in page


def test_while_nothing_has_changed_no_image_is_promised(web, first):
    make_build(first)
    page = send(web, first.text, action="check").text
    assert "Nothing to save yet." in page
    assert "Its image will be used" not in page


def test_nothing_changed_is_said_and_saves_nothing(web, first):
    page = send(web, first.text)
    assert page.status_code == 422
    assert "Nothing has changed" in page.content.decode()
    assert first.environment.versions.count() == 1


def test_another_comment_or_line_end_is_no_change(web, first):
    assert send(web, "# a comment\r\nnumpy==2.4.6\r\nscipy==1.17.1\r\n").status_code == 422


def test_a_second_press_of_the_button_leads_to_the_first_result(web, first):
    one, two = send(web, "rich\n"), send(web, "rich\n")
    assert one.url == two.url
    assert first.environment.versions.count() == 2


def test_two_edits_at_once_end_in_a_409_that_keeps_both_texts(web, first, vision):
    theirs = make_version(vision, "train", "theirs==1")
    page = send(web, "mine==1\n")
    text = page.content.decode()
    assert page.status_code == 409
    assert all(word in text for word in ("scipy==1.17.1", "theirs==1", "mine==1"))
    assert theirs.environment.versions.count() == 2


def sent_by(page):
    """What the buttons of the 409 page send along."""
    names, texts = zip(*page.context["my_texts"], strict=True)
    beside = {"beside_name": list(names), "beside_text": list(texts)}
    return dict(page.context["typed"]) | beside | {"base": page.context["latest"].name}


def test_mine_can_be_saved_as_the_next_version(web, first, vision):
    make_version(vision, "train", "theirs==1")
    page = send(web, "mine==1\n", message="kept")
    answer = web.post(EDIT, sent_by(page) | {"action": "save"})
    third = Version.objects.get(environment=first.environment, name="3")
    assert answer.status_code == 303
    assert (third.text, third.message, third.parent) == ("mine==1\n", "kept", first)


def test_one_can_start_again_from_theirs_with_ones_own_text_beside_it(web, first, vision):
    make_version(vision, "train", "theirs==1")
    fields = sent_by(send(web, "mine==1\n"))
    page = web.post("/w/vision/env/train/v/2/edit/", fields | {"action": "rebase"})
    assert page.context["form"]["text"].value() == "theirs==1\n"
    assert ("requirements.txt", "mine==1\n") in [
        (name, text.replace("\r", "")) for name, text in page.context["beside"]
    ]
    beside = {name: fields[name] for name in ("beside_name", "beside_text")}
    again = send(web, "theirs==1\nrich\n", "/w/vision/env/train/v/2/edit/", base="2", action="check", **beside)
    assert "mine==1" in again.content.decode()


def test_starting_again_from_theirs_keeps_what_is_no_part_of_the_definition(web, first, vision):
    make_version(vision, "train", "theirs==1")
    fields = sent_by(send(web, "mine==1\n", message="why", description="what", tags="team=robots"))
    form = web.post("/w/vision/env/train/v/2/edit/", fields | {"action": "rebase"}).context["form"]
    assert [form[name].value() for name in ("message", "description", "tags")] == ["why", "what", "team=robots"]


def test_a_version_of_another_kind_in_the_meantime_loses_no_text(web, first, vision):
    files = from_texts(TEXTS)
    publish_version(vision, "train", draft(vision, context_definition(files), files=files), author=None)
    page = send(web, "mine==1\n")
    assert page.status_code == 409
    rebased = web.post("/w/vision/env/train/v/2/edit/", sent_by(page) | {"action": "rebase"})
    assert "mine==1" in rebased.content.decode()
    assert web.post(EDIT, sent_by(page) | {"action": "save"}).status_code == 303
    assert Version.objects.get(environment=first.environment, name="3").text == "mine==1\n"


def test_a_form_that_names_no_base_overwrites_nobody(web, first, vision):
    make_version(vision, "train", "theirs==1")
    assert send(web, "mine==1\n", base="").status_code == 409
    assert send(web, "mine==1\n", base="nonsense").status_code == 409


def test_an_older_version_can_be_taken_up_again(web, first, vision):
    make_version(vision, "train", "other==1")
    answer = send(web, first.text, base="2")
    assert answer.status_code == 303
    third = Version.objects.get(environment=first.environment, name="3")
    assert (third.definition_digest, third.parent) == (first.definition_digest, first)


def test_a_viewer_with_a_workspace_of_their_own_starts_there(client, bob, first):
    make_workspace("bobs", editor=bob)
    client.force_login(bob)
    assert client.get(EDIT).url == "/w/bobs/new/pip/?from=vision%2Ftrain%3A1"


def test_a_viewer_without_one_is_told_so(client, bob, first):
    client.force_login(bob)
    assert client.get(EDIT).status_code == 403
    assert client.post(EDIT, {"action": "save"}).status_code == 403


def test_an_outsider_finds_nothing(client, charlie, first):
    client.force_login(charlie)
    assert client.get(EDIT).status_code == 404


def test_a_curated_version_is_started_from_in_the_workspace_one_comes_from(web, alice):
    make_workspace("another", editor=alice)
    make_version(make_workspace("curated"), "sklearn")
    answer = web.get("/w/curated/env/sklearn/v/1/edit/?ws=vision")
    assert answer.url == "/w/vision/new/pip/?from=curated%2Fsklearn%3A1"


def test_an_image_built_from_the_same_definition_is_named_at_once(web, first, vision):
    made = make_build(make_version(vision, "other", "rich"))
    answer = send(web, "rich\n")
    assert answer.url == "/w/vision/env/train/v/2/"
    assert Build.objects.get(version__environment__name="train").reused == made
