"""Making a version from another one, and what happens when two people do so at once."""

import io
import zipfile
from time import process_time

import pytest

from environments.contexts import ContextFiles, from_texts
from environments.models import Build, Version
from environments.services.drafts import context_definition, draft
from environments.services.versions import publish_version
from tests.cast import make_build, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_files")]

EDIT = "/w/vision/env/train/v/1/edit/"
IMAGE = "python:3.11-slim"
TEXTS = {"Dockerfile": "FROM python:3.11-slim\nCOPY . /app\n", "app/hello.py": "print(1)\n", "run.sh": "#!/bin/sh\n"}


@pytest.fixture
def web(client, alice):
    client.force_login(alice)
    return client


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


@pytest.fixture
def with_context(vision):
    files = from_texts(TEXTS)
    made = draft(vision, context_definition(files), text=TEXTS["Dockerfile"], files=files)
    version, _ = publish_version(vision, "train", made, author=None)
    return version


def context_fields(page):
    """what a browser sends back of the page as it stands."""
    form = page.context["form"]
    names, texts = zip(*form["extra"].value(), strict=True)
    fields = {"way": "write", "text": form["text"].value(), "dockerfile_path": form["dockerfile_path"].value()}
    return fields | {"extra_name": list(names), "extra_text": list(texts), "base": "1", "action": "save"}


def test_text_files_of_a_context_can_be_edited(web, with_context):
    fields = context_fields(web.get(EDIT))
    place = fields["extra_name"].index("app/hello.py")
    fields["extra_text"][place] = "print(2)\r\n"
    assert web.post(EDIT, fields).status_code == 303
    second = Version.objects.get(environment=with_context.environment, name="2")
    assert [file["path"] for file in second.context.manifest] == sorted(TEXTS)
    assert second.context.sha256 == from_texts(TEXTS | {"app/hello.py": "print(2)\n"}).digest


def so_far(web, fields):
    """The panel that htmx asks for as one types: what it is told, and its text."""
    answer = web.post(EDIT, fields | {"action": "check"}, headers={"HX-Request": "true"})
    return answer.context["panel"], answer.text


def test_changes_so_far_tell_of_every_file_of_a_context(web, with_context):
    fields = context_fields(web.get(EDIT))
    fields["extra_text"][fields["extra_name"].index("app/hello.py")] = "print(2)\n"
    fields["extra_name"][fields["extra_name"].index("run.sh")] = "start.sh"
    panel, text = so_far(web, fields)
    assert [(file.path, file.kind) for file in panel["files"]] == [
        ("app/hello.py", "changed"),
        ("run.sh", "removed"),
        ("start.sh", "added"),
    ]
    assert "<del>print(<b>1</b>)</del>" in text
    assert "<ins>print(<b>2</b>)</ins>" in text
    assert [text.count(f"{count}") >= 1 for count in ("1 added", "1 removed", "1 changed")] == [True] * 3
    assert with_context.context.sha256 not in text
    assert panel["rows"] == []


def test_the_dockerfile_is_told_of_once_and_what_is_ignored_not_at_all(web, with_context):
    fields = context_fields(web.get(EDIT))
    fields["text"] += "RUN true\n"
    fields["extra_name"] += ["notes.md", ".dockerignore"]
    fields["extra_text"] += ["to do\n", "*.md\n"]
    panel, text = so_far(web, fields)
    assert [file.path for file in panel["files"]] == [".dockerignore"]
    assert "RUN true" in text
    assert (panel["tally"]["changed"], panel["tally"]["added"]) == (1, 1)


def test_a_new_zip_is_compared_with_the_files_there_were(web, with_context):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("Dockerfile", TEXTS["Dockerfile"])
        archive.writestr("weights.bin", b"\xff\0\xfe")
    data.seek(0)
    data.name = "context.zip"
    fields = {"upload": data, "dockerfile_path": "Dockerfile", "way": "upload", "base": "1"}
    panel, text = so_far(web, fields)
    assert {file.path: file.kind for file in panel["files"]} == {
        "app/hello.py": "removed",
        "run.sh": "removed",
        "weights.bin": "added",
    }
    assert "there is no text to compare" in text


