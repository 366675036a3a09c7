"""The page of a build: what it tells in every state, and how it follows one that runs."""

import html
import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest

from environments.models import Build, State
from environments.models.builds import SILENT_AFTER, Reason
from environments.services.builds import request_build
from tests.cast import add_lines, add_step, make_build, make_image, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.database]
HTMX = {"HX-Request": "true"}


@pytest.fixture
def version(vision):
    return make_version(vision, "train")


@pytest.fixture
def running(version):
    return make_build(version, State.RUNNING, worker="gpu-a")


def page(web, build, **query):
    return web.get(build.get_absolute_url(), query)


def news_of(build, after=0, steps=0, unfinished="", look="running", attempt=1, scale=1000, **more):
    """Where a page asks for news that shows the log up to line `after`, and so many steps."""
    lines = [lines_until(step, after) for step in build.steps.filter(attempt=build.attempt, number__lte=steps)]
    query = {"after": after, "lines": ".".join(map(str, lines)), "open": unfinished}
    query |= {"look": look, "attempt": attempt, "scale": scale}
    return f"{build.get_absolute_url()}log/?{urlencode(query | more)}"


def follow(web, build, *shown, **more):
    return web.get(news_of(build, *shown, **more), headers=HTMX)


def lines_until(step, after):
    return sum(n <= after for piece in step.log.all() for n, _ in piece.numbered()) if str(after).isdecimal() else 0


def word(answer):
    return answer.context["status"]


@pytest.mark.parametrize("state", list(State))
def test_a_build_has_a_page_in_every_state(web, version, state):
    build = make_build(version, state, **({"error": "It broke."} if state == State.FAILED else {}))
    assert page(web, build).status_code == 200


def test_the_word_follows_what_the_build_does(web, running, now):
    assert word(page(web, running)) == "starting"
    step = add_step(running)
    assert word(page(web, running)) == "running"
    step.kind = "export"
    step.save()
    assert word(page(web, running)) == "exporting"
    Build.objects.update(heartbeat_at=now - SILENT_AFTER - timedelta(seconds=1))
    assert word(page(web, running)) == "lost"
    Build.objects.update(cancel_requested_at=now)
    assert word(page(web, running)) == "cancelling"


def test_a_waiting_build_knows_its_place(web, vision, version):
    make_build(make_version(vision, "first"), State.QUEUED)
    assert "Position 2 of 2" in page(web, make_build(version, State.QUEUED)).text


def test_a_failed_build_tells_why_on_top(web, running):
    step = add_step(running, "RUN pip install x", error="exit 1")
    add_lines(step, *(f"line {n}" for n in range(1, 31)), "\x1b[31mERROR: no x\x1b[0m")
    running.enter(
        State.FAILED, error="The step RUN pip install x ended with exit code 1.", error_step=step.name, exit_code=1
    )
    text = page(web, running).text
    assert text.index("ended with exit code 1") < text.index('id="steps"')
    assert [line.n for line in page(web, running).context["tail"]] == list(range(12, 32))
    assert '<li id="L31" class="hit">' in text
    assert '<span class="a31">ERROR: no x</span>' in text


def test_what_a_build_printed_is_never_markup(web, running):
    add_lines(add_step(running, "RUN <b>bold</b>"), "<script>alert(1)</script>")
    text = page(web, running).text
    assert "<script>alert" not in text
    assert "RUN &lt;b&gt;" in text


def test_a_step_that_was_running_when_the_build_ended_does_not_run_for_ever(web, running):
    add_step(running)
    running.enter(State.CANCELLED)
    assert 'class="i spin' not in page(web, running).text.split('id="step-list"')[1]


def test_what_ran_when_a_build_ended_took_no_longer_than_until_then(web, running, now):
    step = add_step(running, started_at=now - timedelta(seconds=100))
    running.enter(State.CANCELLED, finished_at=now - timedelta(seconds=58))
    shown = page(web, running).text.split('id="step-list"')[1]
    assert '<span class="t">42 s</span>' in shown
    assert 'class="run"' not in shown
    Build.objects.update(attempt=2)
    step.refresh_from_db()
    assert step.seconds is None


def test_a_page_does_not_lead_to_itself(web, version):
    failed = make_build(version, State.FAILED, error="no")
    assert f"Open build {failed.number}" not in page(web, failed).text
    assert f"Open build {failed.number}" not in follow(web, failed).text
    assert f"Open build {failed.number}" in web.get(version.get_absolute_url()).text


