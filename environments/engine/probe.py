"""Asks the Python of an image about itself, by a program run in a locked-down container of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from environments.engine import inside
from environments.engine.client import Address
from environments.engine.run import run_locked_down

SECONDS = 60.0
ANSWER_BYTES = 16_000_000
NAME_LENGTH = 200
_PROGRAM = Path(inside.__file__).read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Distribution:
    """One distribution as its metadata has it: requirements are lines, `direct_url` is JSON (PEP 610) or ""."""

    name: str
    version: str
    installer: str = ""
    requirements: tuple[str, ...] = ()
    direct_url: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the image's Python said. The image may lie: it is only shown."""

    python: str
    executable: str
    glibc: str
    distributions: tuple[Distribution, ...]
    markers: Mapping[str, str]


def ask_python(address: Address, image_id: str, python: str) -> Answer | None:
    """The answer of the image's `python`, None if it cannot be run. Raises TimeoutError."""
    result = run_locked_down(
        address, image_id, [python, "-c", _PROGRAM], timeout=SECONDS, max_bytes=ANSWER_BYTES, errors=False
    )
    return read_answer(result.output) if result.exit_code == 0 else None


def read_answer(text: str) -> Answer | None:
    """The last line of what the program printed; None if it is not what our program prints."""
    try:
        value = json.loads(text.strip().rpartition("\n")[2])
        found = tuple(
            Distribution(name, version, installer, tuple(requirements), direct_url)
            for name, version, installer, requirements, direct_url in value["packages"]
        )
        markers = dict(value["markers"])
        answer = Answer(value["python"], value["executable"] or "", value["glibc"], found, markers)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return answer if _sound(answer) else None


def _sound(answer: Answer) -> bool:
    own = [answer.python, answer.executable, answer.glibc, *chain.from_iterable(answer.markers.items())]
    names = [value for found in answer.distributions for value in (found.name, found.version, found.installer)]
    texts = [text for found in answer.distributions for text in (*found.requirements, found.direct_url)]
    return (
        all(isinstance(value, str) for value in (*own, *names, *texts))
        and all(len(value) <= NAME_LENGTH for value in (*own, *names))
        and "".join(own).isprintable()
    )
