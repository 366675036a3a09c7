"""Whatever bytes an address or a form holds, no NUL reaches the database: PostgreSQL refuses it."""

import pytest
from django.db import connection

from tests.cast import make_build, make_version

pytestmark = pytest.mark.django_db
NUL = "a\0b"
CONTEXT = {"way": "upload", "stored": NUL, "dockerfile_path": NUL, "name": "x", "action": "save"}


@pytest.fixture
def asked(web, vision):
    """What the database was asked with, while the test runs."""
    make_build(make_version(vision, "train", "numpy"), packages=[("pip", "numpy", "2.1.0")])
    seen = []

    def note(execute, sql, params, many, context):
        seen.extend(str(value) for value in params or ())
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


@pytest.mark.parametrize(
    ("address", "query"),
    [
        ("/w/vision/", {"q": NUL, "kind": NUL, "sort": NUL}),
        ("/w/vision/env/train/", {"version": NUL}),
        ("/w/vision/env/train/compare/1...1/", {"from": NUL}),
        ("/w/vision/env/train/v/1/packages/", {"q": NUL, "only": NUL, "page": NUL}),
        ("/w/vision/env/train/v/1/use/", {"as": NUL}),
        ("/w/vision/builds/", {"state": NUL, "page": NUL}),
        ("/w/vision/new/", {"origin": f"vision/{NUL}:1"}),
        ("/w/vision/new/pip/", {"from": f"vision/{NUL}:1"}),
        ("/w/vision/new/name-check/", {"name": NUL}),
        ("/w/curated/env/scikit-learn/v/1/edit/", {"ws": NUL}),
        ("/compare/", {"from": f"vision/{NUL}:1", "to": "vision/train:1"}),
        ("/curated/", {"q": NUL, "ws": NUL}),
    ],
)
def test_an_address_with_a_nul_is_answered(web, asked, address, query):
    assert web.get(address, query).status_code < 500
    assert not [value for value in asked if "\0" in value]


@pytest.mark.parametrize(
    ("address", "fields"),
    [
        ("/w/vision/new/pip/", {"from": f"vision/{NUL}:1", "action": "save"}),
        ("/w/vision/new/pip/", {"name": NUL, "image": NUL, "text": NUL, "tags": NUL, "action": "save"}),
        ("/w/vision/new/context/", CONTEXT),
        ("/w/vision/new/context/", {"extra_name": NUL, "extra_text": NUL, "text": "FROM a\n", "action": "add-file"}),
        ("/w/vision/env/train/v/1/edit/", {"base": NUL, "text": "a\n", "image": "a", "action": "save"}),
        ("/w/vision/env/train/v/1/rebuild/", {"choice": NUL}),
    ],
)
def test_a_form_with_a_nul_is_answered(web, asked, address, fields):
    assert web.post(address, fields).status_code < 500
    assert not [value for value in asked if "\0" in value]
