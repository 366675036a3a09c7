"""What is unwise in a definition that can be built: warnings and hints, each with its line and a remedy."""

from collections.abc import Callable, Iterable, Iterator, Mapping
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
MAX_FOUND = 200  # problems told, and problems any single rule is asked for


def lint(definition: Definition, text: str = "") -> list[Problem]:
    """Everything to say about a definition, worst first, then by line.

    `text` is what the definition was read from (conda file, requirements or Dockerfile); without it problems carry no
    lines, and nothing is said of a Dockerfile. A text that cannot be read yields its errors.
    """
    try:
        subject = Subject.of(definition, text)
    except DefinitionError as error:
        found = list(error.problems)
    else:
        rules = (*_RULES[definition.kind], find_secrets, _windows)
        found = [problem for rule in rules for problem in islice(rule(subject), MAX_FOUND)]
    return with_fixes(worst_first(found)[:MAX_FOUND], {SOURCES[definition.kind]: text} if text else {})


def worst_first(problems: Iterable[Problem]) -> list[Problem]:
    """Errors, warnings, hints; each by line."""
    return sorted(problems, key=lambda problem: (_ORDER[problem.severity], problem.line or 0, problem.code))


def _windows(subject: Subject) -> Iterator[Problem]:
    if subject.definition.os_type == "Windows":
        message = "This environment is for Windows, and the engines here build Linux images only."
        yield subject.tell("os-windows", message, "Choose Linux to build it here.")
