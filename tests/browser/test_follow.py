"""The page of a build follows it: every line once, in order, to the end, whatever happens on the way."""

import pytest
from playwright.sync_api import expect

from environments.builder.masking import Mask
from environments.builder.recorder import Recorder
from environments.engine.protocol import Output, Step
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
    assert page.locator("#step-list .spin:visible").count() == 0
    assert_asks_no_more(page, asked)


def test_a_page_opened_in_the_queue_goes_on_without_being_loaded_again(opened, version):
    build = make_build(version, State.QUEUED)
    page = opened(build)
    expect(page.locator("main")).to_contain_text("Position 1 of 1")
    page.evaluate("window.isTheSame = true")
    build.claim("gpu-a")
    print_in(page, add_step(build, "RUN x"), "hello")
    expect(page.locator("h1").locator("..")).to_contain_text("Running")
    expect(page.get_by_text("None has begun yet.")).to_be_hidden()
    assert page.evaluate("window.isTheSame")
    assert numbers(page) == [1]


def open_steps(page):
    return page.locator("#step-list details[open]").evaluate_all("steps => steps.map(step => step.id)")


def end(step, error=""):
    step.completed_at, step.error = step.started_at, error
    step.save()


def test_the_log_of_a_step_closes_when_it_ended_well_unless_somebody_opened_it(opened, version):
    build = make_build(version, State.RUNNING)
    first = add_step(build, "RUN first")
    add_lines(first, "one")
    page = opened(build)
    second = add_step(build, "RUN second")
    print_in(page, second, "two")
    assert open_steps(page) == ["step-1", "step-2"]
    end(first)
    expect(page.locator("#step-1")).not_to_have_attribute("open", "")
    page.locator("#head-1").click()
    end(second)
    print_in(page, add_step(build, "RUN third"), "three")
    expect(page.locator("#step-2")).not_to_have_attribute("open", "")
    assert open_steps(page) == ["step-1", "step-3"]
    page.locator("#head-1").click()
    end(build.steps.last(), error="exit 1")
    build.enter(State.FAILED, error="It broke.")
    expect(page.locator("#why")).to_be_visible()
    assert open_steps(page) == ["step-3"]


def test_what_somebody_reads_stays_open_until_they_follow_again(opened, version):
    build = make_build(version, State.RUNNING)
    step = add_step(build)
    add_lines(step, *(f"line {n}" for n in range(200)))
    page = opened(build)
    scroll_up(page)
    end(step)
    expect(page.locator("#head-1 .spin")).to_have_count(0)
    assert open_steps(page) == ["step-1"]
    page.get_by_label("Follow", exact=True).check()
    expect(page.locator("#step-1")).not_to_have_attribute("open", "")


def scroll_up(page, step=1):
    page.locator(f"#log-{step}").hover()
    page.mouse.wheel(0, -500)
    expect(page.get_by_label("Follow", exact=True)).not_to_be_checked()


def is_at_end(page, step=1):
    box = f"document.querySelector('#log-{step}').parentElement"
    return page.evaluate(f"{box}.scrollHeight - {box}.scrollTop - {box}.clientHeight < 5")


def test_a_large_backlog_skips_to_the_newest_lines_and_says_how_many_there_are(opened, version):
    build = make_build(version, State.RUNNING)
    step = add_step(build)
    add_lines(step, "first")
    page = opened(build)
    for start in range(0, 5000, 500):
        add_lines(step, *(f"line {n}" for n in range(start, start + 500)))
    expect(page.locator("#L5001")).to_have_count(1)
    shown = numbers(page)
    assert shown == list(range(shown[0], 5002))
    page.wait_for_function("document.querySelector('#bar-1').textContent.includes('5,001 lines')")
    assert is_at_end(page)


def test_a_page_that_follows_for_long_stays_small(opened, version):
    build = make_build(version, State.RUNNING)
    step = add_step(build)
    add_lines(step, "first")
    page = opened(build)
    for start in range(0, 9000, 1500):
        add_lines(step, *(f"line {n}" for n in range(start, start + 1500)))
        expect(page.locator(f"#L{start + 1501}")).to_have_count(1)
    shown = numbers(page)
    assert shown == list(range(shown[0], 9002))
    assert 1000 <= len(shown) <= 6000
    assert is_at_end(page)
    page.get_by_role("link", name="Show all 9,001 lines").click()
    expect(page.locator("#L1")).to_be_visible()


