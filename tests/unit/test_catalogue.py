"""One catalogue: nothing is told that it does not explain, and it explains nothing that is never told."""

import re

import pytest

from environments.definitions.catalogue import CATALOGUE, ENTRIES, FAMILY, Entry, entry_of
from environments.definitions.levels import SETTABLE
from environments.definitions.model import Severity
from environments.hadolint import PROGRAM
from tests.unit.codes import used_codes

GIVEN_BY_NAME = {FAMILY, "second-opinion-missing"}  # made from the catalogue's own entries, in hadolint.py
ENTRY = """    error(
        "{code}", "Title", "Why it matters.", "What to do.", "bad", "good",
    ),"""


def test_every_code_that_is_told_is_explained() -> None:
    missing = {
        pattern: path
        for pattern, path in used_codes().items()
        if not any(re.fullmatch(pattern, code) for code in CATALOGUE)
    }
    entries = "\n".join(f"# told in {path}\n{ENTRY.format(code=code)}" for code, path in missing.items())
    assert not missing, (
        "The catalogue lacks codes. Put this, filled in, into the module of its topic in "
        f"environments/definitions/catalogue/ (error, warning or hint):\n{entries}"
    )


def test_every_entry_is_told_somewhere() -> None:
    patterns = list(used_codes())
    unused = {code for code in CATALOGUE if not any(re.fullmatch(pattern, code) for pattern in patterns)}
    assert unused - GIVEN_BY_NAME == set(), "Nobody gives these codes any more: remove their entries."


def test_the_walk_finds_codes_of_every_shape() -> None:
    assert {"pip\\-single\\-equals", "unpinned", "zip\\-bomb", "context\\-missing", "port"} <= used_codes().keys()
    assert any(re.fullmatch(pattern, "dockerfile-network") for pattern in used_codes())


def test_no_code_has_two_entries() -> None:
    assert len(ENTRIES) == len(CATALOGUE)


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.code)
def test_every_entry_says_everything(entry: Entry) -> None:
    assert re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", entry.code)
    assert entry.bad.strip() != entry.good.strip()
    assert entry.title == entry.title.rstrip(".")
    assert all(sentence.endswith(".") for sentence in (entry.why, entry.remedy))


def test_only_what_can_be_built_somewhere_can_be_turned_off() -> None:
    assert {CATALOGUE[code].severity for code in SETTABLE} == {Severity.WARNING, Severity.HINT}
    assert len(SETTABLE) == sum(entry.severity != Severity.ERROR for entry in ENTRIES)


def test_the_codes_of_hadolint_share_one_entry() -> None:
    assert entry_of("hadolint-DL3008") is CATALOGUE[FAMILY]
    assert entry_of("hadolint-SC2086") is CATALOGUE[FAMILY]
    assert [entry_of(code) for code in ("nonsense", "hadolint-nonsense", "hadolint-DL3008-x")] == [None] * 3
    assert PROGRAM.name == FAMILY
