"""The main job as a person does it, on a real engine: create, watch the build, use the image, edit, compare."""

import re
import shlex

import pytest
from docker import APIClient
from playwright.sync_api import expect

from curated.bundle import bundled_entries
from curated.sync import publish_catalogue
from environments.models import Build, State, Version
from tests.cast import PASSWORD
from tests.waiting import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine]
BUILD_SECONDS = 120


@pytest.fixture(autouse=True)
def drop_images(docker_host, db):
    yield
    client = APIClient(base_url=docker_host, version="auto")
    for image in client.images(filters={"label": "studio.workspace=vision"}):
        client.remove_image(image["Id"], force=True)
    client.close()


def finished(version):
    build = wait_for(
        lambda: version.builds.exclude(state__in=[State.QUEUED, State.RUNNING]).first(),
        f"the build of {version}",
        seconds=BUILD_SECONDS,
    )
    assert (build.state, build.error) == (State.SUCCEEDED, "")
    return build


def run(docker_host, line):
    """Do what the line says without the command-line tool: docker run --rm IMAGE COMMAND..."""
    words = shlex.split(line)
    image, *command = words[words.index("--rm") + 1 :]
    client = APIClient(base_url=docker_host, version="auto")
    container = client.create_container(image, command)["Id"]
    try:
        client.start(container)
        assert client.wait(container, timeout=60)["StatusCode"] == 0
        return client.logs(container).decode()
    finally:
        client.remove_container(container, force=True)
        client.close()


def test_from_a_form_to_a_running_image_and_back_by_keyboard(watched, studio, worker, alice, docker_host):
    page = watched
    page.goto(f"{studio}/w/vision/")
    page.get_by_label("Username").focus()
    page.keyboard.type("alice")
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Environments")

    page.keyboard.press("c")
    page.wait_for_url("**/w/vision/new/**")
    page.goto(f"{studio}/w/vision/new/pip/")
    page.get_by_label("Name", exact=True).focus()
    page.keyboard.type("train")
    page.locator(".cm-content").focus()
    page.keyboard.type("six==1.16.0")
    page.keyboard.press("Escape")
    button = page.get_by_role("button", name="Create and build")
    for _ in range(60):
        page.keyboard.press("Tab")
        if button.evaluate("button => button === document.activeElement"):
            break
    page.keyboard.press("Enter")
    page.wait_for_url("**/builds/**")

    version = Version.objects.get(environment__name="train")
    build = finished(version)
    expect(page.locator("h1").locator("..")).to_contain_text("Succeeded", timeout=20_000)
    page.reload()
    expect(page.locator("main")).to_contain_text("Lock 1 package")

    page.goto(studio + version.get_absolute_url() + "packages/")
    expect(page.locator("main")).to_contain_text("six")
    page.goto(studio + version.get_absolute_url() + "use/")
    line = page.locator("pre", has_text="run --rm").first.inner_text().strip()
    assert build.image.name in line
    assert run(docker_host, line).startswith("Python 3.11")

    page.goto(studio + version.get_absolute_url() + "edit/")
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+Home")
    page.keyboard.type("humanize==4.12.3\n")
    page.get_by_role("button", name=re.compile("build", re.IGNORECASE)).last.click()
    page.wait_for_url("**/builds/**")
    second = Version.objects.get(environment__name="train", name="2")
    finished(second)
    page.goto(f"{studio}/w/vision/env/train/versions/")
    expect(page.locator("main")).to_contain_text("v2")
    page.goto(f"{studio}/w/vision/env/train/compare/1...2/")
    expect(page.locator("main")).to_contain_text("humanize")
    expect(page.locator("main")).to_contain_text("4.12.3")


def test_a_curated_environment_becomes_ones_own_with_one_typed_line(watched, studio, worker, sign_in, alice):
    publish_catalogue(bundled_entries())
    sign_in(alice)
    page = watched
    page.goto(f"{studio}/w/vision/")
    page.get_by_role("link", name="Curated").first.click()
    card = page.locator("article, .card", has_text="minimal-python").first
    card.get_by_role("link", name="Start from this").click()
    page.locator(".cm-content").focus()
    page.keyboard.press("Control+End")
    page.keyboard.type("\nsix==1.16.0" if page.url.find("/pip/") > 0 else "\n      - six==1.16.0")
    page.get_by_role("button", name="Create and build").click()
    page.wait_for_url("**/builds/**")
    version = Version.objects.get(environment__workspace__slug="vision")
    assert str(version.parent) == "curated/minimal-python:1"
    finished(version)
    page.goto(studio + version.get_absolute_url())
    page.locator("summary", has_text="Compare").click()
    page.get_by_role("link", name=re.compile("With its parent")).click()
    expect(page.locator("main")).to_contain_text("six")


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_the_main_job_works_without_javascript(watched, studio, worker, sign_in, alice):
    sign_in(alice)
    page = watched
    page.goto(f"{studio}/w/vision/new/pip/")
    page.get_by_label("Name", exact=True).fill("plain")
    page.locator("textarea[name=text]").fill("six==1.16.0\n")
    page.get_by_role("button", name="Create and build").click()
    page.wait_for_url("**/builds/**")
    finished(Version.objects.get(environment__name="plain"))
    page.reload()
    expect(page.locator("main")).to_contain_text("Succeeded")
    page.goto(f"{studio}/w/vision/env/plain/v/1/packages/")
    expect(page.locator("main")).to_contain_text("six")


def test_a_silent_build_is_cancelled_from_its_page(watched, studio, worker, sign_in, alice):
    sign_in(alice)
    page = watched
    page.goto(f"{studio}/w/vision/new/context/")
    page.get_by_label("Name", exact=True).fill("sleepy")
    page.locator(".cm-content").first.click()
    page.keyboard.press("Control+A")
    page.keyboard.type("FROM python:3.11-slim\nRUN sleep 300\n")
    page.get_by_role("button", name="Create and build").click()
    page.wait_for_url("**/builds/**")
    build = Build.objects.get()
    wait_for(lambda: build.steps.filter(name__contains="sleep 300").exists(), "the silent step", seconds=60)
    page.reload()
    page.get_by_role("link", name="Cancel", exact=True).click()
    page.get_by_role("button", name="Cancel the build").click()
    wait_for(lambda: Build.objects.get().state == State.CANCELLED, "the build to be cancelled", seconds=20)
    expect(page.locator("main")).to_contain_text("Cancelled", timeout=20_000)
