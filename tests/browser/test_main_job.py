"""The main job as a person does it, on a real engine: create, watch the build, use the image, edit, compare."""

import re
import shlex
from functools import partial

import pytest
from docker import APIClient
from playwright.sync_api import expect

from curated.bundle import bundled_entries
from curated.sync import publish_catalogue
from environments.models import Build, State, Version
from tests.browser.keyboard import Keyboard
from tests.cast import PASSWORD
from tests.waiting import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.engine]
BUILD_SECONDS = 120


@pytest.fixture(scope="module", autouse=True)
def drop_images(docker_host):
    """Once the worker has ended, which smoke-tests images while the next test runs."""
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
    """Do what the line says without the command-line tool: docker run --rm -it IMAGE COMMAND..."""
    words = shlex.split(line)
    image, *command = words[words.index("-it") + 1 :]
    client = APIClient(base_url=docker_host, version="auto")
    container = client.create_container(image, command)["Id"]
    try:
        client.start(container)
        assert client.wait(container, timeout=60)["StatusCode"] == 0
        return client.logs(container).decode()
    finally:
        client.remove_container(container, force=True)
        client.close()


def shown_as_succeeded(page):
    expect(page.locator("h1").locator("..")).to_contain_text("Succeeded")


def test_from_the_start_page_to_a_running_image_and_a_comparison_by_keyboard(
    watched, studio, worker, alice, docker_host
):
    page, keys = watched, Keyboard(watched)
    link, button = (partial(page.get_by_role, role, exact=True) for role in ("link", "button"))
    page.goto(studio)
    keys.tab_to(page.get_by_label("Username"))
    keys.type("alice")
    keys.press("Tab")
    keys.type(PASSWORD)
    keys.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("Start")

    keys.follow(link(name="Create environment"), "**/w/vision/new/")
    keys.reach(page.get_by_role("radio", name="Conda file"))
    keys.press("ArrowDown")
    keys.press("Enter")
    page.wait_for_url("**/w/vision/new/pip/")
    keys.reach(page.get_by_label("Name", exact=True))
    keys.type("train")
    keys.tab_to(page.locator(".cm-content"))
    keys.type("six==1.16.0")
    keys.press("Escape")
    keys.tab_to(button(name="Create and build"))
    keys.press("Enter")
    page.wait_for_url("**/builds/**")
    first = finished(Version.objects.get(environment__name="train"))
    shown_as_succeeded(page)
    expect(page.locator("#step-list")).to_contain_text("Lock 1 package")

    keys.follow(link(name="Use it"), "**/v/1/use/")
    keys.reach(button(name="Copy").first, skip="Skip to Use")
    keys.press("Enter")
    expect(page.locator("#announce")).to_have_text("Copied")
    line = page.locator("pre", has_text="run --rm").first.inner_text().strip()
    assert first.image.name in line
    assert run(docker_host, f"{line} python3 --version").startswith("Python 3.11")

    keys.follow(link(name="Edit"), "**/v/1/edit/")
    keys.reach(page.locator(".cm-content"))
    keys.press("Control+Home")
    keys.type("humanize==4.12.3\n")
    expect(page.locator("#panel")).to_contain_text("humanize")
    keys.press("Escape")
    keys.tab_to(button(name="Save and build"))
    keys.press("Enter")
    page.wait_for_url("**/builds/**")
    second = finished(Version.objects.get(environment__name="train", name="2"))
    shown_as_succeeded(page)

    keys.follow(link(name="See what changed"), "**/compare/**")
    row = page.get_by_role("row", name="humanize").first
    expect(row).to_contain_text("Added")
    expect(row).to_contain_text("4.12.3")
    keys.follow(link(name="v2"), "**/v/2/")
    keys.follow(link(name="Use this"), "**/v/2/use/")
    expect(page.locator("main pre").first).to_contain_text(second.image.name)


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


def reloaded_until_it_ends(page, version):
    """Wait for the build as one does without a script."""
    more = page.get_by_role("link", name="Reload to see more")
    more.click()
    build = finished(version)
    more.click()
    shown_as_succeeded(page)
    assert more.count() == 0
    return build


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_the_main_job_works_without_javascript(watched, studio, worker, sign_in, alice):
    sign_in(alice)
    page = watched
    link, button = (partial(page.get_by_role, role, exact=True) for role in ("link", "button"))
    page.goto(studio)
    link(name="Create environment").click()
    page.get_by_role("radio", name="requirements.txt").check()
    button(name="Continue").click()
    page.get_by_label("Name", exact=True).fill("plain")
    page.locator("textarea[name=text]").fill("six==1.16.0\n")
    button(name="Create and build").click()
    reloaded_until_it_ends(page, Version.objects.get(environment__name="plain"))

    link(name="plain v1").click()
    link(name="Edit").click()
    page.locator("textarea[name=text]").fill("six==1.17.0\n")
    button(name="Save and build").click()
    second = reloaded_until_it_ends(page, Version.objects.get(environment__name="plain", name="2"))

    link(name="See what changed").click()
    row = page.get_by_role("row", name="six").first
    expect(row).to_contain_text("Updated")
    expect(row).to_contain_text("1.17.0")
    link(name="v2").click()
    link(name="Use this").click()
    expect(page.locator("main pre").first).to_contain_text(second.image.name)


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
    wait_for(lambda: Build.objects.get().state == State.CANCELLED, "the build to be cancelled", seconds=60)
    expect(page.locator("main")).to_contain_text("Cancelled")