def test_before_the_first_step_the_page_says_that_there_is_none_yet(web, version, running):
    assert "None has begun yet." in page(web, running).text
    add_step(running)
    assert "None has begun yet." not in page(web, running).text


def test_a_reused_image_links_the_build_that_made_it(web, vision, version):
    made = make_build(make_version(vision, "other"))
    build = make_build(version, reused=made, image=made.image)
    text = page(web, build).text
    assert f'<a href="{made.get_absolute_url()}">build {made.number} of other v1</a>' in text


def print_much(step, count=6_500):
    for start in range(1, count + 1, 750):
        add_lines(step, *map(str, range(start, min(start + 750, count + 1))))


def shown_lines(text):
    return [int(n) for n in re.findall(r'<li id="L(\d+)"', text)]


def placeholders(text):
    return [html.unescape(found) for found in re.findall(r'class="later" hx-get="([^"]+)"', text)]


def test_a_large_step_shows_its_end_and_can_show_all(web, running):
    print_much(add_step(running))
    text = page(web, running).text
    assert "The last 5,500 lines of 6,500 lines" in text
    assert '<a class="js-only" href="?all=1#step-1">Show all 6,500 lines</a>' in text
    assert shown_lines(text) == list(range(5_001, 6_501))
    assert len(placeholders(text)) == 4


def test_all_of_a_large_step_comes_in_chunks_without_a_gap(web, running):
    print_much(add_step(running))
    text = page(web, running, all=1).text
    assert shown_lines(text) == list(range(1, 1_001))
    fetched = [n for address in placeholders(text) for n in shown_lines(web.get(address, headers=HTMX).text)]
    assert fetched == list(range(1_001, 6_501))


def test_without_a_script_all_of_a_large_step_comes_at_once(web, running):
    print_much(add_step(running))
    [more] = re.findall(r'<noscript><a href="([^"]+)">Show all 6,500 lines</a></noscript>', page(web, running).text)
    text = web.get(running.get_absolute_url() + html.unescape(more)).text
    assert shown_lines(text) == list(range(1, 6_501))
    assert placeholders(text) == []


@pytest.mark.parametrize("whole", ["", "9", "2"])
def test_all_at_once_of_a_step_that_has_nothing_shows_the_page(web, running, whole):
    add_lines(add_step(running), "a")
    add_step(running)
    assert shown_lines(page(web, running, **{"all": whole, "at-once": ""}).text) == [1]


def test_without_a_script_each_chunk_is_a_link_to_its_first_line(web, running):
    print_much(add_step(running))
    assert '<a href="?line=1001#L1001">Lines 1001 to 2000</a>' in page(web, running, all=1).text
    assert shown_lines(page(web, running, line=1_001).text)[:1_000] == list(range(1_001, 2_001))


@pytest.mark.parametrize("query", ["chunk=7", "chunk=x", "chunk=-1", "chunk=99999999999", "chunk=0&step=0", "chunk=0"])
def test_a_chunk_that_is_none_answers_404(web, running, query):
    step = add_step(running)
    add_lines(step, "a")
    address = f"{running.get_absolute_url()}log/?step={step.pk}&{query}"
    assert web.get(address, headers=HTMX).status_code == (200 if query == "chunk=0" else 404)


def test_chunks_of_steps_side_by_side_keep_to_their_step(web, running):
    one, other = add_step(running), add_step(running)
    for n in range(0, 6_000, 100):
        add_lines(one, *(f"one {n + i}" for i in range(100)))
        add_lines(other, "other")
    text = page(web, running, all=1).text
    chunk = web.get(placeholders(text)[0], headers=HTMX).text
    assert re.findall(r"<span>(\w+) ?\d*</span>", chunk) == ["one"] * 1_000
    assert "one 1000<" in chunk
    assert "one 1999<" in chunk


def test_a_link_to_a_line_opens_its_step_and_marks_it(web, running):
    print_much(add_step(running, done=True))
    text = page(web, running, line=7).text
    assert '<details class="step" id="step-1" open>' in text
    assert '<li id="L7" class="picked">' in text
    assert "open>" not in page(web, running).text.split('id="step-list"')[1]


@pytest.mark.parametrize("query", [{"line": "x"}, {"line": "99"}, {"all": "-1"}, {"all": "9" * 30}, {"line": "²"}])
def test_a_nonsense_address_shows_the_page(web, running, query):
    add_lines(add_step(running), "a")
    assert page(web, running, **query).status_code == 200


