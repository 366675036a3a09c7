"""The page of a build that printed 100,000 lines costs what that of a short one costs, and so does each poll.

This is what makes the first paint and the answer to a poll as quick as `make bench-log` measures them.
"""

import re

import pytest

from environments.models import State
from environments.pages.logs import AT_FIRST, CHUNK
from tests.cast import add_lines, add_step, make_build, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.database]
LONG, SHORT = 100_000, 10_000
LINE = "x" * 87  # as long as those of the benchmark
HTMX = {"HX-Request": "true"}
MOST_LINES = (AT_FIRST + 1) * CHUNK  # the last ones, and those around a line that is asked for
MOST_BYTES = 600_000
MOST_STATEMENTS = 12


@pytest.fixture(params=["page", "all of the step", "a line", "poll", "poll far behind"])
def asked(request):
    """(what is asked for, how far the page is behind or None for a page that is loaded)."""
    queries = {"page": {}, "all of the step": {"all": 1}, "a line": {"line": SHORT // 2}}
    return queries.get(request.param), {"poll": 100, "poll far behind": SHORT - 1}.get(request.param)


@pytest.fixture
def answer_about(web, vision, reading, asked):
    """answer_about(lines): what is told of a step that printed so many, the statements that took and the rows read."""

    def answer_about(lines):
        build = make_build(make_version(vision, f"lines-{lines}"), State.RUNNING)
        step = add_step(build)
        for first in range(1, lines, CHUNK // 2):
            add_lines(step, *(f"{n} {LINE}" for n in range(first, first + CHUNK // 2)))
        query, behind = asked
        address, headers = build.get_absolute_url(), {}
        if query is None:
            shown = lines - behind
            query = {"after": shown, "lines": shown, "open": 1, "attempt": 1, "scale": 1000, "look": "running"}
            address, headers = f"{address}log/", HTMX
        answers = []
        read = reading(lambda: answers.append(web.get(address, query, headers=headers)))
        return answers[0].content, *read

    return answer_about


def lines_in(content):
    return len(re.findall(rb'<li id="L\d+"', content))


def test_an_answer_is_bounded_however_long_the_log_is(answer_about, asked):
    (_, few, rows_of_short), (text, statements, rows) = answer_about(SHORT), answer_about(LONG)
    assert 0 < lines_in(text) <= MOST_LINES
    assert len(text) <= MOST_BYTES
    assert statements == few <= MOST_STATEMENTS
    is_poll = asked[1] is not None
    assert rows == rows_of_short or not is_poll
