"""What operators and load balancers ask."""

from datetime import timedelta

import pytest

from environments.models import Worker

pytestmark = pytest.mark.django_db
ALL_THERE = dict.fromkeys(("database", "broker", "worker", "engine"), "ok")


def worker(now, **fields):
    return Worker.objects.create(**({"name": "w", "host": "h", "engine": "docker", "heartbeat_at": now} | fields))


def checks(client):
    answer = client.get("/readyz")
    return answer.status_code, answer.json()


def test_the_process_is_up_without_signing_in(client):
    assert client.get("/healthz").status_code == 200


def test_everything_there_is_ready(client, now):
    worker(now)
    assert checks(client) == (200, {"ok": True, "checks": ALL_THERE})


@pytest.mark.parametrize(
    ("fields", "missing"),
    [({"engine": ""}, {"engine"}), ({"heartbeat_at": -60}, {"worker", "engine"})],
    ids=["a worker without an engine", "a worker that went silent"],
)
def test_what_is_missing_is_named(client, now, fields, missing):
    if "heartbeat_at" in fields:
        fields = {"heartbeat_at": now + timedelta(seconds=fields["heartbeat_at"])}
    worker(now, **fields)
    status, told = checks(client)
    assert status == 503
    assert {part for part, word in told["checks"].items() if word == "missing"} == missing


def test_a_broker_folder_that_is_gone_is_missing(client, now, settings, tmp_path):
    worker(now)
    settings.BROKER_DIR = tmp_path / "gone"
    assert checks(client)[1]["checks"] == ALL_THERE | {"broker": "missing"}


def test_a_broker_that_does_not_answer_is_missing_within_seconds(client, now, settings):
    worker(now)
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    assert checks(client)[1]["checks"] == ALL_THERE | {"broker": "missing"}
