"""Build arguments: the values that ARGs of a Dockerfile take in place of their defaults."""

import re
from collections.abc import Mapping

from environments.definitions.findings import Findings
from environments.definitions.secrets import has_login, is_secret_name, is_secret_value
from environments.definitions.stages import MAX_ARGUMENT
from environments.definitions.text import Mark

SOURCE = "args"
MAX_ARGS = 50

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,99}")
# What BuildKit and its frontend take without an ARG, see “Predefined ARGs” in the Dockerfile reference: it can bring
# another frontend, lead through a proxy or change the platform.
_RESERVED = re.compile(
    r"BUILDKIT_.*|(TARGET|BUILD)(PLATFORM|OS|ARCH|VARIANT)|TARGETSTAGE|(HTTPS?|FTP|NO|ALL)_PROXY|SOURCE_DATE_EPOCH",
    re.IGNORECASE,
)


def check_build_args(args: Mapping[str, str], findings: Findings, marks: Mapping[str, Mark]) -> None:
    """Note what is wrong with build arguments; `marks` are the places of their names, where there are any."""
    if len(args) > MAX_ARGS:
        message = f"There are more than {MAX_ARGS} build arguments."
        findings.error(
            None, "build-arg-many", message, "Write defaults into the Dockerfile, or a file into the context."
        )
        return
    for name, value in args.items():
        _check(name, value, findings, marks.get(name))


def checked_build_args(args: Mapping[str, str]) -> Mapping[str, str]:
    """The same arguments. Raises DefinitionError with all that is wrong with them."""
    findings = Findings(SOURCE)
    check_build_args(args, findings, {})
    findings.raise_if_any()
    return args


def _check(name: str, value: str, findings: Findings, mark: Mark | None) -> None:
    if not _NAME.fullmatch(name):
        message = f"“{name[:40]}” cannot be the name of a build argument."
        findings.error(mark, "build-arg-name", message, "Use letters, digits and “_”, such as CUDA_VERSION.")
    elif _RESERVED.fullmatch(name):
        message = f"“{name[:40]}” means something to the builder itself."
        findings.error(mark, "build-arg-name", message, "Give the ARG of the Dockerfile another name.")
    elif is_secret_name(name) or is_secret_value(value) or has_login(value):
        message = f"“{name[:40]}” seems to hold a secret, and build arguments stay readable in the image."
        findings.error(mark, "build-arg-secret", message, "Hand it over when the container starts.")
    if len(value) > MAX_ARGUMENT or not value.isprintable():
        message = f"The value of “{name[:40]}” is longer than {MAX_ARGUMENT} characters, or not one line of text."
        findings.error(mark, "build-arg-value", message, "Put it into a file of the context.")