def test_steps_of_a_lost_attempt_stand_apart(web, running):
    add_lines(add_step(running, "first try"), "from the lost one")
    Build.objects.update(attempt=2)
    add_step(running, "second try", attempt=2)
    text = page(web, running).text
    assert text.index("second try") < text.index("Attempt 1, whose worker was lost") < text.index("first try")


def test_all_of_a_long_log_of_a_lost_attempt_can_be_shown(web, running):
    print_much(add_step(running, "first try"))
    Build.objects.update(attempt=2)
    add_step(running, "second try", attempt=2)
    text = page(web, running).text
    assert '<a class="js-only" href="?all=1.1#step-1.1">Show all 6,500 lines</a>' in text
    assert '<details class="panel" id="attempt-1">' in text
    whole = page(web, running, all="1.1").text
    assert 'id="L1"' in whole
    assert '<details class="panel" id="attempt-1" open>' in whole


def test_a_link_to_a_line_of_a_lost_attempt_shows_it(web, running):
    add_lines(add_step(running, "first try"), "from the lost one")
    Build.objects.update(attempt=2)
    text = page(web, running, line=1).text
    assert '<details class="panel" id="attempt-1" open>' in text
    assert '<details class="step" id="step-1.1" open>' in text


def test_a_page_opened_in_the_queue_goes_on_when_a_worker_begins(web, version):
    build = make_build(version, State.QUEUED)
    build.claim("gpu-a")
    add_lines(add_step(build, "RUN b"), "hello")
    answer = follow(web, build, look="queued", attempt=0)
    assert "HX-Refresh" not in answer
    assert '<ol hx-swap-oob="beforeend:#step-list">' in answer.text
    assert "attempt=1&amp;" in answer.text


def test_following_brings_only_what_is_new(web, running):
    step = add_step(running)
    add_lines(step, "one", "two")
    add_lines(step, "three")
    answer = follow(web, running, after=2, steps=1, unfinished="1")
    assert 'hx-swap-oob="beforeend:#log-1"' in answer.text
    assert 'id="L3"' in answer.text
    assert 'id="L2"' not in answer.text
    assert "after=3&amp;lines=3&amp;open=1&amp;" in answer.text
    assert "<html" not in answer.text


def test_following_may_begin_in_the_middle_of_a_piece(web, running):
    add_lines(add_step(running), *map(str, range(1, 101)))
    text = follow(web, running, after=99, steps=1, unfinished="1").text
    assert 'id="L100"' in text
    assert 'id="L99"' not in text


def test_a_new_step_is_added_with_its_lines_and_announced(web, running):
    add_step(running, "COPY a", done=True)
    add_lines(add_step(running, "RUN b"), "hello")
    text = follow(web, running, steps=1).text
    assert '<ol hx-swap-oob="beforeend:#step-list">' in text
    assert "COPY a" not in text
    assert "Step 2: RUN b" in text
    assert "hello" in text


def test_a_step_that_printed_nothing_yet_is_drawn_anew(web, running):
    add_lines(add_step(running, "RUN b"), "hello")
    text = follow(web, running, steps=1, unfinished="1").text
    assert '<li id="item-1" hx-swap-oob="true">' in text
    assert "beforeend:#log-1" not in text


@pytest.mark.parametrize("ended", [{"done": True}, {"error": "exit 1"}, {}])
@pytest.mark.parametrize("has", [0, 1])
def test_a_step_that_comes_while_the_page_follows_is_open_as_on_a_page_loaded_now(web, running, ended, has):
    add_lines(add_step(running, "RUN b", **ended), "hello")
    opens = '<details class="step" id="step-1" open>'
    assert (opens in follow(web, running, steps=has, unfinished="1").text) == (opens in page(web, running).text)


def test_a_step_that_ended_well_is_to_be_closed_and_no_other(web, running):
    for state in ({"done": True}, {"error": "exit 1"}, {}):
        add_lines(add_step(running, **state), "a")
    text = follow(web, running, after=3, steps=3, unfinished="1.2.3").text
    assert re.findall(r'<summary id="head-(\d)" hx-swap-oob="true" data-fold>', text) == ["1"]
    assert text.count("<summary") == 3


