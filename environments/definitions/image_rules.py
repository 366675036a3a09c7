"""Lint rules for base images."""

from collections.abc import Iterator

from environments.definitions.image_ages import end_of_life
from environments.definitions.images import split_image
from environments.definitions.model import DefinitionError, Problem
from environments.definitions.subject import Subject


def check_tag(subject: Subject) -> Iterator[Problem]:
    """Azure ML's checks of the base image's tag and digest."""
    yield from image_problems(subject, subject.definition.image)


def image_problems(subject: Subject, reference: str, line: int | str = "") -> Iterator[Problem]:
    """What is unwise about one image reference; nothing for one that cannot be read."""
    try:
        image = split_image(reference)
    except DefinitionError:
        return
    if since := end_of_life(image):
        message = f"“{reference[:80]}” gets no updates any more: {since}."
        yield subject.tell("image-end-of-life", message, "Move to a newer base image.", line)
    if image.digest:
        return
    remedy = "Name a version, such as python:3.11-slim; with @sha256:… it can never move."
    if not image.tag:
        yield subject.tell("image-no-tag", f"“{reference}” has no tag, so it means whatever is latest.", remedy, line)
    elif image.tag == "latest":
        message = f"“{reference}” moves whenever a new image is published."
        yield subject.tell("image-latest", message, remedy, line)
    else:
        message = f"“{reference}” is not pinned by digest; its publisher can move the tag."
        yield subject.tell("image-not-pinned", message, "The digest that is used is recorded with every build.", line)


RULES = (check_tag,)
