"""The page of a build follows it: every line once, in order, to the end, whatever happens on the way."""

import pytest
from playwright.sync_api import expect

from environments.models import Build, State
from tests.cast import add_lines, add_step, make_build, make_version

pytestmark = pytest.mark.django_db(transaction=True)
NO_MORE = 6_000  # milliseconds: longer than the page waits between two questions, or after one that failed


@pytest.fixture
def version(vision, alice):
    return make_version(vision, "train", author=alice)


@pytest.fixture
def opened(watched, studio, sign_in, alice):
    """opened(build): the page of the build."""

    def opened(build):
        sign_in(alice)
        watched.goto(studio + build.get_absolute_url())
        return watched

    return opened


@pytest.fixture
def asked(watched):
    """The addresses at which the page asked for news."""
    asked = []
    watched.on("request", lambda request: asked.append(request.url) if "/log/?" in request.url else None)
    return asked


def numbers(page):
    return page.locator("#step-list li[id^=L]").evaluate_all("lines => lines.map(line => line.id.slice(1)).map(Number)")


def print_in(page, step, *lines):
    """Let a step print, and wait until the page shows it."""
    add_lines(step, *lines)
    expect(page.locator("#step-list")).to_contain_text(lines[-1])


def assert_asks_no_more(page, asked):
    before = len(asked)
    page.wait_for_timeout(NO_MORE)
    assert len(asked) == before


def test_lines_of_steps_side_by_side_arrive_once_and_in_order(opened, asked, version):
    build = make_build(version, State.RUNNING)
    first = add_step(build, "RUN first")
    add_lines(first, "there before the page")
    page = opened(build)
    print_in(page, first, "one", "two")
    second = add_step(build, "RUN second")
    print_in(page, second, "three")
    print_in(page, first, "four")
    print_in(page, second, "five", "six")
    assert page.locator("#log-1 li > span").all_inner_texts() == ["there before the page", "one", "two", "four"]
    assert page.locator("#log-2 li > span").all_inner_texts() == ["three", "five", "six"]
    assert sorted(numbers(page)) == list(range(1, 8))

    page.reload()
    assert sorted(numbers(page)) == list(range(1, 8))
    print_in(page, second, "after the reload")
    build.steps.update(completed_at=build.started_at)
    add_lines(second, "the last words")
    build.refresh_from_db()
    build.enter(State.FAILED, error="It broke.")
    expect(page.locator("h1").locator("..")).to_contain_text("Failed")
    expect(page.locator("#why")).to_have_text("It broke.")
    assert sorted(numbers(page)) == list(range(1, 10))
    assert page.locator("#step-list .spin").count() == 0
    assert_asks_no_more(page, asked)


def test_a_page_opened_in_the_queue_goes_on_without_being_loaded_again(opened, version):
    build = make_build(version, State.QUEUED)
    page = opened(build)
    expect(page.locator("main")).to_contain_text("Position 1 of 1")
    page.evaluate("window.isTheSame = true")
    build.claim("gpu-a")
    print_in(page, add_step(build, "RUN x"), "hello")
    expect(page.locator("h1").locator("..")).to_contain_text("Running")
    assert page.evaluate("window.isTheSame")
    assert numbers(page) == [1]


def test_a_large_backlog_is_fetched_whole(opened, version):
    build = make_build(version, State.RUNNING)
    step = add_step(build)
    add_lines(step, "first")
    page = opened(build)
    for start in range(0, 5000, 500):
        add_lines(step, *(f"line {n}" for n in range(start, start + 500)))
    expect(page.locator("#L5001")).to_have_count(1)
    assert numbers(page) == list(range(1, 5002))


def test_another_attempt_is_shown_from_its_beginning(opened, version):
    build = make_build(version, State.RUNNING)
    add_lines(add_step(build, "RUN lost"), "of the first worker")
    page = opened(build)
    Build.objects.update(attempt=2)
    build.refresh_from_db()
    add_lines(add_step(build, "RUN again"), "of the second worker")
    expect(page.locator("#step-list")).to_contain_text("of the second worker")
    expect(page.locator("#step-list")).not_to_contain_text("of the first worker")
    expect(page.locator("#attempt-1")).to_contain_text("whose worker was lost")


def test_a_build_that_is_gone_is_told_once_and_asked_for_no_more(opened, asked, version):
    build = make_build(version, State.RUNNING)
    add_step(build)
    page = opened(build)
    Build.objects.all().delete()
    expect(page.locator("#toasts")).to_contain_text("This is gone")
    assert_asks_no_more(page, asked)


def test_a_cancel_that_comes_too_late_shows_how_the_build_ended(opened, version):
    build = make_build(version, State.RUNNING)
    page = opened(build)
    page.route("**/log/**", lambda route: None)  # it does not hear of the end
    build.enter(State.CANCELLED)
    page.get_by_role("link", name="Cancel", exact=True).click()
    expect(page.locator("h1").locator("..")).to_contain_text("Cancelled")
    expect(page.locator("dialog[open]")).to_have_count(0)
