"""What one entry of the catalogue says."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import partial

from environments.definitions.model import Severity


class Topic(StrEnum):
    """What a problem is about, in the order of the documentation."""

    ENVIRONMENT = "Environment files and names"
    TEXT = "Text and YAML"
    IMAGE = "Base images"
    CONDA = "Conda files"
    PIP = "pip requirements"
    DOCKERFILE = "Dockerfiles"
    CONTEXT = "Build contexts and uploads"
    SECRETS = "Secrets"
    BUILD = "What builds run into"


@dataclass(frozen=True, slots=True)
class Entry:
    """One kind of problem: why it matters, what to do in general, and a text that has it beside one that has not."""

    code: str
    title: str
    why: str
    remedy: str
    bad: str
    good: str
    topic: Topic
    severity: Severity


Make = Callable[[str, str, str, str, str, str], Entry]


def makers(topic: Topic) -> tuple[Make, Make, Make]:
    """Functions that make the errors, warnings and hints of a topic from (code, title, why, remedy, bad, good)."""
    error, warning, hint = (partial(Entry, topic=topic, severity=severity) for severity in Severity)
    return error, warning, hint
