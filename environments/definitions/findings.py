"""Collects what is wrong with one text, so that a person hears of everything at once."""

from collections.abc import Iterable

from environments.definitions.model import DefinitionError, Problem, Severity
from environments.definitions.text import Mark

MAX_PROBLEMS = 50  # nobody reads more, and a hostile text could make thousands


class Findings:
    """The errors found so far in the text called `source`."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.problems: list[Problem] = []

    def error(self, mark: Mark | None, code: str, message: str, remedy: str = "") -> None:
        """Note one error at a place of the text (None: the text as a whole)."""
        line, column = mark or (None, None)
        self.add([Problem(code, Severity.ERROR, message, remedy, self.source, line, column)])

    def add(self, problems: Iterable[Problem]) -> None:
        """Take over problems found elsewhere."""
        room = MAX_PROBLEMS - len(self.problems)
        self.problems.extend(list(problems)[:room])

    def raise_if_any(self) -> None:
        """Raise DefinitionError with everything found, in the order of this text and then of others; or do nothing."""
        if self.problems:
            raise DefinitionError(*sorted(self.problems, key=self._place))

    def _place(self, problem: Problem) -> tuple[bool, bool, int, int]:
        return problem.source != self.source, problem.line is None, problem.line or 0, problem.column or 0


def refusal(source: str, mark: Mark | None, code: str, message: str, remedy: str = "") -> DefinitionError:
    """The exception for a single error after which reading on makes no sense."""
    findings = Findings(source)
    findings.error(mark, code, message, remedy)
    return DefinitionError(*findings.problems)
