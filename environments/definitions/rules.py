"""What is unwise in a definition that can be built: warnings and hints, each with its line and a remedy."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from itertools import islice

from environments.definitions import conda_rules, dockerfile_rules, image_rules, pip_rules
from environments.definitions.fixes import with_fixes
from environments.definitions.model import Definition, DefinitionError, Kind, Problem, Severity
from environments.definitions.secret_rules import find_secrets
from environments.definitions.subject import SOURCES, Subject

Rule = Callable[[Subject], Iterator[Problem]]

_RULES: Mapping[Kind, tuple[Rule, ...]] = {
    Kind.CONDA: (*image_rules.RULES, *conda_rules.RULES, *pip_rules.RULES),
    Kind.PIP: (*image_rules.RULES, *pip_rules.RULES),
    Kind.IMAGE: image_rules.RULES,
    Kind.CONTEXT: dockerfile_rules.RULES,
}
_ORDER = {Severity.ERROR: 0, Severity.WARNING: 1, Severity.HINT: 2}
MAX_FOUND = 200  # problems told
MAX_OF_ONE_RULE = 2_000  # problems asked of one, so that what blocks is found behind many others


def lint(definition: Definition, text: str = "") -> list[Problem]:
    """What to say about a definition, worst first, then by line: at most MAX_FOUND, with the edits that mend them.

    `text` is what the definition was read from (conda file, requirements or Dockerfile); without it problems carry no
    lines, and nothing is said of a Dockerfile. A text that cannot be read yields its errors.
    """
    return cut_and_mended(find_all(definition, text), definition.kind, text)


def find_all(definition: Definition, text: str = "") -> list[Problem]:
    """The same without end and without edits, for those who choose among them first."""
    try:
        subject = Subject.of(definition, text)
    except DefinitionError as error:
        return worst_first(error.problems)
    rules = (*_RULES[definition.kind], find_secrets, _windows)
    return worst_first(problem for rule in rules for problem in islice(rule(subject), MAX_OF_ONE_RULE))


def cut_and_mended(problems: Sequence[Problem], kind: Kind, text: str) -> list[Problem]:
    """The first MAX_FOUND problems, with the edits of the text that mend them."""
    return with_fixes(problems[:MAX_FOUND], {SOURCES[kind]: text} if text else {})


def worst_first(problems: Iterable[Problem]) -> list[Problem]:
    """Errors, warnings, hints; each by line."""
    return sorted(problems, key=lambda problem: (_ORDER[problem.severity], problem.line or 0, problem.code))


def _windows(subject: Subject) -> Iterator[Problem]:
    if subject.definition.os_type == "Windows":
        message = "This environment is for Windows, and the engines here build Linux images only."
        yield subject.tell("os-windows", message, "Choose Linux to build it here.")
