"""What people see of a failure that was recognised: the reason, the lines, and the way to mend it."""

import pytest
from django.urls import reverse

from environments.contexts import from_texts
from environments.models import State
from tests.builder.publishing import publish, unchecked
from tests.cast import add_lines, add_step, make_build, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_files")]
SAID = "ERROR: Could not find a version that satisfies the requirement <b>nmpy (from versions: none)"
HINT = {"code": "build-no-such-package", "line": 2, "values": {"name": "nmpy", "near": "numpy"}}


@pytest.fixture
def failed(vision):
    version = make_version(vision, "train", "six", "nmpy")
    build = make_build(version, State.FAILED, error="It ended with exit code 1.", error_step="RUN pip", hints=[HINT])
    add_lines(add_step(build, "RUN pip", error="exit code: 1"), "Collecting nmpy", SAID)
    return build


def page_of(web, thing):
    return web.get(thing.get_absolute_url()).content.decode()


def edit_address(version):
    return reverse("version-edit", args=["vision", version.environment.name, version.name])


def test_the_build_says_what_went_wrong_and_leads_to_both_lines(web, failed):
    page = page_of(web, failed)
    assert "No package of that name" in page
    assert "Did you mean “numpy”?" in page
    assert "&lt;b&gt;nmpy (from versions: none)" in page
    assert f'href="{failed.get_absolute_url()}?line=2#L2"' in page
    assert "line 2 of the requirements" in page
    assert f'href="{edit_address(failed.version)}?build={failed.number}#line-2"' in page
    assert 'href="/problems/build-no-such-package/"' in page
    assert "It ended with exit code 1." in page


def test_the_version_says_it_too(web, failed):
    assert "Did you mean “numpy”?" in page_of(web, failed.version)


def test_who_may_only_look_is_offered_no_edit(client, bob, failed):
    client.force_login(bob)
    page = page_of(client, failed)
    assert "Did you mean “numpy”?" in page
    assert edit_address(failed.version) not in page


def test_a_failure_that_is_not_known_shows_the_last_lines(web, failed):
    failed.hints = []
    failed.save()
    page = page_of(web, failed)
    assert "It ended with exit code 1." in page
    assert "No package of that name" not in page


def test_a_log_that_was_removed_leaves_the_sentence(web, failed):
    failed.log.all().delete()
    page = page_of(web, failed)
    assert "Did you mean “numpy”?" in page
    assert "The log says" not in page


def test_a_code_that_is_gone_is_not_told(web, failed):
    failed.hints = [HINT | {"code": "build-gone"}]
    failed.save()
    assert "It ended with exit code 1." in page_of(web, failed)


def test_the_edit_begins_with_what_is_to_be_mended(web, failed):
    page = web.get(edit_address(failed.version), {"build": failed.number}).content.decode()
    assert 'data-line="2">line 2</a>' in page
    assert "Did you mean “numpy”?" in page


@pytest.mark.parametrize("number", ["", "0", "999999999", "-1", "x\0", "9" * 40])
def test_the_edit_of_no_build_is_the_edit(web, failed, number):
    page = web.get(edit_address(failed.version), {"build": number})
    assert page.status_code == 200
    assert "Did you mean" not in page.content.decode()


def test_a_line_of_a_dockerfile_is_quoted(web, vision):
    files = from_texts({"Dockerfile": "FROM python:3.11-slim\nRUN true\nCOPY nothing.txt /\n"})
    version = publish(vision, unchecked(files), "own", files=files)
    step = "[3/3] COPY nothing.txt /"
    hint = {"code": "build-not-in-context", "line": 0, "values": {"file": "nothing.txt"}}
    error = f"The step {step} names /nothing.txt, which is not in the build context."
    page = page_of(web, make_build(version, State.FAILED, error=error, error_step=step, hints=[hint]))
    assert "line 3 of the Dockerfile" in page
    assert "<span>COPY nothing.txt /</span>" in page


def test_an_edit_that_mends_it_is_offered_and_opens_done_but_unsaved(web, failed):
    address = f"{edit_address(failed.version)}?build={failed.number}&mend"
    assert f'href="{address.replace("&", "&amp;")}#line-2"' in page_of(web, failed)
    page = web.get(address)
    assert page.context["form"]["text"].value() == "six\nnumpy\n"
    assert ": Write “numpy”. Nothing is saved yet." in page.content.decode()
    assert failed.version.environment.versions.count() == 1


def test_without_being_asked_the_text_is_as_it_was(web, failed):
    page = web.get(edit_address(failed.version), {"build": failed.number})
    assert page.context["form"]["text"].value() == "six\nnmpy\n"
