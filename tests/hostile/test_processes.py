"""The worst of the corpus in processes of their own: a crash, a hang or a flood of memory is a failure, not the end."""

import json
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings

from tests.hostile.entry import Entry
from tests.hostile.reading import CORPUS

WORST = [
    "thirty thousand lists", "thirty thousand mappings", "thirty thousand questions", "closed again", "mixed",
    "bomb of aliases", "anchor within itself", "flat list", "a call", "brackets without end", "wheel of a million tags",
    "two hundred megabytes", "hundred thousand files", "nested", "any words", "thousands without an end", "folders",
    "a flag without end", "updates without end", "apt of apt", "quotes in a command",
]  # fmt: skip
ENTRIES = [entry for entry in CORPUS if entry.name in WORST]


@pytest.fixture(scope="module")
def answers() -> dict[str, Any]:
    """[exit code, answer] of each entry by its number."""
    numbers = [str(CORPUS.index(entry)) for entry in ENTRIES]
    command = [sys.executable, "-m", "tests.hostile.apart", *numbers]
    done = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, timeout=120, text=True, check=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize("entry", ENTRIES, ids=str)
def test_the_worst_neither_crash_nor_hang_nor_fill_a_process(entry: Entry, answers: dict[str, Any]) -> None:
    assert answers[str(CORPUS.index(entry))] == [0, [entry.code, entry.line]]


def test_the_crash_the_reader_guards_against_is_real() -> None:
    crash = "import yaml; yaml.load('[' * 30_000, Loader=yaml.CSafeLoader)"
    assert subprocess.run([sys.executable, "-c", crash], capture_output=True, timeout=60, check=False).returncode < 0
