"""Where several processes share the work, one has all tests that use an engine."""

import subprocess
import sys

import pytest
from django.conf import settings

from tests.together import ENGINE, WHOLE_FILES


@pytest.mark.parametrize("place", [*ENGINE, *WHOLE_FILES])
def test_what_is_kept_together_is_there(place):
    assert (settings.BASE_DIR / place).exists()


def test_the_tests_of_a_file_that_stays_whole_run_in_one_process():
    words = ["-m", "pytest", WHOLE_FILES[1], "-k", "not_there or is_imported", "-n2", "--dist=loadscope", "-v"]
    printed = subprocess.run([sys.executable, *words], cwd=settings.BASE_DIR, capture_output=True, text=True).stdout
    assert len({line.split()[0] for line in printed.splitlines() if " PASSED " in line}) == 1, printed
