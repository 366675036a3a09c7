"""Problems as cards: hints of one kind are one card."""

from environments.definitions.model import Fix, Problem, Severity
from environments.display.gathering import Place, gathered


def unpinned(name, line, severity=Severity.HINT, **facts):
    return Problem("unpinned", severity, f"“{name}” has no version.", f"Write {name}==…", "x", line, **facts)


def test_hints_of_one_kind_are_one_card_with_all_their_places():
    other = Problem("root-user", Severity.HINT, "The container will run as root.")
    [(card, places), (alone, none)] = gathered([unpinned("numpy", 1), other, unpinned("scipy", 3)])
    assert (card.message, card.remedy, card.line) == (
        "2 packages are not pinned:",
        "Write the version you have tested.",
        None,
    )
    assert places == [Place("numpy", 1), Place("scipy", 3)]
    assert (alone, none) == (other, [])


def test_one_hint_alone_stays_as_it_is():
    assert gathered([unpinned("numpy", 1)]) == [(unpinned("numpy", 1), [])]


def test_what_blocks_or_offers_an_edit_or_is_worse_than_a_hint_stays_alone():
    fix = Fix("Write numpy==2", 1, 1, 1, 1, "==2")
    problems = [
        *(unpinned(name, 1, fix=fix) for name in "ab"),
        *(unpinned(name, 2, blocking=True) for name in "cd"),
        *(unpinned(name, 3, Severity.WARNING) for name in "ef"),
    ]
    assert gathered(problems) == [(problem, []) for problem in problems]


def test_a_kind_without_a_sentence_of_its_own_is_called_by_its_title():
    lists = [Problem("apt-lists", Severity.HINT, "The lists stay in the image.", line=line) for line in (2, 5)]
    [(card, places)] = gathered(lists)
    assert card.message == "2 times: apt's package lists stay in the image:"
    assert places == [Place("", 2), Place("", 5)]
