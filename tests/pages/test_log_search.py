"""Looking for a text in the log of a build: every line that holds it, in its surroundings, whatever it is made of."""

import re

import pytest

from environments.models import Build, State
from tests.cast import add_lines, add_step, make_build, make_version

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def build(vision):
    return make_build(make_version(vision, "train"), State.RUNNING)


@pytest.fixture
def find(web, build):
    """find(text, ...): the page of the results."""
    return lambda text, **more: web.get(build.get_absolute_url(), {"q": text} | more)


def matches(answer):
    return [line.n for step in answer.context["found"] for block in step.blocks for line in block if line.place]


def shown(answer):
    return [[line.n for line in block] for step in answer.context["found"] for block in step.blocks]


def test_matches_come_with_two_lines_around_them_and_near_ones_together(find, build):
    add_lines(add_step(build), *(f"line {n}{' here' * (n in (5, 8, 20))}" for n in range(1, 31)))
    answer = find("here")
    assert matches(answer) == [5, 8, 20]
    assert shown(answer) == [[3, 4, 5, 6, 7, 8, 9, 10], [18, 19, 20, 21, 22]]
    assert "3 lines found" in answer.text


def test_each_match_leads_to_the_next_also_in_another_step(find, build):
    add_lines(add_step(build), "here", "nothing", "here")
    add_lines(add_step(build), "here")
    text = find("here").text
    assert re.findall(r'href="(#L\d)" aria-label="To the next match', text) == ["#L3", "#L4"]
    assert re.findall(r'href="(#L\d)" aria-label="To the previous match', text) == ["#L1", "#L3"]
    assert 'href="?line=3#L3"' in text


def test_the_last_match_of_a_page_leads_to_the_next_page_and_back(find, build):
    add_lines(add_step(build), *["Here & there"] * 101)
    more = re.compile(r'href="(\?[^"]+)" aria-label="To the (next|previous) match, line (\d+)"')
    first, second = find("Here &", case="on"), find("Here &", case="on", page=2)
    assert more.findall(first.text) == [("?q=Here+%26&amp;case=on&amp;page=2#L101", "next", "101")]
    assert more.findall(second.text) == [("?q=Here+%26&amp;case=on&amp;page=1#L100", "previous", "100")]


def test_steps_are_told_apart_with_their_counts(find, build):
    add_lines(add_step(build, "RUN one"), "here")
    add_lines(add_step(build, "RUN two"), "here", "here")
    found = find("here").context["found"]
    assert [(step.number, step.step.name, step.count) for step in found] == [("1", "RUN one", 1), ("2", "RUN two", 2)]


def test_surroundings_may_lie_in_another_piece_but_not_in_another_step(find, build):
    one, other = add_step(build), add_step(build)
    add_lines(one, "a", "b")
    add_lines(one, "here")
    add_lines(other, "of the other")
    add_lines(one, "c")
    assert shown(find("here")) == [[1, 2, 3], [5]]


@pytest.mark.parametrize("text", ["[.*", "a|b", "(", "\\d", "100%", "<b>", "é", "' OR 1=1", "\\", "ключ", "$", "a  b"])
def test_a_query_is_plain_text(find, build, text):
    add_lines(add_step(build), "digits 123 ab", f"before {text} after")
    answer = find(text)
    assert matches(answer) == [2]
    assert "<b>" not in answer.text


def test_case_counts_only_if_asked(find, build):
    add_lines(add_step(build), "Error", "error", "ERROR")
    assert matches(find("error")) == [1, 2, 3]
    assert matches(find("error", case="on")) == [2]


def test_what_is_looked_for_is_what_the_page_shows(find, build):
    add_lines(add_step(build), "\x1b[31mERR\x1b[0mOR", "1 %\r100 %", "safe\u202egnp.exe")
    assert matches(find("error")) == [1]
    assert matches(find("1 %")) == []
    assert matches(find("100 %")) == [2]
    assert "⟨U+202E⟩" in find("safe").text
    assert "<mark>ERROR</mark>" in find("error").text


def test_what_is_printed_and_what_is_asked_is_never_markup(find, build):
    add_lines(add_step(build), '<script>alert(1)</script> "quoted"')
    assert "<script>alert" not in find("<script>alert").text
    assert "<mark>&lt;script&gt;</mark>" in find("<script>").text
    assert 'value="&quot;&gt;&lt;script&gt;"' in find('"><script>').text


def test_nothing_found_says_so(find, build):
    add_lines(add_step(build), "a")
    text = find("no such thing").text
    assert "Nothing found" in text
    assert "No line of this log holds <q>no such thing</q>" in text


@pytest.mark.parametrize("text", ["", "   ", "\0"])
def test_no_query_is_the_page_itself(find, build, text):
    add_lines(add_step(build), "a")
    assert 'id="step-list"' in find(text).text


def test_many_matches_come_in_pages_that_reach_all(find, build):
    step = add_step(build)
    for start in range(0, 1_000, 250):
        add_lines(step, *(f"here {n}" for n in range(start, start + 250)))
    assert "1,000 lines found" in find("here").text
    assert [n for page in range(1, 11) for n in matches(find("here", page=page))] == list(range(1, 1_001))


def test_lines_of_a_lost_attempt_are_found_as_well(find, build):
    add_lines(add_step(build, "RUN lost"), "here")
    Build.objects.update(attempt=2)
    add_lines(add_step(build, "RUN again", attempt=2), "here")
    assert [step.number for step in find("here").context["found"]] == ["1", "1.1"]


def test_more_matches_ask_the_database_no_more(queries_of, build):
    add_lines(add_step(build), "here")
    address = f"{build.get_absolute_url()}?q=here"
    before = queries_of(address)
    for _ in range(20):
        add_lines(add_step(build), *["here"] * 5)
    assert queries_of(address) <= before + 2 * 20
