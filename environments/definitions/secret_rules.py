"""Text that looks like a secret. Definitions are stored for good and shown to everyone in the workspace."""

import re
from collections.abc import Iterator

from environments.definitions.model import Problem
from environments.definitions.subject import Subject

# The published shapes of tokens, each of fixed length or with a bounded tail.
_SHAPES = re.compile(
    r"gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,90}|AKIA[0-9A-Z]{16}|xox[abprs]-[A-Za-z0-9-]{10,80}"
    r"|glpat-[A-Za-z0-9_-]{20}|hf_[A-Za-z0-9]{34}|pypi-AgEI[A-Za-z0-9_-]{20,200}|-----BEGIN [A-Z ]{0,20}PRIVATE KEY"
)


def find_secrets(subject: Subject) -> Iterator[Problem]:
    """A warning for each line that holds something in the shape of a known kind of token."""
    for number, line in enumerate(subject.text.split("\n"), start=1):
        if _SHAPES.search(line):
            message = "This line seems to hold a secret; definitions are kept for good and shown to others."
            yield subject.tell("secret", message, "Remove it, and have it replaced where it came from.", number)
