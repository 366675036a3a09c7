"""A second opinion on Dockerfiles: the program hadolint, run on the text alone, with nothing of ours around it."""

import json
import subprocess
import sysconfig
import tempfile
from collections.abc import Iterable
from pathlib import Path
from threading import Timer
from typing import TypedDict

from environments.definitions.catalogue import CATALOGUE, FAMILY
from environments.definitions.instructions import SOURCE
from environments.definitions.model import Problem, Severity

SECONDS = 2.0
MAX_TEXT = 100_000  # bytes; hadolint's work grows faster than the text
MAX_ANSWER = 1_000_000  # bytes
MAX_MESSAGE = 300  # characters
PROGRAM = Path(sysconfig.get_path("scripts")) / FAMILY  # where its wheel puts it, whatever PATH says
# A configuration that changes nothing, named: otherwise it looks for one in the folders of its user.
CONFIGURATION = Path(__file__).with_name("hadolint.yaml")
COMMAND = ("--no-fail", "--no-color", "--format", "json", "--config", str(CONFIGURATION), "-")

_SEVERITIES = {"error": Severity.WARNING, "warning": Severity.WARNING}
# What our own rules say of the same line, or (None) of the whole file.
_SAID = {
    "DL3002": "root-user",
    "DL3006": "image-no-tag",
    "DL3007": "image-latest",
    "DL3009": "apt-lists",
    "DL3020": "dockerfile-add",
    "DL3064": "secret-variable",
    "DL3005": "upgrade-all",
    "DL3017": "upgrade-all",
}
_WHOLE_FILE = frozenset({"root-user", "apt-lists"})
SILENCE = "second-opinion-missing"
_MISSING = CATALOGUE[SILENCE]


class Finding(TypedDict):
    """What hadolint says of one line (0: of the whole file)."""

    code: str
    level: str
    line: int
    message: str


def second_opinion(text: str, said: Iterable[Problem] = ()) -> list[Problem]:
    """hadolint's findings that are not `said` already; a single hint if it cannot be asked or does not answer."""
    ours = {(problem.code, _where(problem.code, problem.line)) for problem in said}
    answer = ask(text)
    if answer is None:
        message = "The second opinion of hadolint on this Dockerfile is missing; everything else was checked."
        return [Problem(_MISSING.code, _MISSING.severity, message, _MISSING.remedy, SOURCE)]
    return [
        _problem(found)
        for found in answer
        if (code := _SAID.get(found["code"])) is None or (code, _where(code, found["line"])) not in ours
    ]


def ask(text: str) -> list[Finding] | None:
    """What hadolint answers, None if it does not (missing, too slow, too long an answer, or none it can read)."""
    data = text.encode()
    if len(data) > MAX_TEXT:
        return None
    try:
        found = json.loads(_run(data))
    except (OSError, ValueError):
        return None
    return found if isinstance(found, list) else None


def _run(data: bytes) -> bytes:
    """Its answer, cut off where it is too long or comes too late. Raises OSError if it cannot be started."""
    with tempfile.TemporaryFile() as source:
        source.write(data)
        source.seek(0)
        process = subprocess.Popen(
            [str(PROGRAM), *COMMAND], stdin=source, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env={}, cwd="/"
        )
        timer = Timer(SECONDS, process.kill)
        timer.start()
        try:
            return process.stdout.read(MAX_ANSWER + 1) if process.stdout else b""
        finally:
            timer.cancel()
            process.kill()
            process.communicate()


def _where(code: str, line: object) -> object:
    return None if code in _WHOLE_FILE else line


def _problem(found: Finding) -> Problem:
    severity = _SEVERITIES.get(found["level"], Severity.HINT)
    message = found["message"][:MAX_MESSAGE].rstrip(".") + "."
    line = found["line"] if found["line"] > 0 else None
    return Problem(f"{FAMILY}-{found['code']}", severity, message, "", SOURCE, line, 1 if line else None)