def test_starting_again_from_theirs_keeps_ones_zip_and_build_arguments_at_hand(web, with_context):
    files = from_texts(TEXTS | {"Dockerfile": "FROM python:3.12-slim\n"})
    vision = with_context.environment.workspace
    publish_version(vision, "train", draft(vision, context_definition(files), files=files), author=None)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("Dockerfile", "ARG CUDA=11\nFROM python:3.11-slim\n")
        archive.writestr("weights.bin", b"\xff\0\xfe")
    data.seek(0)
    data.name = "context.zip"
    fields = {"upload": data, "dockerfile_path": "Dockerfile", "way": "upload", "args": "CUDA=12", "base": "1"}
    conflict = web.post(EDIT, fields | {"action": "save"})
    assert conflict.status_code == 409
    page = web.post("/w/vision/env/train/v/2/edit/", sent_by(conflict) | {"action": "rebase"})
    assert ("Build arguments", "CUDA=12") in page.context["beside"]
    assert {"path": "weights.bin", "size": 3}.items() <= page.context["form"].uploaded.manifest[-1].items()
    assert not page.context["form"].is_upload


def test_many_changed_files_share_the_bounds_of_one_comparison(web, vision):
    data = io.BytesIO()
    lines = [f"value_{number} = {number}\n" for number in range(400)]
    texts = {f"part{number}.py": "".join(lines) for number in range(300)}
    files = from_texts({"Dockerfile": TEXTS["Dockerfile"]} | texts)
    publish_version(vision, "train", draft(vision, context_definition(files), files=files), author=None)
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("Dockerfile", TEXTS["Dockerfile"])
        for name, text in texts.items():
            archive.writestr(name, text.replace("value_", "other_"))
    data.seek(0)
    data.name = "context.zip"
    begun = process_time()
    panel, text = so_far(web, {"upload": data, "dockerfile_path": "Dockerfile", "way": "upload", "base": "1"})
    assert process_time() - begun < 6
    assert "And 200 more files." in text
    assert "Too large to show line by line." in text
    assert sum(len(file.rows) for file in panel["files"]) < 2_200
    assert not panel["unfolded"]


def test_an_untouched_context_is_no_change(web, with_context):
    page = web.post(EDIT, context_fields(web.get(EDIT)))
    assert page.status_code == 422
    assert "Nothing has changed" in page.content.decode()


@pytest.mark.parametrize("executables", [{"app/hello.py"}, set()])
def test_what_is_executable_in_a_context_stays_as_it_is(web, vision, executables):
    files = ContextFiles({path: text.encode() for path, text in TEXTS.items()}, frozenset(executables))
    made = draft(vision, context_definition(files), text=TEXTS["Dockerfile"], files=files)
    publish_version(vision, "train", made, author=None)
    fields = context_fields(web.get(EDIT))
    assert web.post(EDIT, fields).status_code == 422
    fields["text"] += "RUN true\n"
    assert web.post(EDIT, fields).status_code == 303
    second = Version.objects.get(environment__name="train", name="2")
    assert {file["path"] for file in second.context.manifest if file["executable"]} == executables


def test_files_that_cannot_be_edited_are_taken_over(web, vision):
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w") as archive:
        archive.writestr("Dockerfile", "FROM python:3.11-slim\n")
        archive.writestr("weights.bin", b"\xff\0\xfe")
    data.seek(0)
    data.name = "context.zip"
    first = {"name": "train", "upload": data, "dockerfile_path": "Dockerfile", "way": "upload", "action": "save"}
    assert web.post("/w/vision/new/context/", first).status_code == 303
    page = web.get(EDIT)
    assert "weights.bin" in page.content.decode()
    changed = "FROM python:3.11-slim\nCOPY weights.bin /\n"
    fields = {"way": "write", "text": changed, "dockerfile_path": "Dockerfile", "base": "1", "action": "save"}
    assert web.post(EDIT, fields).status_code == 303
    second = Version.objects.get(environment__name="train", name="2")
    assert [file["path"] for file in second.context.manifest] == ["Dockerfile", "weights.bin"]


def test_an_image_built_from_the_same_definition_is_named_at_once(web, first, vision):
    made = make_build(make_version(vision, "other", "rich"))
    answer = send(web, "rich\n")
    assert answer.url == "/w/vision/env/train/v/2/"
    assert Build.objects.get(version__environment__name="train").reused == made
