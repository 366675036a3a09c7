"""Problems as cards of a page: hints of one kind are told once, with all their places. Pure."""

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from environments.definitions.catalogue import entry_of
from environments.definitions.model import Problem, Severity
from environments.display import words

_QUOTED = re.compile("“([^“”]+)”")


@dataclass(frozen=True, slots=True)
class Place:
    """One of several hints told together: what it is about, "" if its sentence quotes nothing, and its line."""

    name: str
    line: int | None


def gathered(problems: Iterable[Problem]) -> list[tuple[Problem, list[Place]]]:
    """The problems in their order. Hints that differ only in what they are about are one, with their Places.

    What blocks, and what offers an edit of its own, stays alone; a problem that stands alone has no Places.
    """
    every = list(problems)
    alike: dict[str, list[Problem]] = defaultdict(list)
    for found in every:
        if found.severity == Severity.HINT and not found.blocking and not found.fix:
            alike[found.code].append(found)
    cards: list[tuple[Problem, list[Place]]] = []
    for found in every:
        group = alike[found.code] if found in alike[found.code] else []
        if len(group) < 2:
            cards.append((found, []))
        elif found is group[0]:
            cards.append((_together(group), [Place(_name(one), one.line) for one in group]))
    return cards


def _together(group: Sequence[Problem]) -> Problem:
    first, entry = group[0], entry_of(group[0].code)
    title = words.SAID_TOGETHER.get(first.code, "{count} times: " + (entry.title if entry else first.code))
    message = title.format(count=len(group)) + ":"
    return replace(first, message=message, remedy=entry.remedy if entry else first.remedy, line=None, column=None)


def _name(problem: Problem) -> str:
    found = _QUOTED.search(problem.message)
    return found[1] if found else ""