def test_who_reads_further_up_is_left_alone_until_they_jump(opened, version):
    build = make_build(version, State.RUNNING)
    step = add_step(build)
    add_lines(step, *(f"line {n}" for n in range(200)))
    page = opened(build)
    assert is_at_end(page)
    scroll_up(page)
    before = page.evaluate("document.querySelector('#log-1').parentElement.scrollTop")
    add_lines(step, *(f"new {n}" for n in range(34)))
    jump = page.get_by_role("button", name="Jump to newest (34 new lines)")
    expect(jump).to_be_visible()
    assert page.evaluate("document.querySelector('#log-1').parentElement.scrollTop") == before
    assert numbers(page) == list(range(1, 201))
    jump.click()
    expect(page.locator("#L234")).to_be_visible()
    expect(jump).to_be_hidden()
    assert numbers(page) == list(range(1, 235))
    assert is_at_end(page)
    page.keyboard.press("f")
    expect(page.get_by_label("Follow", exact=True)).not_to_be_checked()
    page.keyboard.press("f")
    expect(page.get_by_label("Follow", exact=True)).to_be_checked()


def test_the_end_of_the_build_reaches_who_reads_further_up_and_then_the_rest(opened, asked, version):
    build = make_build(version, State.RUNNING)
    step = add_step(build)
    add_lines(step, *(f"line {n}" for n in range(200)))
    page = opened(build)
    scroll_up(page)
    add_lines(step, "last words")
    build.refresh_from_db()
    build.enter(State.CANCELLED)
    expect(page.locator("h1").locator("..")).to_contain_text("Cancelled")
    expect(page.locator("#queue")).to_contain_text("0 running")
    page.get_by_role("button", name="Jump to newest (1 new line)").click()
    expect(page.locator("#step-list")).to_contain_text("last words")
    assert_asks_no_more(page, asked)


def test_who_reads_further_up_asks_no_more_once_the_build_has_ended(opened, asked, version):
    build = make_build(version, State.RUNNING)
    add_lines(add_step(build), *(f"line {n}" for n in range(200)))
    page = opened(build)
    scroll_up(page)
    add_lines(build.steps.get(), "last words")
    build.refresh_from_db()
    build.enter(State.CANCELLED)
    expect(page.get_by_role("button", name="Jump to newest (1 new line)")).to_be_visible()
    expect(page.locator("h1").locator("..")).to_contain_text("Cancelled")
    assert_asks_no_more(page, asked)


def test_the_link_to_a_line_outlives_what_the_page_is_told_of_the_build(opened, version):
    build = make_build(version, State.RUNNING)
    add_lines(add_step(build), "one", "two")
    page = opened(build)
    page.locator("#L2 > a").click()
    copy = page.get_by_role("button", name="Copy link")
    expect(copy).to_have_attribute("data-copy-now", f"{page.url.partition('#')[0]}?line=2#L2")
    build.refresh_from_db()
    build.enter(State.CANCELLED)
    expect(page.locator("h1").locator("..")).to_contain_text("Cancelled")
    expect(copy).to_have_attribute("data-copy-now", f"{page.url.partition('#')[0]}?line=2#L2")


def test_all_of_a_long_log_is_reached_by_scrolling_and_each_line_by_its_address(opened, version):
    build = make_build(version, State.RUNNING)
    step = add_step(build, done=True)
    for start in range(1, 12_001, 2_000):
        add_lines(step, *(f"line {n}" for n in range(start, start + 2_000)))
    build.refresh_from_db()
    build.enter(State.CANCELLED)
    page = opened(build)
    address = page.url
    page.goto(f"{address}?all=1")
    height = page.evaluate("document.querySelector('#log-1').scrollHeight")
    while page.locator(".later").count():
        page.evaluate("document.querySelector('.later')?.scrollIntoView()")  # it may be filled in this moment
        page.wait_for_timeout(50)
    assert numbers(page) == list(range(1, 12_001))
    assert abs(page.evaluate("document.querySelector('#log-1').scrollHeight") - height) <= 2
    page.goto(f"{address}#L4321")
    expect(page.locator("#L4321")).to_be_in_viewport()
    expect(page.locator("#L4321")).to_have_class("picked")
    page.locator("#L4324 > a").click(modifiers=["Shift"])
    page.locator("#L4321 > a").click()
    page.locator("#L4324 > a").click(modifiers=["Shift"])
    assert page.url.endswith("#L4321-L4324")
    assert page.locator(".picked").count() == 4


def test_what_has_the_focus_keeps_it_when_the_head_is_drawn_anew(opened, version):
    build = make_build(version, State.QUEUED)
    page = opened(build)
    cancel, copy = page.get_by_role("link", name="Cancel", exact=True), page.get_by_role("button", name="Copy link")
    cancel.focus()
    build.claim("gpu-a")
    expect(page.locator("h1").locator("..")).to_contain_text("Starting")
    expect(cancel).to_be_focused()
    copy.focus()
    build.enter(State.CANCELLED)
    expect(page.locator("h1").locator("..")).to_contain_text("Cancelled")
    expect(copy).to_be_focused()


