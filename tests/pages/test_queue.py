"""The queue on pages: who is before whom, why nothing starts, and what site admins can do about it."""

from datetime import timedelta

import pytest

from environments.models import AuditEvent, Build, Hold, State, Worker
from environments.services.queue import pause
from tests.cast import make_build, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.database]
HTMX = {"HX-Request": "true"}
LIST = "/w/vision/builds/"


@pytest.fixture
def worker(now):
    return Worker.objects.create(name="gpu-a", host="h", capabilities={"slots": 2}, heartbeat_at=now)


@pytest.fixture
def waiting(vision, worker):
    """A build that waits behind another one, after one that took two minutes."""
    good = make_build(make_version(vision, "first"))
    Build.objects.filter(pk=good.pk).update(started_at=good.finished_at - timedelta(minutes=2))
    for name in ("second", "third"):
        make_build(make_version(vision, name), State.RUNNING, worker="gpu-a")
    make_build(make_version(vision, "fourth"), State.QUEUED)
    return make_build(make_version(vision, "fifth"), State.QUEUED)


@pytest.fixture
def as_admin(client, admin, plain_files):
    client.force_login(admin)
    return client


def test_a_waiting_build_says_its_place_and_when_it_starts(web, waiting):
    said = "Position 2 of 2 in the queue, starts in about 2 min (2 of 2 workers busy)."
    assert said in web.get(waiting.get_absolute_url()).text
    assert "Position 2 of 2, in about 2 min" in web.get(LIST).text


def test_a_waiting_build_is_promised_nothing_while_the_running_ones_take_long(web, waiting, now):
    Build.objects.filter(state=State.RUNNING).update(started_at=now - timedelta(minutes=9))
    said = "after the one before it; what runs takes longer than usual"
    assert f"Position 2 of 2 in the queue, {said} (2 of 2 workers busy)." in web.get(waiting.get_absolute_url()).text
    text = web.get(LIST).text
    assert f"Position 2 of 2, {said}" in text
    assert "Position 1 of 2, next, as soon as a running build ends; what runs takes longer than usual" in text


def test_the_page_of_a_waiting_build_follows_its_place(web, waiting):
    query = {"after": 0, "steps": 0, "open": "", "look": "queued", "attempt": 0, "scale": 1}
    Build.objects.filter(state=State.QUEUED).exclude(pk=waiting.pk).delete()
    news = web.get(f"{waiting.get_absolute_url()}log/", query, headers=HTMX).text
    assert '<div id="place" hx-swap-oob="true">' in news
    assert "Position 1 of 1" in news
    assert 'id="top"' not in news


def test_a_build_that_waits_again_shows_its_place_within_the_new_head(web, waiting):
    query = {"after": 0, "steps": 0, "open": "", "look": "running", "attempt": 0, "scale": 1}
    news = web.get(f"{waiting.get_absolute_url()}log/", query, headers=HTMX).text
    assert '<div id="top" hx-swap-oob="true">' in news
    assert '<div id="place">' in news


def test_the_list_says_how_busy_the_workers_are(web, waiting):
    text = web.get(LIST).text
    assert "2 of 2 workers busy" in text
    assert "2 waiting in all workspaces" in text


def test_the_list_says_that_no_worker_is_there(web, vision):
    assert "No worker takes builds" in web.get(LIST).text


def test_everybody_reads_why_the_queue_is_paused(web, waiting, admin):
    pause("the disk is <swapped>.", by=admin)
    for address in ("/", LIST, waiting.get_absolute_url()):
        text = web.get(address).text
        assert "by admin: the disk is &lt;swapped&gt;. Builds wait; running ones go on." in text
    assert "starts in" not in web.get(waiting.get_absolute_url()).text


def test_a_stranger_reads_no_notices(client, db, plain_files):
    pause("secret plans", by=None)
    assert "secret plans" not in client.get("/login/").text


def test_a_site_admin_pauses_the_queue_and_lets_it_go_on(as_admin, vision):
    assert f'action="{LIST}pause/"' in as_admin.get(LIST).text
    assert "Why" in as_admin.post(f"{LIST}pause/", {"reason": " "}, follow=True).text
    assert not Hold.objects.exists()
    paused = as_admin.post(f"{LIST}pause/", {"reason": "new  disk"}, follow=True)
    assert "new disk. Builds wait" in paused.text
    assert f'action="{LIST}resume/"' in paused.text
    assert "goes on" in as_admin.post(f"{LIST}resume/", follow=True).text
    assert not Hold.objects.paused().exists()
    assert AuditEvent.objects.filter(actor="admin", action__startswith="queue.").count() == 2


def test_others_are_not_offered_to_pause(web, vision):
    assert "pause/" not in web.get(LIST).text


def test_a_full_disk_is_told_with_what_to_do_as_long_as_its_worker_is_there(web, waiting, worker):
    Hold.objects.create(kind="disk", worker="gpu-a", reason="The disk that holds the engine's images is full.")
    said = "Worker gpu-a starts no new builds: The disk that holds the engine&#x27;s images is full. Remove images"
    assert said in web.get(LIST).text
    Worker.objects.update(heartbeat_at=worker.heartbeat_at - timedelta(minutes=1))
    assert said not in web.get(LIST).text


def test_a_build_that_does_not_stop_is_told_to_its_people_and_to_admins(web, waiting, now, admin):
    build = Build.objects.filter(state=State.RUNNING).first()
    Build.objects.filter(pk=build.pk).update(cancel_requested_at=now - timedelta(seconds=20))
    assert web.get(build.get_absolute_url()).context["status"] == "cancelling"
    Build.objects.filter(pk=build.pk).update(cancel_requested_at=now - timedelta(seconds=31))
    page = web.get(build.get_absolute_url())
    assert page.context["status"] == "stuck"
    assert "An administrator has been told." in page.text
    notice = f"Build {build.number} of {build.version} was to stop and runs on. Restart the worker gpu-a"
    assert notice not in page.text
    web.force_login(admin)
    assert notice in web.get("/").text
