"""What builds are held to, where people would look for it."""

import pytest
from django.urls import reverse
from django.utils import timezone

from environments.contexts import from_texts
from environments.definitions.model import DefinitionError
from environments.engine.limits import NOT_OURS
from environments.models import State, Worker
from environments.services.drafts import context_definition
from tests.cast import make_build, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.database]
LIST = "/w/vision/builds/"


def make_worker(limits):
    Worker.objects.create(name="gpu-a", host="h", heartbeat_at=timezone.now(), capabilities={"limits": limits})


@pytest.mark.parametrize("limits", ["each step: 8192 MB of memory, 4096 processes", NOT_OURS])
def test_the_list_of_builds_says_what_they_are_held_to(web, limits):
    make_worker(limits)
    assert f"Limits on builds: {limits}." in web.get(LIST).text


@pytest.mark.parametrize("limits", ["Each step: 8192 MB of memory, 4096 processes", NOT_OURS.capitalize()])
def test_a_build_says_what_its_worker_holds_it_to(web, vision, limits):
    make_worker(limits)
    Worker.objects.create(name="other", host="h", heartbeat_at=timezone.now(), capabilities={"limits": "of another"})
    build = make_build(make_version(vision), State.RUNNING, worker="gpu-a")
    text = web.get(build.get_absolute_url()).text
    assert f"<dd>{limits}</dd>" in text
    assert "of another" not in text


def test_a_build_that_waits_or_whose_worker_is_forgotten_says_nothing_of_limits(web, vision):
    for build in (make_build(make_version(vision), State.QUEUED), make_build(make_version(vision), worker="gone")):
        assert "Where it r" not in web.get(build.get_absolute_url()).text


def test_without_a_worker_nothing_is_promised(web):
    assert "Limits on builds" not in web.get(LIST).text


def test_a_workspace_without_network_says_so(web, vision):
    assert "reach no network" not in web.get(LIST).text
    vision.network = False
    vision.save()
    assert "In this workspace the steps of Dockerfiles reach no network" in web.get(LIST).text


def test_an_administrator_switches_the_network_of_a_workspace_off(client, admin, vision, plain_files):
    client.force_login(admin)
    address = reverse("admin:environments_workspace_change", args=[vision.pk])
    client.post(address, {"title": vision.title})  # a box that is not ticked is not sent
    vision.refresh_from_db()
    assert not vision.network


def test_a_context_larger_than_builds_take_is_refused_with_its_size(settings):
    settings.BUILD_CONTEXT = 2 * 1024**2
    files = {"Dockerfile": "FROM debian:12\n", "data.txt": "x" * 3 * 1024**2}
    with pytest.raises(DefinitionError) as caught:
        context_definition(from_texts(files))
    assert caught.value.problems[0].code == "context-too-large"
    assert "has 4 MB, and a build here takes 2" in caught.value.problems[0].message
    assert context_definition(from_texts(files | {".dockerignore": "data.txt\n"}))
