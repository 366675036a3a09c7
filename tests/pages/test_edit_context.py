"""Making a version from another one whose definition is a build context."""

import io
import zipfile
from time import process_time

import pytest

from environments.contexts import ContextFiles, from_texts
from environments.models import Version
from environments.services.drafts import context_definition, draft
from environments.services.versions import publish_version
from tests.pages.test_edit import sent_by

pytestmark = pytest.mark.django_db

EDIT = "/w/vision/env/train/v/1/edit/"
TEXTS = {"Dockerfile": "FROM python:3.11-slim\nCOPY . /app\n", "app/hello.py": "print(1)\n", "run.sh": "#!/bin/sh\n"}


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
