"""Asking for builds, following and stopping them."""

import pytest
from django.utils import timezone

from environments.models import BuildStep, LogPiece, State
from environments.services.logs import read_log
from tests.cast import make_build, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.database]

BUILDS = "workspaces/vision/environments/train/versions/1/builds"


@pytest.fixture
def version(vision):
    return make_version(vision, "train", "numpy")


def make_step(build, number=1, **fields):
    return BuildStep.objects.create(
        build=build, attempt=build.attempt, number=number, key=f"step-{number}", name=f"[{number}/2] RUN", **fields
    )


def write_log(build, step, *texts, stream="stdout"):
    """Append one piece of the log."""
    LogPiece.objects.create(
        build=build,
        step=step,
        first_line=build.line_count + 1,
        line_count=len(texts),
        stream=stream,
        at=timezone.now(),
        text="\n".join(texts),
    )
    build.line_count += len(texts)
    build.save(update_fields=["line_count"])


def test_a_build_is_made_and_then_found_under_way(alice, version, poked, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        first = alice.post(BUILDS)
    second = alice.post(BUILDS)
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json() == second.json() == {"id": str(poked[0]), "state": "queued", "url": first.json()["url"]}


@pytest.mark.parametrize(("resolve", "reason"), [("again", "resolve"), ("same", "rebuild")])
def test_a_rebuild_is_made_though_there_is_a_good_build(alice, version, resolve, reason):
    make_build(version)
    response = alice.post(BUILDS, {"resolve": resolve})
    assert (response.status_code, response.json()["state"]) == (201, "queued")
    assert version.builds.get(state="queued").reason == reason


@pytest.mark.parametrize("body", [{"resolve": "maybe"}, {"resolv": "again"}, {"resolve": 3}])
def test_a_choice_that_is_none_is_refused(alice, version, body):
    response = alice.post(BUILDS, body)
    assert response.status_code == 422
    assert "resolv" in response.json()["detail"]


def test_a_build_that_succeeded_names_its_image(alice, version):
    build = make_build(version, timings={"image": 1.5})
    make_step(build, started_at=timezone.now(), completed_at=timezone.now())
    answer = alice.get(f"builds/{build.pk}").json()
    assert (answer["state"], answer["image"], answer["image_id"]) == (
        "succeeded",
        build.image.name,
        build.image.image_id,
    )
    assert {"image_digest": None, "reused": None, "error": None, "timings": {"image": 1.5}}.items() <= answer.items()
    assert [(step["number"], step["state"]) for step in answer["steps"]] == [(1, "succeeded")]


def test_a_build_that_failed_says_why(alice, version):
    build = make_build(version, State.FAILED, error="It did not work.", error_step="[2/2] RUN", exit_code=3)
    answer = alice.get(f"builds/{build.pk}").json()
    assert (answer["error"], answer["error_step"], answer["exit_code"], answer["image"]) == (
        "It did not work.",
        "[2/2] RUN",
        3,
        None,
    )


def test_only_the_steps_of_the_newest_attempt_are_shown(alice, version):
    build = make_build(version, State.RUNNING)
    make_step(build)
    build.attempt = 2
    build.save(update_fields=["attempt"])
    assert alice.get(f"builds/{build.pk}").json()["steps"] == []


def test_the_log_is_followed_by_line_number(alice, version):
    build = make_build(version, State.RUNNING)
    step = make_step(build)
    write_log(build, step, "one", "two", "three")
    write_log(build, step, "oh", stream="stderr")
    part = alice.get(f"builds/{build.pk}/log").json()
    assert [(line["n"], line["text"], line["stream"]) for line in part["lines"]] == [
        (1, "one", "stdout"),
        (2, "two", "stdout"),
        (3, "three", "stdout"),
        (4, "oh", "stderr"),
    ]
    assert part["lines"][0]["step"] == "[1/2] RUN"
    assert (part["next"], part["ended"]) == (4, False)
    middle = alice.get(f"builds/{build.pk}/log", after=2).json()
    assert [line["n"] for line in middle["lines"]] == [3, 4]
    assert alice.get(f"builds/{build.pk}/log", after=4).json() == {"lines": [], "next": 4, "ended": False}


def test_who_asks_for_what_is_not_there_yet_costs_nothing(alice, version, django_assert_num_queries):
    build = make_build(version, State.RUNNING, attempt=1)
    write_log(build, make_step(build), "one", "two")
    build.refresh_from_db()
    with django_assert_num_queries(0):
        assert read_log(build, after=2).lines == []
    with django_assert_num_queries(2):
        assert [line.text for line in read_log(build, after=1).lines] == ["two"]


def test_the_log_ends_only_after_its_last_line(alice, version, monkeypatch):
    monkeypatch.setattr("environments.api.builds.LINES_AT_ONCE", 2)
    build = make_build(version, State.FAILED)
    write_log(build, make_step(build), "one", "two", "three")
    first = alice.get(f"builds/{build.pk}/log").json()
    assert (len(first["lines"]), first["next"], first["ended"]) == (2, 2, False)
    last = alice.get(f"builds/{build.pk}/log", after=first["next"]).json()
    assert (len(last["lines"]), last["next"], last["ended"]) == (1, 3, True)


@pytest.mark.parametrize("after", [-1, 2**70, "x"])
def test_a_cursor_that_is_none_is_refused(alice, version, after):
    response = alice.get(f"builds/{make_build(version).pk}/log", after=after)
    assert response.status_code == 422
    assert "after" in response.json()["detail"]


def test_a_waiting_build_is_cancelled_at_once_and_a_running_one_is_told(alice, version, vision):
    waiting, running = make_build(version, State.QUEUED), make_build(make_version(vision), State.RUNNING)
    assert alice.post(f"builds/{waiting.pk}/cancel").json()["state"] == "cancelled"
    assert alice.post(f"builds/{running.pk}/cancel").json()["state"] == "running"
    assert alice.get(f"builds/{running.pk}").json()["cancelling"] is True


def test_cancelling_a_build_that_has_ended_changes_nothing(alice, version):
    build = make_build(version)
    assert alice.post(f"builds/{build.pk}/cancel").json()["state"] == "succeeded"


def test_a_build_nobody_made_is_not_there(alice):
    response = alice.get("builds/00000000-0000-0000-0000-000000000000")
    assert response.status_code == 404
    assert response.json()["detail"]