def test_a_step_that_ended_is_refreshed_once(web, running):
    step = add_step(running, done=True)
    add_lines(step, "a")
    assert 'id="head-1"' in follow(web, running, after=1, steps=1, unfinished="1").text
    assert 'id="head-1"' not in follow(web, running, after=1, steps=1).text


def test_the_last_answer_asks_for_no_more(web, running):
    add_lines(add_step(running), "a")
    running.refresh_from_db()
    running.enter(State.FAILED, error="It broke.")
    answer = follow(web, running, after=0, steps=1, unfinished="1")
    assert 'id="follow"' not in answer.text
    assert 'id="L1"' in answer.text
    assert "It broke." in answer.text
    assert f"Build {running.number}: failed" in answer.text
    assert '<div id="top" hx-swap-oob="true">' in answer.text


def test_the_head_stays_while_nothing_of_it_changes(web, running):
    add_step(running)
    assert 'id="top"' not in follow(web, running, steps=1, unfinished="1").text


@pytest.mark.parametrize(
    ("query", "stands"),
    [({}, False), ({"all": "1"}, True), ({"line": "1"}, True), ({"line": "x"}, False), ({"line": "9"}, False),
     ({"all": "9"}, False), ({"all": "1.1"}, False), ({"all": ""}, False)],
)  # fmt: skip
def test_a_page_that_shows_something_else_than_the_newest_lines_does_not_follow(web, running, query, stands):
    add_lines(add_step(running), "a")
    text = page(web, running, **query).text
    assert ('id="step-list" data-stands' in text) == stands
    assert ("checked data-follow-toggle" in text) != stands


def test_a_page_far_behind_is_shown_the_newest_lines_in_place_of_its_own(web, running):
    step = add_step(running)
    print_much(step)
    answer = follow(web, running, after=10, steps=1, unfinished="1")
    assert 'hx-swap-oob="innerHTML:#log-1"' in answer.text
    assert shown_lines(answer.text) == list(range(5_011, 6_501))
    assert "6,500 lines, the newest are shown" in answer.text
    assert '<a href="?all=1#step-1">Show all 6,500 lines</a>' in answer.text
    assert answer.context["follow"]["after"] == 6_500


def test_a_page_that_skips_keeps_the_lines_of_a_step_side_by_side(web, running):
    quiet, loud = add_step(running), add_step(running)
    add_lines(quiet, "first")
    print_much(loud, 750)
    add_lines(quiet, "second")
    print_much(loud)
    text = follow(web, running, after=751, steps=2, unfinished="1.2").text
    assert 'hx-swap-oob="beforeend:#log-1"' in text
    assert "first" not in text
    assert "second" in text
    assert 'hx-swap-oob="innerHTML:#log-2"' in text
    assert "7,250 lines, the newest are shown" in text


def test_who_reads_further_up_gets_no_lines_but_their_number(web, running):
    step = add_step(running)
    add_lines(step, "one")
    add_lines(step, "two", "three")
    answer = follow(web, running, after=1, steps=1, unfinished="1", hold=1)
    assert shown_lines(answer.text) == []
    assert 'data-waiting="2"' in answer.text
    assert "after=1&amp;" in answer.text
    running.refresh_from_db()
    running.enter(State.CANCELLED)
    answer = follow(web, running, after=1, steps=1, unfinished="1", hold=1)
    assert 'hx-trigger="now"' in answer.text
    assert 'data-waiting="2"' in answer.text
    answer = follow(web, running, after=1, steps=1)
    assert shown_lines(answer.text) == [2, 3]
    assert answer.context["follow"] is None


def test_following_reads_no_more_of_a_log_that_grew(web, running, reading):
    def read_by_a_page_that_has(after):
        address = news_of(running, after, 2, "1.2")
        return reading(lambda: web.get(address, headers=HTMX))

    step, other = add_step(running), add_step(running)
    add_lines(step, "one", "two")
    add_lines(other, "three")
    quiet, behind = read_by_a_page_that_has(3), read_by_a_page_that_has(2)
    for n in range(100):
        add_lines(step, f"more {n}")
        add_lines(other, f"more {n}")
    assert read_by_a_page_that_has(203) == quiet
    assert read_by_a_page_that_has(202) == behind
    assert quiet[0] <= 10


def test_a_page_far_behind_reads_no_text_it_does_not_show(web, running, reading):
    step = add_step(running)
    for n in range(40):
        add_lines(step, *(f"{n}.{place}" for place in range(100)))
    address = news_of(running, 100, 1, "1")
    _, rows = reading(lambda: web.get(address, headers=HTMX))
    assert "4,000 lines" in web.get(address, headers=HTMX).text
    assert rows < 39 + 20 + 15  # where 39 pieces lie, and the text of half of them


