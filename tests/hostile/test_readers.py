"""Every hostile text and archive is refused with its code and line, or read to exactly what it says."""

from collections import Counter

import pytest

from environments.definitions.findings import MAX_PROBLEMS
from tests.hostile.entry import Entry
from tests.hostile.reading import CORPUS, read, read_typed
from tests.refusals import problems_of

SECRET = "hunter2"
LONGEST_SENTENCE = 800  # characters of a message, whatever stands in the text


def test_the_corpus_is_what_it_is_meant_to_be() -> None:
    assert len(CORPUS) >= 60
    assert len({(entry.kind, entry.name, entry.data) for entry in CORPUS}) == len(CORPUS)
    assert min(Counter(entry.kind for entry in CORPUS).values()) >= 10
    assert all(bool(entry.code) != (entry.reads is not None) for entry in CORPUS)


@pytest.mark.parametrize("entry", CORPUS, ids=str)
def test_it_is_refused_with_its_line_or_read_exactly(entry: Entry) -> None:
    problems = problems_of(read_typed, entry)
    if not entry.code:
        assert not problems
        assert read(entry) == entry.reads
        return
    assert (problems[0].code, problems[0].line) == (entry.code, entry.line)
    assert len(problems) <= MAX_PROBLEMS
    for problem in problems:
        assert problem.message.endswith(".")
        assert problem.remedy
        assert len(str(problem)) < LONGEST_SENTENCE
        assert SECRET not in f"{problem.message}{problem.remedy}"
