"""What a start shows of its steps."""

import re
import time

import pytest

from studio.launch import steps


def test_a_step_shows_its_time_and_a_long_one_that_it_goes_on(capsys, monkeypatch):
    with steps.step("Short"):
        pass
    assert re.fullmatch(r"Short \.\.\. \d\.\d s\n", capsys.readouterr().out)
    monkeypatch.setattr(steps, "STILL_AT_IT", 0.05)
    with steps.step("Long"):
        time.sleep(0.2)
    assert re.fullmatch(r"Long \.\.\. (0 s \.\.\. )+\d\.\d s\n", capsys.readouterr().out)


def test_a_step_that_fails_says_so(capsys):
    with pytest.raises(RuntimeError), steps.step("Broken"):
        raise RuntimeError
    assert capsys.readouterr().out == "Broken ... not done\n"