def test_a_page_is_small_however_much_was_printed(web, running):
    print_much(add_step(running), 30_000)
    assert len(follow(web, running, after=10, steps=1, unfinished="1").content) < 200_000


def test_the_end_swaps_the_count_of_the_top_bar_and_the_scale_of_every_step(web, running):
    add_lines(add_step(running, done=True), "a")
    add_step(running, done=True)
    assert 'id="queue"' not in follow(web, running, after=1, steps=2).text
    running.refresh_from_db()
    running.enter(State.CANCELLED)
    text = follow(web, running, after=1, steps=2).text
    assert re.search(r'id="queue" hx-swap-oob="true".*</span>0<span', text)
    assert text.count('class="scale"') == 2


def test_bars_of_time_are_drawn_anew_once_the_build_has_run_much_longer(web, running, now):
    add_lines(add_step(running, done=True), "a")
    Build.objects.update(started_at=now - timedelta(seconds=100))
    assert 'id="scale-1"' not in follow(web, running, after=1, steps=1, scale=95).text
    answer = follow(web, running, after=1, steps=1, scale=80)
    assert 'id="scale-1"' in answer.text
    assert answer.context["follow"]["scale"] == 100


def test_silence_makes_the_page_patient(web, running, now):
    step = add_step(running)
    add_lines(step, "a", at=now - timedelta(minutes=3))
    assert follow(web, running, after=0).context["follow"]["delay"] == 1
    assert follow(web, running, after=1).context["follow"]["delay"] == 5
    add_lines(step, "b", at=now)
    assert follow(web, running, after=2).context["follow"]["delay"] == 3


def test_another_attempt_takes_the_place_of_the_lost_one(web, running):
    add_lines(add_step(running, "RUN lost"), "of the first worker")
    Build.objects.update(attempt=2)
    running.refresh_from_db()
    add_lines(add_step(running, "RUN again"), "of the second worker")
    answer = follow(web, running, after=1, attempt=1)
    assert [shown.step.name for shown in answer.context["added"]] == ["RUN again"]
    assert 'hx-swap-oob="innerHTML:#step-list"' in answer.text
    assert 'id="attempt-1"' in answer.text
    assert shown_lines(answer.text) == [1, 2]
    assert "attempt=2&amp;" in answer.text
    assert "of the second worker" not in follow(web, running, 2, 1, attempt=2).text


@pytest.mark.parametrize("after", ["", "x", "-1", "9" * 40, "²"])
def test_a_cursor_that_is_none_starts_the_page_over(web, running, after):
    assert follow(web, running, after=after)["HX-Refresh"] == "true"


def test_without_htmx_the_log_is_the_page(web, running):
    assert web.get(f"{running.get_absolute_url()}log/?after=1").url == running.get_absolute_url()


def raw(web, build):
    answer = web.get(f"{build.get_absolute_url()}raw.txt")
    assert answer["Content-Type"] == "text/plain; charset=utf-8"
    return b"".join(answer.streaming_content).decode()


def test_the_raw_log_is_plain_text_under_headings_of_the_steps(web, running):
    add_step(running, "[1/4] FROM a", cached=True, done=True)
    ended = running.started_at + timedelta(seconds=12.4)
    first = add_step(running, "[2/4] RUN <b>first</b>", completed_at=ended)
    second = add_step(running, "[3/4] RUN second")
    add_lines(first, "<b>one</b>", "two")
    add_lines(second, "three")
    add_lines(first, "four")
    add_step(running, "[4/4] RUN last", started_at=None)
    assert raw(web, running).splitlines() == [
        *("#1 [1/4] FROM a  CACHED", ""),
        *("#2 [2/4] RUN <b>first</b>  12.4s", "<b>one</b>", "two", ""),
        *("#3 [3/4] RUN second", "three", ""),
        *("#2 [2/4] RUN <b>first</b>  12.4s (goes on)", "four", ""),
        "#4 [4/4] RUN last",
    ]


def test_headings_of_a_lost_attempt_are_numbered_as_on_the_page(web, running):
    add_lines(add_step(running, "RUN lost", attempt=1), "gone")
    Build.objects.update(attempt=2)
    running.refresh_from_db()
    add_lines(add_step(running, "RUN again"), "here")
    assert raw(web, running).splitlines() == ["#1.1 RUN lost", "gone", "", "#1 RUN again", "here"]


