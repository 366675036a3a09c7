"""What a reader says against a text."""

from collections.abc import Callable

from environments.definitions.model import DefinitionError, Problem


def problems_of(read: Callable[..., object], *arguments: object) -> tuple[Problem, ...]:
    """The problems it refuses them for, () if it takes them. Every other exception is a fault and goes through."""
    try:
        read(*arguments)
    except DefinitionError as error:
        refusal = error
    else:
        return ()
    assert refusal.problems, "a refusal without a reason"
    return refusal.problems


def refusal_of(read: Callable[..., object], *arguments: object) -> Problem:
    """The first problem it refuses them for."""
    problems = problems_of(read, *arguments)
    assert problems, "it was taken"
    return problems[0]
