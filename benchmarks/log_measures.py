"""What `make bench-log` measures, beside a server that runs. Medians of five runs, in milliseconds."""

import os
import re
import shutil
import statistics
import time
from html import unescape

from django.conf import settings
from django.test import Client
from playwright.sync_api import sync_playwright

from environments.builder.masking import Mask
from environments.builder.recorder import Recorder
from environments.engine.protocol import Output, Step
from environments.models import State
from environments.services.setup import ensure_workspaces
from tests.cast import make_build, make_user, make_version, make_workspace
from tests.waiting import wait_for

LONG, SHORT = 100_000, 1_000
RUNS = 5
PER_SECOND, SECONDS = 10_000, 10
TICKS = 20  # a second, at which the printing step hands out lines
EVENT = 4_096  # characters the engine hands out at once
QUERIES = {
    "page": "",
    "all of the step": "?all=1",
    "one line": "?line=501",
    "search, one hit": "?q=line+000500",
    "search, all hit": "?q=line",
    "search, none": "?q=nowhere",
}
HTMX = {"HX-Request": "true"}
BROWSER = [
    "--no-sandbox",
    "--disable-gpu",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-dev-shm-usage",
]
WATCH_MAIN_THREAD = """
window.tasks = [];
new PerformanceObserver(list => window.tasks.push(...list.getEntries().map(task => task.duration)))
  .observe({type: "longtask", buffered: true});
"""
FIRST_PAINT = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
LINES_SHOWN = "document.querySelectorAll('#log li[id^=L]').length"


def main() -> None:
    """Print every measure, and check that no line is missing anywhere."""
    ensure_workspaces()
    alice = make_user("alice")
    workspace = make_workspace("bench", editor=alice)
    builds = {lines: make_build(make_version(workspace, f"lines-{lines}"), State.RUNNING) for lines in (LONG, SHORT)}
    for lines, build in builds.items():
        _record(build, lines)
    client = Client(HTTP_HOST="127.0.0.1")
    client.force_login(alice)
    addresses = {lines: build.get_absolute_url() for lines, build in builds.items()}
    _measure_answers(client, addresses)
    _check_that_all_is_there(client, addresses[LONG])
    live = make_build(make_version(workspace, "live"), State.RUNNING)
    with sync_playwright() as playwright:
        path = os.environ.get("STUDIO_TEST_CHROMIUM") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=BROWSER)
        context = browser.new_context(base_url=f"http://127.0.0.1:{settings.STUDIO_PORT}")
        cookie = client.cookies[settings.SESSION_COOKIE_NAME]
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "domain": "127.0.0.1", "path": "/"}])
        _measure_paint(context, addresses)
        _measure_following(context, live)
        browser.close()


def _text(first, lines):
    return "".join(
        f"line {n:06d} {'of what a build printed, with words enough to make it long ':.<87}\n"
        for n in range(first, first + lines)
    )


def _say(recorder, text):
    for start in range(0, len(text), EVENT):
        recorder.event(Output(step="run", stream="stdout", text=text[start : start + EVENT], time=time.time()))


def _begin(build):
    recorder = Recorder(build, Mask([settings.SECRET_KEY]))
    recorder.event(Step(key="run", name="RUN print much", kind="run", started=time.time()))
    return recorder


def _record(build, lines):
    recorder = _begin(build)
    text = _text(1, lines)
    began = time.perf_counter()
    _say(recorder, text)
    recorder.event(Step(key="run", name="RUN print much", kind="run", started=1.0, completed=2.0))
    recorder.finish()
    seconds = time.perf_counter() - began
    build.enter(State.CANCELLED)
    rate = f"{len(text) / 1e6:5.1f} MB  {lines / seconds:9,.0f} lines/s"
    print(f"written down        {lines:7,} lines  {rate}  {build.log.count()} rows")


def _ask(client, address, **headers):
    """(median milliseconds, bytes) of the answer to one address."""
    times = []
    for _ in range(RUNS):
        began = time.perf_counter()
        answer = client.get(address, **headers)
        times.append((time.perf_counter() - began) * 1_000)
    return statistics.median(times), len(answer.content)