def test_steps_that_stand_in_no_dockerfile_are_told_apart_and_counted(web, running, now):
    took = {"kind": "internal", "started_at": now, "completed_at": now + timedelta(seconds=0.3)}
    add_step(running, "[internal] load build definition from Dockerfile", **took)
    add_step(running, "[internal] load .dockerignore", **took)
    add_step(running, "[2/3] WORKDIR /app", **took)
    add_step(running, "[3/3] RUN x", done=True)
    running.enter(State.SUCCEEDED, image=make_image(running.version.environment.workspace))
    shown = page(web, running).text
    assert re.findall(r'<li id="item-(\d)" class="technical">', shown) == ["1", "2"]
    assert "2 of them technical, 0.6 s" in shown


def test_a_step_is_counted_once_the_engine_has_told_how_many_there_are(web, running):
    add_step(running, "Find the base image x", key="base 1", kind="studio", done=True)
    add_step(running, "Lock 1 package", key="lock 2", kind="studio")
    shown = page(web, running)
    assert "<strong>Step 2</strong>" in shown.text
    assert not shown.context["is_counted"]
    add_step(running, "[1/2] FROM x", done=True)
    add_step(running, "[2/2] RUN y", started_at=None)
    shown = page(web, running)
    assert "<strong>Step 3 of 6</strong>" in shown.text  # the image is written and read yet
    assert shown.context["step_states"] == ["done", "running", "done", "waiting", "waiting", "waiting"]
    add_step(running, "exporting to image", kind="export")
    add_step(running, "Read the packages of the image", key="packages 6", kind="studio", started_at=None)
    assert "<strong>Step 5 of 6</strong>" in page(web, running).text


def test_tools_that_are_lent_and_the_writing_of_the_image_are_technical_steps(web, running):
    add_step(running, "FROM docker.io/library/studio-tools:92d4f0", kind="pull", done=True)
    add_step(running, "[1/2] FROM docker.io/library/python:3.11-slim", kind="pull", done=True)
    add_step(running, "exporting to image", kind="export", done=True)
    assert re.findall(r'<li id="item-(\d)" class="technical">', page(web, running).text) == ["1", "3"]


def test_long_lines_wrap_unless_somebody_chose_otherwise(web, running):
    add_lines(add_step(running), "one")
    shown = page(web, running).text
    assert "data-wrap>" in shown
    assert "data-wraps checked" in shown
    web.cookies["wrap"] = "off"
    shown = page(web, running).text
    assert "data-wrap>" not in shown
    assert "data-wraps checked" not in shown


def test_the_raw_log_can_be_saved_as_a_file(web, running):
    add_lines(add_step(running), "one")
    answer = web.get(f"{running.get_absolute_url()}raw.txt?download")
    assert answer["Content-Disposition"] == f'attachment; filename="train-v1-build-{running.number}.log.txt"'


def test_a_failed_step_that_printed_nothing_quotes_no_other(web, running):
    add_lines(add_step(running, done=True), "of another step")
    add_step(running, error="exit 1")
    running.enter(State.FAILED, error="It broke.")
    assert page(web, running).context["tail"] == []


def test_a_failed_step_that_printed_nothing_says_so_also_beside_one_that_it_ended(web, running):
    add_step(running, "RUN a", error="exit 1")
    add_lines(add_step(running, "RUN b", error="context canceled"), "of the other")
    running.enter(State.FAILED, error="The step RUN a ended with exit code 1.", error_step="RUN a")
    for address in (running.get_absolute_url(), running.version.get_absolute_url()):
        answer = web.get(address)
        assert answer.context["tail"] == []
        assert "The step printed nothing." in answer.text


def test_of_a_log_that_was_removed_nobody_says_that_it_was_empty(web, running, now):
    add_step(running, error="exit 1")
    running.enter(State.FAILED, error="It broke.", log_removed_at=now)
    assert "printed nothing" not in page(web, running).text


def test_an_image_that_was_removed_is_told_also_where_another_build_made_it(web, vision, version, now):
    made = make_build(make_version(vision, "other"))
    build = make_build(version, reused=made, image=made.image)
    made.image.removed_at = now
    made.image.save()
    text = page(web, build).text
    assert "Its image was removed" in text
    assert f'<a href="{made.get_absolute_url()}">Build {made.number}</a> had made it.' in text


