"""Tokens made before there were three scopes, and what is left of later ones where an upgrade is undone."""

import pytest
from django.core.management import call_command
from django.db import connection

from environments.models import ApiToken
from environments.models.tokens import SCOPES
from environments.services.tokens import issue_token
from tests.cast import make_user, make_workspace

BEFORE = "0011_jobs"
INSERT = (
    "INSERT INTO environments_apitoken (user_id, name, hash, scope, created_at) VALUES (%s, %s, %s, %s, '2026-01-01')"
)
USABLE = "SELECT name, scope FROM environments_apitoken WHERE revoked_at IS NULL ORDER BY name"

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


def before(does):
    """What `does` returns, asked with a cursor in the tables from before the three scopes."""
    call_command("migrate", "environments", BEFORE, verbosity=0)
    try:
        with connection.cursor() as cursor:
            return does(cursor)
    finally:
        call_command("migrate", "environments", verbosity=0)


def test_they_may_do_afterwards_what_they_might_before():
    user = make_user("dora")

    def insert(cursor):
        cursor.execute(INSERT, [user.pk, "looks", "a" * 64, "read"])
        cursor.execute(INSERT, [user.pk, "works", "b" * 64, "write"])

    before(insert)
    tokens = ApiToken.objects.order_by("name").values_list("name", "scopes", "workspace")
    assert list(tokens) == [("looks", "read", None), ("works", "read write build", None)]


def test_none_becomes_stronger_where_the_upgrade_is_undone():
    user, workspace = make_user("dora"), make_workspace("vision")
    for scopes in SCOPES:
        issue_token(user, scopes, scopes.split())
        issue_token(user, f"{scopes} in vision", scopes.split(), workspace=workspace)

    def usable(cursor):
        cursor.execute(USABLE)
        return cursor.fetchall()

    assert before(usable) == [("read", "read"), ("read write build", "write")]
