"""Everything that htmx asks for in any page: a part for htmx, a whole page for everybody else, kept apart by caches."""

import pytest
from django.urls import resolve

from tests.browser.parts import asked_by
from tests.browser.test_every_page import addresses, furnished  # noqa: F401  the fixture is asked for by its name
from tests.browser.walk import Validator

pytestmark = pytest.mark.django_db(transaction=True)
HTMX = {"HX-Request": "true"}
TYPED = {"name": "train", "text": "numpy\n", "image": "python:3.11-slim", "action": "check"}


@pytest.fixture
def pages(client, plain_files, alice, furnished):  # noqa: F811
    """{address: text} of every page alice may see."""
    client.force_login(alice)
    return {address: client.get(address).content.decode() for address in addresses(furnished)}


def shapes(pages, attribute):
    """One address of each kind that htmx asks for: the name of the page and what it is asked."""
    found = {}
    for address, text in pages.items():
        for wanted in asked_by(text, address, attribute):
            path, _, query = wanted.partition("?")
            keys = frozenset(pair.partition("=")[0] for pair in query.split("&"))
            found.setdefault((resolve(path).view_name, keys), wanted)
    return found


def test_what_htmx_gets_is_a_page_for_everybody_else(client, pages, context):
    validator, wrong = Validator(context), []
    found = shapes(pages, "hx-get")
    for wanted in found.values():
        part = client.get(wanted, headers=HTMX)
        said = faults(part, client.get(wanted), client.get(wanted, follow=True))
        wrong += [f"{wanted} {fault}" for fault in [*said, *validator.faults(part.content.decode())]]
    assert wrong == []
    names = {name for name, _ in found}
    assert {"build-list", "build-log", "environment-list", "version-packages", "search", "compare"} <= names


def test_what_htmx_sends_is_answered_with_a_page_for_everybody_else(client, pages):
    found = shapes(pages, "hx-post")
    wrong = []
    for wanted in found.values():
        part, page = client.post(wanted, TYPED, headers=HTMX), client.post(wanted, TYPED)
        wrong += [f"{wanted} {fault}" for fault in faults(part, page, page)]
    assert wrong == []
    assert {name for name, _ in found} >= {"check", "environment-new-kind"}


def faults(part, answer, page):
    """What is wrong with the part, with what is answered without htmx, and with the page this leads to."""
    if not is_whole(page):
        yield f"leads to no page without HX-Request ({page.status_code})"
    if is_whole(part) or part.status_code not in (200, 422):
        yield f"answers htmx with no part ({part.status_code})"
    for name, one in (("part", part), ("page", answer)):
        if "HX-Request" not in one.get("Vary", ""):
            yield f"has no Vary: HX-Request on its {name}"


def is_whole(answer):
    text = answer.content.decode()
    return "<html" in text and '<main id="main"' in text
