"""What tests of pages start with: someone signed in, and a way to count what the database is asked."""

from contextlib import closing

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone


@pytest.fixture
def web(client, alice, plain_files):
    """A browser in which alice is signed in."""
    client.force_login(alice)
    return client


@pytest.fixture
def queries_of(web):
    """queries_of(address): how many questions the page asks the database."""

    def count(address):
        with CaptureQueriesContext(connection) as captured:
            assert web.get(address).status_code == 200
        return len(captured)

    return count


@pytest.fixture
def reading():
    """reading(act): how many SELECTs an action makes, and how many rows they answer."""

    def reading(act):
        rows = []

        def note(execute, sql, params, many, context):
            if sql.startswith("SELECT"):
                with closing(connection.create_cursor()) as cursor:
                    cursor.execute(f"SELECT COUNT(*) FROM ({sql}) AS answer", params)
                    rows.append(cursor.fetchone()[0])
            return execute(sql, params, many, context)

        with connection.execute_wrapper(note):
            act()
        return len(rows), sum(rows)

    return reading


@pytest.fixture
def now():
    return timezone.now()
