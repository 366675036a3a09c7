"""The corpus through the forms that make environments: looked at while one types, and saved."""

import pytest

from tests.hostile.entry import ENVIRONMENT
from tests.hostile.reading import CORPUS, read
from tests.hostile.sending import fields_of, form_of, saved
from tests.refusals import problems_of

pytestmark = pytest.mark.django_db

FOR_FORMS = [entry for entry in CORPUS if entry.kind != ENVIRONMENT]  # no form takes a whole environment file
REFUSED = [entry for entry in FOR_FORMS if entry.code]
READ = [entry for entry in FOR_FORMS if not entry.code]


def posted(web, entry, action):
    fields, field = fields_of(entry)
    return web.post(f"/w/vision/new/{form_of(entry)}/", fields | {"action": action}), field


@pytest.mark.parametrize("entry", REFUSED, ids=str)
def test_a_refused_text_is_told_at_its_field_and_not_saved(web, entry, assert_nothing_is_saved):
    said = problems_of(read, entry)[0]
    page, field = posted(web, entry, "save")
    assert page.status_code == 422
    form = page.context["form"]
    problem = (*form.upload_problems, *form.problems)[0]
    assert (problem.code, problem.line) == (said.code, said.line)
    assert str(said) in form.errors[field][0]
    assert_nothing_is_saved()


@pytest.mark.parametrize("entry", READ, ids=str)
def test_what_is_read_is_looked_at_and_saved_to_the_letter(web, entry, assert_nothing_is_saved):
    page, _ = posted(web, entry, "check")
    assert page.status_code == 200
    assert not page.context["form"].errors
    assert_nothing_is_saved()
    answer, _ = posted(web, entry, "save")
    assert answer.status_code == 303
    assert saved(entry) == entry.reads


@pytest.mark.parametrize("entry", REFUSED[::9], ids=str)
def test_a_refused_text_is_told_in_the_panel_too(web, entry, assert_nothing_is_saved):
    said = problems_of(read, entry)[0]
    fields, _ = fields_of(entry)
    page = web.post(f"/w/vision/new/{form_of(entry)}/check/", fields, headers={"hx-request": "true"})
    assert page.status_code == 200
    shown = (*page.context["form"].upload_problems, *page.context["panel"]["problems"])
    assert (said.code, said.line) in {(problem.code, problem.line) for problem in shown}
    assert_nothing_is_saved()
