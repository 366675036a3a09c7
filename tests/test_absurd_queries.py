"""No address falls over what its query holds: whatever it asks for is tried with values that make no sense there."""

import pytest
from django.http import QueryDict
from django.utils.http import urlencode

from environments.models import Build
from environments.services.tokens import issue_token
from tests.cast import add_lines, add_step
from tests.test_permissions import address, log_in, names_with, world

__all__ = ["world"]
pytestmark = pytest.mark.django_db
ALONE = ("9" * 30, "¹", "a\0\u202e/../[<%\\:{")
TOGETHER = (*ALONE, "-1", "x" * 5000, "", ["1", "-2"])
ANSWERS = {200, 302, 303, 400, 404, 405, 422}
ASIDE = {"csrfmiddlewaretoken"}


@pytest.fixture
def read(monkeypatch):
    """The names that pages ask queries for, as they ask."""
    names = set()

    def noting(real):
        def note(self, name, *rest):
            names.add(name)
            return real(self, name, *rest)

        return note

    for how in ("__getitem__", "__contains__", "getlist"):
        monkeypatch.setattr(QueryDict, how, noting(getattr(QueryDict, how)))
    return names


@pytest.mark.parametrize("name", names_with("GET"))
def test_absurd_queries_are_answered(world, read, name):
    step = add_step(Build.objects.get(pk=world["kwargs"]["build_id"]), done=True)
    add_lines(step, "one", "two")
    admin = world["users"]["site admin"]
    client = log_in(admin)
    token = {"Authorization": f"Bearer {issue_token(admin, 'odd')[1]}"} if name.startswith("azure:") else {}
    path, _, pair = address(name, world).partition("?")

    def fails(query, **headers):
        answer = client.get(f"{path}?{query}&{pair}", headers=headers | token).status_code
        return [] if answer in ANSWERS else [(answer, query[:200])]

    failed, tried = fails(""), set()
    while names := read - tried - ASIDE:  # what a page reads only beside something else is found as it reads
        failed += [failure for asked in names for value in ALONE for failure in fails(urlencode({asked: value}))]
        tried.update(names)
    for value in TOGETHER:
        everything = urlencode(dict.fromkeys(tried, value), doseq=True)
        failed += fails(everything) + fails(everything, hx_request="true")
    assert not failed