def _measure_answers(client, addresses):
    print("\nserver               lines      ms        kB")
    for name, query in QUERIES.items():
        for lines, address in addresses.items():
            milliseconds, size = _ask(client, f"{address}{query}")
            print(f"{name:18} {lines:7,} {milliseconds:7.0f} {size / 1e3:9.0f}")
    for name, after in {"news, 1 s behind": LONG - 1_000, "news, far behind": 1}.items():
        query = f"log/?after={after}&lines={after}&open=1&attempt=1&scale=0&look=running"
        milliseconds, size = _ask(client, f"{addresses[LONG]}{query}", headers=HTMX)
        print(f"{name:18} {LONG:7,} {milliseconds:7.0f} {size / 1e3:9.0f}")


def _check_that_all_is_there(client, address):
    raw = b"".join(client.get(f"{address}raw.txt").streaming_content).decode()
    assert raw == _text(1, LONG)
    text = client.get(f"{address}?all=1").text
    walked = []
    for number, chunk in re.findall(r'<li id="L(\d+)"|class="later" hx-get="([^"]+)"', text):
        walked += [number] if number else re.findall(r'<li id="L(\d+)"', client.get(unescape(chunk), headers=HTMX).text)
    assert list(map(int, walked)) == list(range(1, LONG + 1))
    print(f"\nraw and all chunks hold each of {LONG:,} lines once, in order")


def _measure_paint(context, addresses):
    """Pages of both lengths in turn, each in a page of its own."""
    print("\nfirst paint          lines      ms  lines in the page")
    for name, query in {"page": "", "all of the step": "?all=1"}.items():
        times = {lines: [] for lines in addresses}
        for _ in range(RUNS + 1):  # the first one fills the cache
            for lines, address in addresses.items():
                page = context.new_page()
                page.goto(f"{address}{query}")
                page.wait_for_function("performance.getEntriesByName('first-contentful-paint').length")
                times[lines].append(page.evaluate(FIRST_PAINT))
                shown = page.evaluate(LINES_SHOWN)
                page.close()
                if len(times[lines]) == RUNS + 1:
                    print(f"{name:18} {lines:7,} {statistics.median(times[lines][1:]):7.0f} {shown:7,}")
        long, short = (statistics.median(times[lines][1:]) for lines in (LONG, SHORT))
        print(f"{'':18}   ratio {long / short:7.2f}")


def _measure_following(context, build):
    """Print for ten seconds while a page follows, without waiting for it."""
    recorder = _begin(build)
    _say(recorder, _text(1, 1))
    recorder.flush()
    page = context.new_page()
    page.add_init_script(WATCH_MAIN_THREAD)
    answers = []
    page.on("response", lambda answer: answers.append(answer) if "/log/?" in answer.url else None)
    page.goto(build.get_absolute_url())
    began, most, behind = time.monotonic(), 0, []
    for tick in range(1, SECONDS * TICKS + 1):
        _say(recorder, _text(2 + (tick - 1) * PER_SECOND // TICKS, PER_SECOND // TICKS))
        if tick % TICKS == 0:
            shown = page.evaluate("Number(document.querySelector('#log-1 ol:last-child li:last-child').id.slice(1))")
            behind.append((1 + tick * PER_SECOND // TICKS - shown) / PER_SECOND)
            most = max(most, page.evaluate(LINES_SHOWN))
        page.wait_for_timeout(max(began + tick / TICKS - time.monotonic(), 0) * 1_000)
    late = time.monotonic() - began - SECONDS
    recorder.finish()
    build.refresh_from_db()
    build.enter(State.CANCELLED)
    wait_for(lambda: page.locator(f"#L{build.line_count}").count(), "the last line to be shown", seconds=30)
    sizes = [len(answer.body()) for answer in answers]
    times = [answer.request.timing["responseEnd"] for answer in answers]
    tasks = page.evaluate("window.tasks")
    print(f"\nfollowed, {PER_SECOND:,} lines a second for {SECONDS} s ({late:.1f} s late)")
    size, milliseconds = statistics.median(sizes) / 1e3, statistics.median(times)
    print(f"  answers           {len(answers)}, {size:.0f} kB, {milliseconds:.0f} ms each")
    print(f"  page behind       {statistics.median(behind):.1f} s, at most {max(behind):.1f} s")
    print(f"  lines in the page at most {most:,}")
    spent = f"together {sum(tasks):.0f} ms, longest {max(tasks, default=0):.0f} ms"
    print(f"  main thread       {len(tasks)} tasks over 50 ms, {spent}")
