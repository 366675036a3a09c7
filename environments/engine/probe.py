"""Asks an image about itself: which Python and libc, by a program run in a locked-down container of it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

from environments.engine import inside
from environments.engine.archives import held, read_one
from environments.engine.client import Address, connected
from environments.engine.protocol import ImageInfo, Probe
from environments.engine.run import run_locked_down

SECONDS = 60.0
ANSWER_BYTES = 4_000_000
SMALL_FILE_BYTES = 100_000
NAME_LENGTH = 200
_PROGRAM = Path(inside.__file__).read_text(encoding="utf-8")


@dataclass(frozen=True, slots=True)
class Answer:
    """What the image's Python said. packages: (name, version, installer). The image may lie: it is only shown."""

    python: str
    executable: str
    glibc: str
    packages: tuple[tuple[str, str, str], ...]


def ask_python(address: Address, image_id: str) -> Answer | None:
    """The answer of the image's `python3`, or else its `python`; None if it has neither."""
    answers = (_ask(address, image_id, name) for name in ("python3", "python"))
    return next((answer for answer in answers if answer is not None), None)


def probe(address: Address, image: ImageInfo) -> Probe:
    """Python and libc of an image; "" for what it does not have."""
    answer = ask_python(address, image.image_id)
    return Probe(
        python=answer.python if answer else "",
        python_path=answer.executable if answer else "",
        glibc=answer.glibc if answer else _glibc(address, image.image_id),
        architecture=image.architecture,
        system=_system(address, image.image_id),
    )


def _ask(address: Address, image_id: str, python: str) -> Answer | None:
    try:
        result = run_locked_down(
            address, image_id, [python, "-c", _PROGRAM], timeout=SECONDS, max_bytes=ANSWER_BYTES, errors=False
        )
        return read_answer(result.output) if result.exit_code == 0 else None
    except TimeoutError:
        return None


def read_answer(text: str) -> Answer | None:
    """The last line of what the program printed; None if it is not what our program prints."""
    try:
        value = json.loads(text.strip().rpartition("\n")[2])
        packages = tuple((name, version, installer) for name, version, installer in value["packages"])
        answer = Answer(value["python"], value["executable"] or "", value["glibc"], packages)
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    own = [answer.python, answer.executable, answer.glibc]
    return answer if _all_short([*own, *chain.from_iterable(packages)]) and "".join(own).isprintable() else None


def _all_short(values: Sequence[object]) -> bool:
    return all(isinstance(value, str) and len(value) <= NAME_LENGTH for value in values)


def _glibc(address: Address, image_id: str) -> str:
    try:
        result = run_locked_down(address, image_id, ["getconf", "GNU_LIBC_VERSION"], timeout=SECONDS, errors=False)
    except TimeoutError:
        return ""
    name, _, version = result.output.strip()[:NAME_LENGTH].partition(" ")
    return version if result.exit_code == 0 and name == "glibc" else ""


def _system(address: Address, image_id: str) -> str:
    """The PRETTY_NAME of /etc/os-release, see os-release(5)."""
    with connected(address) as client, held(client, image_id) as container:
        try:
            text = read_one(client, container, "/etc/os-release", SMALL_FILE_BYTES).decode("utf-8", "replace")
        except (FileNotFoundError, ValueError):
            return ""
    values = dict(line.split("=", 1) for line in text.splitlines() if "=" in line)
    name = values.get("PRETTY_NAME", "").strip("\"'")[:NAME_LENGTH]
    return name if name.isprintable() else ""
