"""Text that looks like a secret. Definitions are stored for good and shown to everyone in the workspace."""

from collections.abc import Iterator

from environments.definitions.model import Problem
from environments.definitions.secrets import is_secret_value
from environments.definitions.subject import Subject


def find_secrets(subject: Subject) -> Iterator[Problem]:
    """A warning for each line that holds something in the shape of a known kind of token."""
    for number, line in enumerate(subject.text.split("\n"), start=1):
        if is_secret_value(line):
            message = "This line seems to hold a secret; definitions are kept for good and shown to others."
            yield subject.tell("secret", message, "Remove it, and have it replaced where it came from.", number)
