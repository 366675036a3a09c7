"""The documentation of problems, and the panel that leads to it and mends what is clear."""

import re

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django.utils.html import escape

from environments.definitions.catalogue import CATALOGUE
from environments.models import Version
from tests.api.conftest import zipped
from tests.cast import make_version

pytestmark = pytest.mark.django_db

CONDA = "channels:\n  - conda-forge\ndependencies:\n  - python=3.12\n  - numpy=>2\n"
TYPED = {"name": "train", "image": "python:3.12", "description": "For training", "tags": "a=b", "message": "Begin"}


def send(web, kind="conda", address="/w/vision/new/{}/", **fields):
    return web.post(address.format(kind), TYPED | {"action": "check", "text": CONDA} | fields)


def fix_actions(page):
    return re.findall(r'name="action" value="(fix-[0-9a-f]+)"', page.content.decode())


@pytest.mark.parametrize("code", [*CATALOGUE, "hadolint-DL3008", "hadolint-SC2046"])
def test_every_code_has_its_page(web, code):
    page = web.get(f"/problems/{code}/")
    assert page.status_code == 200
    entry = page.context["entry"]
    assert code in page.content.decode()
    assert all(escape(text) in page.content.decode() for text in (entry.title, entry.why, entry.remedy))


def test_a_code_that_nobody_gives_has_no_page(web):
    assert web.get("/problems/nonsense/").status_code == 404


def test_all_problems_are_listed_and_those_of_one_severity(web):
    links = {reverse("problem", args=[code]) for code in CATALOGUE}
    page = web.get("/problems/").content.decode()
    assert all(f'href="{link}"' in page for link in links)
    hints = web.get("/problems/", {"severity": "hint"}).content.decode()
    assert "/problems/unpinned/" in hints
    assert "/problems/yaml-syntax/" not in hints
    assert web.get("/problems/", {"severity": "nonsense\0"}).status_code == 200


def test_the_panel_tells_why_and_leads_to_the_page_of_each_problem(web):
    page = send(web).content.decode()
    assert "/problems/image-not-pinned/" not in page  # the text is refused first
    assert 'href="/problems/conda-operator/"' in page
    assert "conda knows =, ==" in page


def test_a_fix_is_a_button_that_changes_the_text_and_loses_nothing(web):
    (action,) = fix_actions(send(web))
    page = send(web, action=action)
    assert page.status_code == 200
    form = page.context["form"]
    assert form["text"].value() == CONDA.replace("=>", ">=")
    assert {name: form[name].value() for name in TYPED} == TYPED
    assert "“Write &gt;=” was done in line 5." in page.content.decode()
    assert not Version.objects.filter(environment__workspace__slug="vision").exists()


def test_a_button_of_a_text_that_has_changed_since_changes_nothing(web):
    (action,) = fix_actions(send(web))
    other = CONDA.replace("python=3.12", "python=3.12\n  - rich=14")
    page = send(web, action=action, text=other)
    assert page.context["form"]["text"].value() == other


def test_fixes_work_in_an_edit_and_keep_the_version_it_began_from(web, vision):
    version = make_version(vision, "train", "numpy==2", "rich==14", "numpy==2")
    address = reverse("version-edit", args=["vision", "train", version.name])
    fields = {"image": version.image, "text": version.text, "base": version.name}
    (action,) = fix_actions(web.post(address, fields | {"action": "check"}))
    page = web.post(address, fields | {"action": action})
    assert page.context["form"]["text"].value().splitlines() == ["numpy==2", "rich==14"]
    assert page.context["base"] == version


def test_the_dockerfile_of_a_zip_is_not_mended_on_the_page(web):
    text = "FROM python:3.12\nRUN pip install numpy>=1\n"
    typed = send(web, "context", way="write", text=text, dockerfile_path="Dockerfile")
    assert len(fix_actions(typed)) == 1
    upload = SimpleUploadedFile("context.zip", zipped({"Dockerfile": text}))
    page = send(web, "context", way="upload", upload=upload, dockerfile_path="Dockerfile")
    assert "/problems/dockerfile-redirect/" in page.content.decode()
    assert fix_actions(page) == []


def test_the_panel_holds_what_hadolint_finds(web):
    text = "FROM python:3.12\nRUN cd /tmp\nUSER app\n"
    page = send(web, "context", way="write", text=text, dockerfile_path="Dockerfile").content.decode()
    assert 'href="/problems/hadolint-DL3003/"' in page


def test_a_version_shows_its_problems_with_the_way_to_their_pages(web, vision):
    version = make_version(vision, "train", "numpy")
    page = web.get(version.get_absolute_url()).content.decode()
    assert 'href="/problems/unpinned/"' in page
    assert 'name="action" value="fix-' not in page


def test_more_problems_ask_the_database_no_more(web, queries_of, vision):
    few = make_version(vision, "few", "a")
    many = make_version(vision, "many", *(f"package{number}" for number in range(150)))
    queries_of(few.get_absolute_url())
    assert queries_of(few.get_absolute_url()) == queries_of(many.get_absolute_url())
