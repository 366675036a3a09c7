"""What one chooses to see of a log, and of a list of builds while it is drawn anew."""

import pytest
from playwright.sync_api import expect

from environments.models import Build, State
from tests.cast import add_lines, add_step, make_build, make_version

pytestmark = pytest.mark.django_db(transaction=True)
LONG = "word " * 200


@pytest.fixture
def opened(watched, studio, sign_in, alice):
    """opened(address): the page at it."""

    def opened(address):
        sign_in(alice)
        watched.goto(studio + address)
        return watched

    return opened


@pytest.fixture
def build(vision, alice):
    build = make_build(make_version(vision, "train", author=alice), State.RUNNING)
    add_lines(add_step(build, "[internal] load metadata", kind="internal", done=True), "resolved", "twice")
    add_lines(add_step(build, "[2/2] RUN x"), "short", LONG, "last")
    return build


def line(page, n):
    return page.locator(f"#L{n}")


def beyond_the_edge(page):
    return page.locator("#log-2").evaluate("log => log.parentElement.scrollWidth - log.parentElement.clientWidth")


@pytest.mark.parametrize("width", [320, 1440])
def test_long_lines_wrap_until_somebody_chooses_otherwise_for_good(opened, build, width):
    page = opened(build.get_absolute_url())
    page.set_viewport_size({"width": width, "height": 900})
    assert beyond_the_edge(page) == 0
    heights = [line(page, n).bounding_box()["height"] for n in (3, 4, 5)]
    assert heights[0] == heights[2] < heights[1]
    numbers = [line(page, n).locator("a").bounding_box() for n in (3, 4)]
    assert numbers[0]["x"] == numbers[1]["x"]
    assert numbers[1]["y"] == line(page, 4).bounding_box()["y"]
    page.get_by_label("Wrap lines").uncheck()
    assert beyond_the_edge(page) > 0
    page.reload()
    expect(page.get_by_label("Wrap lines")).not_to_be_checked()
    assert beyond_the_edge(page) > 0
    page.get_by_label("Wrap lines").check()
    page.goto(page.url + "?q=word")
    expect(page.locator(".logbox.found")).to_be_visible()
    assert page.locator(".logbox.found").evaluate("box => box.scrollWidth - box.clientWidth") == 0


def test_technical_steps_stand_back_until_they_are_asked_for(opened, build):
    page = opened(build.get_absolute_url())
    technical = page.locator("#item-1")
    expect(technical).to_be_hidden()
    page.get_by_label("Technical steps").check()
    expect(technical).to_be_visible()
    page.get_by_label("Technical steps").uncheck()
    expect(technical).to_be_hidden()
    page.goto(page.url + "#L2")
    expect(line(page, 2)).to_be_in_viewport()
    page.goto(page.url.partition("#")[0] + "?line=1#L1")
    expect(line(page, 1)).to_be_in_viewport()
    build.steps.filter(number=1).update(error="exit 1")
    page.goto(page.url.partition("?")[0])
    expect(technical).to_be_visible()


def test_a_menu_that_is_open_stays_so_while_its_row_is_drawn_anew(opened, build):
    page = opened("/w/vision/builds/")
    page.get_by_label("Actions for build").click()
    Build.objects.update(line_count=1)
    with page.expect_response(lambda answer: "row=" in answer.url):
        pass
    page.wait_for_timeout(500)
    expect(page.get_by_role("link", name="Cancel")).to_be_visible()
    page.get_by_role("link", name="Cancel").click()
    page.get_by_role("button", name="Cancel the build").click()
    expect(page.get_by_role("heading", name="Build")).to_be_visible()
    assert Build.objects.get().cancel_requested_at


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_without_a_script_the_profile_chooses_whether_lines_wrap(opened, build, studio):
    page = opened("/profile/")
    page.get_by_label("Wrap the long lines of logs").uncheck()
    page.get_by_role("button", name="Save").click()
    page.goto(studio + build.get_absolute_url())
    assert beyond_the_edge(page) > 0
    expect(page.get_by_label("Wrap lines")).to_be_hidden()
