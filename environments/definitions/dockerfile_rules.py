"""Lint rules for Dockerfiles."""

import re
from collections.abc import Iterator

from environments.definitions import run_rules
from environments.definitions.image_rules import image_problems
from environments.definitions.instructions import read_words
from environments.definitions.model import Problem
from environments.definitions.render import TOOLS
from environments.definitions.secrets import is_secret_name
from environments.definitions.subject import Subject

LARGE_DOCKERFILE = 100_000  # bytes; Azure ML refuses larger ones

_APT_INSTALL = re.compile(r"\bapt(?:-get)?\b[^&|;]{0,200}\binstall\b")


def check_bases(subject: Subject) -> Iterator[Problem]:
    for base in subject.dockerfile.bases if subject.dockerfile else ():
        if base.image != TOOLS:
            yield from image_problems(subject, base.image, base.line)


def check_apt(subject: Subject) -> Iterator[Problem]:
    for run in subject.instructions("RUN"):
        keeps_lists = "/var/lib/apt/lists" not in run.arguments
        if keeps_lists and _APT_INSTALL.search(run.arguments):
            message = "The package lists that apt downloads stay in the image."
            yield subject.tell("apt-lists", message, "End the line with && rm -rf /var/lib/apt/lists/*.", run.first)


def check_secret_names(subject: Subject) -> Iterator[Problem]:
    for instruction in (*subject.instructions("ARG"), *subject.instructions("ENV")):
        for word in read_words(instruction.arguments):
            name, has_value, _ = word.partition("=")
            if has_value and is_secret_name(name):
                message = (
                    f"“{name[:40]}” seems to hold a secret, and {instruction.keyword} stays readable in the image."
                )
                yield subject.tell(
                    "secret-variable", message, "Hand it over when the container starts.", instruction.first
                )


def check_build_args(subject: Subject) -> Iterator[Problem]:
    context = subject.definition.context
    if context is None or subject.dockerfile is None:
        return
    words = (word for found in subject.instructions("ARG") for word in read_words(found.arguments))
    declared = {word.partition("=")[0] for word in words}
    for name in context.args:
        if name not in declared:
            message = f"A build argument is given for {name}, but this file declares no ARG {name}."
            yield subject.tell("build-arg-undeclared", message, "Declare it, or leave the build argument out.")


def check_user(subject: Subject) -> Iterator[Problem]:
    last_from = max((found.first for found in subject.instructions("FROM")), default=0)
    users = [found for found in subject.instructions("USER") if found.first > last_from]
    if last_from and (not users or users[-1].arguments.split(":")[0] in {"root", "0"}):
        message = "The container will run as root, unless its base image names another user."
        yield subject.tell("root-user", message, "End with USER and a name.", users[-1].first if users else last_from)


def check_size(subject: Subject) -> Iterator[Problem]:
    if len(subject.text.encode()) > LARGE_DOCKERFILE:
        message = f"The Dockerfile is larger than {LARGE_DOCKERFILE // 1000} kB, which Azure ML would refuse."
        yield subject.tell("dockerfile-large", message, "Move scripts into files of the context.")


RULES = (check_bases, check_apt, check_secret_names, check_build_args, check_user, check_size, *run_rules.RULES)