def test_lines_that_hints_name_are_marked_and_no_others(web, running, monkeypatch):
    add_lines(add_step(running, error="exit 1"), "fine", "ERROR: no", "the cause")
    Build.objects.update(hints=[{"code": "x", "line": 3, "values": {}}])
    text = page(web, running).text
    assert '<li id="L3" class="hit"' in text
    assert '<li id="L2" class="hit"' not in text


def test_a_cancel_that_takes_long_is_told(web, running, now):
    Build.objects.update(cancel_requested_at=now - timedelta(seconds=5))
    assert "Stopping." in page(web, running).text
    Build.objects.update(cancel_requested_at=now - timedelta(seconds=40), heartbeat_at=now)
    assert "The builder did not stop" in page(web, running).text
    assert "The builder did not stop" in follow(web, running, look="cancelling").text


def test_a_removed_log_is_told_and_what_is_left_is_shown(web, running, now):
    add_step(running, "RUN x", done=True)
    running.enter(State.CANCELLED)
    Build.objects.update(log_removed_at=now + timedelta(days=180, hours=1), line_count=7)
    text = page(web, running).text
    assert "Log removed after 180 days by policy; summary kept." in text
    assert "RUN x" in text
    assert "raw.txt" not in text


def test_our_own_remarks_and_times_are_told_from_what_was_printed(web, running):
    step = add_step(running)
    add_lines(step, "one", "two", at=step.started_at + timedelta(seconds=2), stream="studio")
    assert '<li id="L1" class="ours" data-t="2.0 s">' in page(web, running).text


def test_cancelling_asks_once_more_and_then_stops(web, version):
    build = make_build(version, State.QUEUED)
    address = f"{build.get_absolute_url()}cancel/"
    assert "stays without an image" in web.get(address).text
    assert Build.objects.get().state == State.QUEUED
    assert web.post(address).url == build.get_absolute_url()
    assert Build.objects.get().state == State.CANCELLED


@pytest.mark.parametrize(("state", "when"), [(State.QUEUED, "was queued"), (State.RUNNING, "ran")])
def test_a_cancelled_build_says_who_cancelled_it_and_when(web, version, state, when):
    build = make_build(version, state)
    web.post(f"{build.get_absolute_url()}cancel/")
    if state == State.RUNNING:
        build.enter(State.CANCELLED)
    text = re.sub("<[^>]+>", "", page(web, build).text)
    assert f"Cancelled by alice just now, while it {when}." in text


def test_a_step_that_was_stopped_does_not_look_as_if_it_had_failed(web, running, now):
    add_lines(add_step(running, "RUN sleep 300", error="context canceled"), "sleeping")
    assert "Failed" in page(web, running).text
    Build.objects.update(cancel_requested_at=now)
    for _ in range(2):  # while it is stopped, and once it is
        answer = page(web, running)
        assert answer.context["step_states"] == ["stopped"]
        assert "Stopped here" in answer.text
        assert 'class="bad"' not in answer.text
        assert "Failed" not in answer.text
        running.enter(State.CANCELLED)


def test_a_build_that_has_ended_cannot_be_cancelled_any_more(web, version):
    build = make_build(version)
    assert web.get(f"{build.get_absolute_url()}cancel/").url == build.get_absolute_url()
    assert web.post(f"{build.get_absolute_url()}cancel/").url == build.get_absolute_url()
    assert Build.objects.get().state == State.SUCCEEDED


def test_a_retry_is_a_new_build_of_the_same_version(web, version):
    failed = make_build(version, State.FAILED, error="no")
    answer = web.post(f"{failed.get_absolute_url()}retry/")
    newest = version.builds.exclude(pk=failed.pk).get()
    assert answer.url == newest.get_absolute_url()
    assert newest.reason == Reason.RETRY


def test_the_head_of_a_retry_says_who_queued_it_and_once_it_runs_who_started_it(web, version, alice):
    build = make_build(version, State.QUEUED, reason=Reason.RETRY, requested_by=alice)
    assert "</a>, retry, queued by alice" in page(web, build).text
    assert build.claim("w")
    assert "</a>, retry, started by alice" in page(web, build).text


