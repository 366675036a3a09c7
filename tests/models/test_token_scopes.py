"""Tokens made before there were three scopes."""

import pytest
from django.core.management import call_command
from django.db import connection

from environments.models import ApiToken
from tests.cast import make_user

INSERT = (
    "INSERT INTO environments_apitoken (user_id, name, hash, scope, created_at) VALUES (%s, %s, %s, %s, '2026-01-01')"
)


@pytest.mark.django_db(transaction=True)
@pytest.mark.database
def test_they_may_do_afterwards_what_they_might_before():
    user = make_user("dora")
    call_command("migrate", "environments", "0011", verbosity=0)
    try:
        with connection.cursor() as cursor:
            cursor.execute(INSERT, [user.pk, "looks", "a" * 64, "read"])
            cursor.execute(INSERT, [user.pk, "works", "b" * 64, "write"])
    finally:
        call_command("migrate", "environments", verbosity=0)
    tokens = ApiToken.objects.order_by("name").values_list("name", "scopes", "workspace")
    assert list(tokens) == [("looks", "read", None), ("works", "read write build", None)]