def test_a_search_is_walked_by_keys(opened, version):
    build = make_build(version, State.RUNNING)
    add_lines(add_step(build), *(f"line {n}" for n in range(300)))
    page = opened(build)
    page.get_by_label("Search this log").fill("9")
    page.get_by_role("button", name="Search", exact=True).click()
    expect(page.locator("#found")).to_have_text("57 lines found")
    page.locator("#found").click()
    page.keyboard.press("n")
    page.keyboard.press("n")
    assert page.url.endswith("#L20")
    page.keyboard.press("p")
    assert page.url.endswith("#L10")
    page.locator("#L10 > a").first.click()
    expect(page.locator("#L10")).to_have_class("picked")


def test_a_search_is_walked_over_the_end_of_a_page(opened, version):
    build = make_build(version, State.RUNNING)
    add_lines(add_step(build), *["here"] * 101)
    page = opened(build)
    page.goto(f"{page.url}?q=here#L99")
    page.keyboard.press("n")
    page.keyboard.press("n")
    expect(page.locator("#L101")).to_be_in_viewport()
    page.keyboard.press("n")
    assert page.url.endswith("?q=here&page=2#L101")
    page.keyboard.press("p")
    expect(page.locator("#L100")).to_be_in_viewport()
    page.keyboard.press("p")
    assert page.url.endswith("?q=here&page=1#L99")


PAYLOADS = [
    "<script>window.__xss = 1</script>",
    "<img src=x onerror='window.__xss = 1'>",
    "\x1b]8;;javascript:window.__xss=1\x1b\\click\x1b]8;;\x1b\\",
    "\"><svg onload='window.__xss = 1'>",
    "' onmouseover='window.__xss = 1",
    "harmless\r<script>window.__xss = 1</script>",
    "x" * 1_000_000,
    b"\xff\xfe broken \xc3".decode("utf-8", "replace"),
    "nul \0 here",
    "safe \u202egnp.exe \u2066isolated\u2069",
    "</span></li></ol><h1>outside</h1>",
    "{{ 7 * 7 }}{% now 'Y' %}",
]


@pytest.mark.parametrize("way", ["followed", "opened", "searched"])
def test_whatever_a_build_prints_stays_text(opened, version, way):
    build = make_build(version, State.RUNNING)
    recorder = Recorder(build, Mask())
    recorder.event(Step(key="a", name=f"RUN {PAYLOADS[0]}", kind="run", started=1.0))
    recorder.event(Output(step="a", stream="stdout", text="first\n", time=1.0))
    recorder.flush()
    page = opened(build) if way == "followed" else None
    recorder.event(Output(step="a", stream="stdout", text="\n".join(PAYLOADS) + "\nlast\n", time=2.0))
    recorder.event(Step(key="a", name=f"RUN {PAYLOADS[0]}", kind="run", started=1.0, completed=3.0, error=PAYLOADS[1]))
    recorder.finish()
    if way != "followed":
        build.refresh_from_db()
        build.enter(State.FAILED, error=PAYLOADS[1], error_step=PAYLOADS[3])
        page = opened(build)
    if way == "searched":
        page.goto(f"{page.url}?q=e")
    expect(page.locator("#log")).to_contain_text("<script>window.__xss")
    expect(page.locator("#log")).to_contain_text("⟨U+202E⟩gnp.exe ⟨U+2066⟩")
    if way != "searched":
        expect(page.locator("#step-list")).to_contain_text("992,000 more characters")
        assert page.locator("#step-list li[id^=L]").last.inner_text().endswith("last")
    page.locator("#log").hover()
    assert page.evaluate("window.__xss") is None
    assert page.evaluate("document.querySelectorAll('#log :is(script, img, svg[onload], h1)').length") == 0
    assert set(page.locator(".log li span *").evaluate_all("all => all.map(one => one.tagName)")) <= {
        "SPAN",
        "MARK",
        "A",
    }


def test_another_attempt_is_shown_from_its_beginning(opened, version):
    build = make_build(version, State.RUNNING)
    add_lines(add_step(build, "RUN lost"), "of the first worker")
    page = opened(build)
    page.evaluate("window.isTheSame = true")
    page.get_by_label("Search this log").fill("half typed")
    Build.objects.update(attempt=2)
    build.refresh_from_db()
    add_lines(add_step(build, "RUN again"), "of the second worker")
    expect(page.locator("#step-list")).to_contain_text("of the second worker")
    expect(page.locator("#step-list")).not_to_contain_text("of the first worker")
    expect(page.locator("#attempt-1")).to_contain_text("whose worker was lost")
    print_in(page, build.steps.last(), "and more of it")
    assert numbers(page) == [2, 3]
    assert page.evaluate("window.isTheSame")
    expect(page.get_by_label("Search this log")).to_have_value("half typed")


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
