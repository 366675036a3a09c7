"""Many programs at once."""

from threading import Barrier, Thread

import pytest
from django.db import connection

from environments.models import Build, Version
from tests.api.conftest import caller_for
from tests.cast import make_user, make_workspace

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

PATH = "/api/v1/workspaces/vision/environments"
AT_ONCE = 20


def body(requirements, name="train"):
    return {"name": name, "image": "python:3.11-slim", "requirements_file": f"{requirements}\n# typed\n"}


def post_at_once(bodies, query=""):
    """Post every body from a thread of its own, all at one moment; return the responses."""
    make_workspace("vision", editor=(alice := make_user("alice")))
    callers = [caller_for(alice) for _ in bodies]
    together = Barrier(len(bodies))
    responses = []

    def post(caller, body):
        together.wait()
        try:
            responses.append(caller.client.post(PATH + query, body, content_type="application/json"))
        finally:
            connection.close()

    threads = [Thread(target=post, args=pair) for pair in zip(callers, bodies, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return responses


def test_twenty_definitions_at_once_become_twenty_consecutive_versions():
    responses = post_at_once([body(f"package-{number}") for number in range(AT_ONCE)])
    assert [response.status_code for response in responses] == [201] * AT_ONCE
    expected = [str(number) for number in range(1, AT_ONCE + 1)]
    assert sorted((response.json()["version"] for response in responses), key=int) == expected
    assert sorted(Version.objects.values_list("name", flat=True), key=int) == expected


def test_one_definition_twenty_times_at_once_becomes_one_version_and_one_build():
    responses = post_at_once([body("numpy")] * AT_ONCE, "?build=1")
    assert sorted(response.status_code for response in responses) == [200] * (AT_ONCE - 1) + [201]
    assert Version.objects.count() == Build.objects.count() == 1
    assert len({response.json()["build"]["id"] for response in responses}) == 1


def test_twenty_environments_at_once_are_all_made_and_their_builds_numbered():
    responses = post_at_once([body("numpy", f"environment-{number}") for number in range(AT_ONCE)], "?build=1")
    assert [response.status_code for response in responses] == [201] * AT_ONCE
    assert sorted(Build.objects.values_list("number", flat=True)) == list(range(1, AT_ONCE + 1))
