import time
from pathlib import Path

import pytest

from environments.engine.limits import Limits, LimitsWatch

LIMITS = Limits(memory_bytes=300 * 1024**2, processes=64)


def group(cgroups: Path, *parts: str) -> Path:
    folder = cgroups.joinpath(*parts)
    folder.mkdir(parents=True)
    return folder


def test_a_steps_group_is_limited_on_cgroup_v1(tmp_path: Path) -> None:
    memory = group(tmp_path, "memory", "studio", "buildkit", "abc")
    processes = group(tmp_path, "pids", "studio", "buildkit", "abc")
    LimitsWatch("/studio", LIMITS, tmp_path).look()
    assert (memory / "memory.limit_in_bytes").read_text() == str(300 * 1024**2)
    assert (processes / "pids.max").read_text() == "64"
    assert not (memory / "pids.max").exists()


def test_a_steps_group_is_limited_on_cgroup_v2(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").touch()
    step = group(tmp_path, "studio", "buildkit", "abc")
    LimitsWatch("/studio", LIMITS, tmp_path).look()
    written = {file.name: file.read_text() for file in step.iterdir()}
    assert written == {"memory.max": str(300 * 1024**2), "memory.swap.max": "0", "pids.max": "64"}


def test_groups_of_others_are_left_alone(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").touch()
    others = [group(tmp_path, "docker", "buildkit", "abc"), group(tmp_path, "studio", "container")]
    LimitsWatch("/studio", LIMITS, tmp_path).look()
    assert [list(folder.iterdir()) for folder in others] == [[], []]


def test_a_group_is_limited_once(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").touch()
    step = group(tmp_path, "studio", "buildkit", "abc")
    watch = LimitsWatch("studio", LIMITS, tmp_path)
    watch.look()
    (step / "pids.max").write_text("raised by the operator")
    watch.look()
    assert (step / "pids.max").read_text() == "raised by the operator"


def test_a_group_that_comes_while_the_watch_runs_is_limited(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").touch()
    watch = LimitsWatch("/studio", LIMITS, tmp_path)
    watch.start()
    step = group(tmp_path, "studio", "buildkit", "late")
    deadline = time.monotonic() + 5
    while not (step / "pids.max").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    watch.stop()
    assert (step / "pids.max").exists()
    group(tmp_path, "studio", "buildkit", "later")
    time.sleep(0.1)
    assert not (tmp_path / "studio/buildkit/later/pids.max").exists()


@pytest.mark.parametrize("missing", ["studio", "studio/buildkit"])
def test_an_engine_that_has_built_nothing_yet_is_no_error(tmp_path: Path, missing: str) -> None:
    LimitsWatch(missing, LIMITS, tmp_path).look()


def test_the_limits_are_said_in_words() -> None:
    assert str(LIMITS) == "each step: 300 MB of memory, 64 processes"


def test_the_watch_goes_on_when_a_folder_vanishes_under_its_eyes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    looks: list[int] = []

    def look(watch: LimitsWatch) -> None:
        looks.append(1)
        raise FileNotFoundError

    monkeypatch.setattr(LimitsWatch, "look", look)
    watch = LimitsWatch("/studio", LIMITS, tmp_path)
    watch.start()
    deadline = time.monotonic() + 5
    while len(looks) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    watch.stop()
    assert len(looks) > 1
