"""No regular expression of the project can be kept busy by a long string."""

import subprocess
import sys

from django.conf import settings

from tests.hostile.patterns import CPU_SECONDS, all_patterns


def test_every_pattern_is_through_with_long_strings_of_its_own_letters() -> None:
    known = len(list(all_patterns()))
    assert known > 40
    command = [sys.executable, "-m", "tests.hostile.patterns"]
    ended = subprocess.run(command, cwd=settings.BASE_DIR, capture_output=True, text=True, timeout=120, check=False)
    tried = ended.stdout.splitlines()
    assert tried[-1] == "done", f"{tried[-1]} was at work when {CPU_SECONDS} seconds were over. {ended.stderr[-500:]}"
    assert len(tried) == known + 1