@pytest.mark.parametrize("first_ends", [False, True])
def test_a_second_click_on_retry_makes_no_second_build(web, version, first_ends):
    failed = request_build(version, by=None)
    failed.claim("gpu-a")
    failed.enter(State.FAILED, error="no")
    first = web.post(f"{failed.get_absolute_url()}retry/").url
    if first_ends:
        Build.objects.filter(state=State.QUEUED).update(state=State.CANCELLED, finished_at=failed.finished_at)
    assert web.post(f"{failed.get_absolute_url()}retry/").url == first
    assert version.builds.count() == 2


def test_a_retry_of_an_old_build_leads_to_the_newest_and_says_so(web, version):
    old, newest = make_build(version, State.FAILED), make_build(version, State.FAILED)
    answer = web.post(f"{old.get_absolute_url()}retry/", follow=True)
    assert answer.redirect_chain == [(newest.get_absolute_url(), 302)]
    assert f"came after build {old.number}" in answer.text


@pytest.mark.parametrize(
    ("state", "offered"), [(State.FAILED, True), (State.CANCELLED, True), (State.SUCCEEDED, False)]
)
def test_a_retry_is_offered_where_a_build_ended_badly(web, version, state, offered):
    build = make_build(version, state)
    assert (f'action="{build.get_absolute_url()}retry/"' in page(web, build).text) == offered


def test_a_build_without_an_image_cannot_become_current(web, version):
    failed = make_build(version, State.FAILED, error="no")
    answer = web.post(f"{failed.get_absolute_url()}make-current/", follow=True)
    assert "made no image" in answer.text


@pytest.mark.parametrize("verb", ["cancel", "retry", "make-current"])
def test_a_viewer_may_look_but_not_touch(client, running, bob, verb, plain_files):
    client.force_login(bob)
    assert client.get(running.get_absolute_url()).status_code == 200
    assert client.post(f"{running.get_absolute_url()}{verb}/").status_code == 403


@pytest.mark.parametrize("part", ["", "log/", "raw.txt", "cancel/"])
def test_an_outsider_finds_no_build(client, running, charlie, part, plain_files):
    client.force_login(charlie)
    assert client.get(f"{running.get_absolute_url()}{part}").status_code == 404


def test_a_build_lives_under_its_own_workspace_only(web, running):
    assert web.get(f"/w/curated/builds/{running.pk}/").status_code == 404


def test_the_list_can_be_narrowed_by_state(web, vision, version, running):
    make_build(make_version(vision, "other"), State.FAILED, error="no")
    assert [row["build"].state for row in web.get("/w/vision/builds/?state=failed").context["rows"]] == [State.FAILED]
    assert len(web.get("/w/vision/builds/?state=nonsense").context["rows"]) == 2


def test_a_row_of_the_list_asks_again_until_the_build_has_ended(web, running):
    address = f"/w/vision/builds/?row={running.pk}"
    assert "hx-get" in web.get(address, headers=HTMX).text
    running.enter(State.CANCELLED)
    assert "hx-get" not in web.get(address, headers=HTMX).text


@pytest.mark.parametrize("row", ["x", "00000000-0000-0000-0000-000000000000", "%00"])
def test_a_row_that_is_none_answers_404(web, vision, row):
    assert web.get(f"/w/vision/builds/?row={row}", headers=HTMX).status_code == 404


def test_more_steps_and_lines_ask_no_more(queries_of, running):
    add_lines(add_step(running), "a")
    before = queries_of(running.get_absolute_url())
    for number in range(30):
        add_lines(add_step(running, f"RUN {number}", done=True), *map(str, range(100)))
    assert queries_of(running.get_absolute_url()) == before <= 12


def test_a_long_list_of_builds_asks_no_more(queries_of, vision):
    make_build(make_version(vision, "train"), State.QUEUED)
    before = queries_of("/w/vision/builds/")
    for number in range(20):
        make_build(make_version(vision, f"env-{number}"), [State.QUEUED, State.SUCCEEDED][number % 2])
    assert queries_of("/w/vision/builds/") == before <= 18


def test_a_good_build_leads_to_what_changed(web, vision):
    first = make_version(vision, "train", "numpy")
    build = make_build(first)
    assert "See what changed" not in web.get(build.get_absolute_url()).text
    second = make_version(vision, "train", "numpy", "scipy", parent=first)
    page = web.get(make_build(second).get_absolute_url()).text
    assert "/compare/?from=vision/train%3A1&amp;to=vision/train%3A2" in page
    assert "See what changed</a> since v1" in page
    failed = make_build(second, State.FAILED)
    assert "See what changed" not in web.get(failed.get_absolute_url()).text
