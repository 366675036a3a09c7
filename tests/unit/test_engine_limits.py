"""The limits of steps, on a tree of plain files in the place of the kernel's; the real one is in tests/engine."""

import os
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from environments.engine.limits import Limit, Limits, LimitsWatch
from environments.engine.protocol import Step
from tests.waiting import wait_for

MB = 1024**2
LIMITS = Limits("/studio", memory_bytes=300 * MB, processes=64)


class Tree:
    """Control groups of steps in plain files, as one of the two versions has them."""

    def __init__(self, root: Path, version: int) -> None:
        self.root, self.version = root, version
        if version == 2:
            (root / "cgroup.controllers").touch()

    def folder(self, controller: str, name: str) -> Path:
        top = self.root if self.version == 2 else self.root / controller
        return top / "studio/buildkit" / name

    def begin(self, name: str) -> None:
        for controller in ("memory", "pids"):
            self.folder(controller, name).mkdir(parents=True, exist_ok=True)
        if self.version == 1:
            (self.folder("memory", name) / "memory.oom_control").touch()

    def count(self, name: str, controller: str, **files: str) -> None:
        for file, text in files.items():
            (self.folder(controller, name) / file.replace("__", ".")).write_text(text)

    def end(self, name: str) -> None:
        for controller in ("memory", "pids"):
            folder = self.folder(controller, name)
            if folder.exists():
                for file in folder.iterdir():
                    file.unlink()
                folder.rmdir()

    def out_of_memory(self, name: str, *, own: bool = True) -> None:
        if self.version == 2:
            self.count(name, "memory", memory__events=f"low 0\nhigh 0\nmax {7 if own else 0}\noom 1\noom_kill 1\n")
        else:
            used = 300 * MB - 4096 if own else 100 * MB
            self.count(name, "memory", memory__oom_control="oom_kill_disable 0\nunder_oom 0\noom_kill 1\n")
            self.count(name, "memory", memory__max_usage_in_bytes=f"{used}\n")

    def out_of_processes(self, name: str, *, peak: int = 64) -> None:
        self.count(name, "pids", pids__events="max 3\n", pids__peak=f"{peak}\n", cgroup__procs="")


@pytest.fixture(params=[1, 2])
def tree(request: pytest.FixtureRequest, tmp_path: Path) -> Tree:
    return Tree(tmp_path, request.param)


@pytest.fixture
def watch(tree: Tree) -> LimitsWatch:
    return LimitsWatch(LIMITS, tree.root)


def run_step(watch: LimitsWatch, tree: Tree, name: str = "abc", happens=None, **details) -> Step:
    """A step that came, in which something happened, and that failed and went."""
    began = time.time()
    tree.begin(name)
    watch.look()
    if happens:
        happens(name, **details)
    watch.look()
    tree.end(name)
    watch.look()
    return Step("key", "RUN x", "run", started=began, completed=time.time(), error="exit code: 1")


def test_a_steps_group_is_limited_on_cgroup_v1(tmp_path: Path) -> None:
    tree = Tree(tmp_path, 1)
    tree.begin("abc")
    LimitsWatch(LIMITS, tmp_path).look()
    memory, pids = tree.folder("memory", "abc"), tree.folder("pids", "abc")
    assert (memory / "memory.limit_in_bytes").read_text() == str(300 * MB)
    assert (memory / "memory.memsw.limit_in_bytes").read_text() == str(300 * MB)
    assert (pids / "pids.max").read_text() == "64"
    assert not (memory / "pids.max").exists()


def test_a_steps_group_is_limited_on_cgroup_v2(tmp_path: Path) -> None:
    tree = Tree(tmp_path, 2)
    tree.begin("abc")
    LimitsWatch(LIMITS, tmp_path).look()
    written = {file.name: file.read_text() for file in tree.folder("memory", "abc").iterdir()}
    assert written == {"memory.max": str(300 * MB), "memory.swap.max": "0", "pids.max": "64"}


def test_a_group_whose_folders_come_one_by_one_is_limited_in_all(tmp_path: Path) -> None:
    tree = Tree(tmp_path, 1)
    tree.folder("memory", "abc").mkdir(parents=True)
    watch = LimitsWatch(LIMITS, tmp_path)
    watch.look()
    tree.folder("pids", "abc").mkdir(parents=True)
    watch.look()
    assert (tree.folder("pids", "abc") / "pids.max").read_text() == "64"


def test_groups_of_others_are_left_alone(tmp_path: Path) -> None:
    tree = Tree(tmp_path, 2)
    others = [tmp_path / "docker/buildkit/abc", tmp_path / "studio/container"]
    for folder in others:
        folder.mkdir(parents=True)
    LimitsWatch(LIMITS, tree.root).look()
    assert [list(folder.iterdir()) for folder in others] == [[], []]


def test_a_group_is_limited_once(tree: Tree, watch: LimitsWatch) -> None:
    tree.begin("abc")
    watch.look()
    tree.count("abc", "pids", pids__max="raised by the operator")
    watch.look()
    assert (tree.folder("pids", "abc") / "pids.max").read_text() == "raised by the operator"


def test_a_group_that_comes_while_the_watch_runs_is_limited(tree: Tree, watch: LimitsWatch) -> None:
    with watch:
        tree.begin("late")
        wait_for((tree.folder("pids", "late") / "pids.max").exists, "the limit", seconds=60)
    tree.begin("later")
    watch._thread.join()
    assert not (tree.folder("pids", "later") / "pids.max").exists()


def test_an_engine_that_has_built_nothing_yet_is_no_error(tree: Tree, watch: LimitsWatch) -> None:
    watch.look()


def test_memory_over_the_limit_is_told_after_the_step_is_gone(tree: Tree, watch: LimitsWatch) -> None:
    reached = watch.reached(run_step(watch, tree, happens=tree.out_of_memory))
    assert (reached.limit, reached.is_sure) == (Limit.MEMORY, True)
    assert "300 MB" in reached.words
    assert "STUDIO_BUILD_MEMORY" in reached.words


def test_memory_over_the_limit_is_told_where_the_group_went_before_it_was_read(tmp_path: Path) -> None:
    """The signals are the kernel's: one for each time it was out of memory, and one for the end of the group."""
    tree = Tree(tmp_path, 1)
    watch = LimitsWatch(LIMITS, tmp_path)

    def ends_with(signals: int) -> Callable[[str], None]:
        def happens(name: str) -> None:
            number = int((tree.folder("memory", name) / "cgroup.event_control").read_text().split()[0])
            os.eventfd_write(number, signals)

        return happens

    assert watch.reached(run_step(watch, tree, "calm", happens=ends_with(1))) is None
    assert watch.reached(run_step(watch, tree, "greedy", happens=ends_with(2))).limit == Limit.MEMORY


def test_a_watch_that_was_left_holds_no_file_open(tree: Tree, watch: LimitsWatch) -> None:
    def signals() -> list[str]:
        opened = map(os.path.realpath, Path("/proc/self/fd").iterdir())
        return [file for file in opened if file.endswith("[eventfd]")]

    before = signals()
    with watch:
        run_step(watch, tree, "gone")
        tree.begin("alive")
        watch.look()
        assert len(signals()) > len(before)
    assert signals() == before


def test_groups_that_have_long_gone_are_forgotten(
    tree: Tree, watch: LimitsWatch, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_step(watch, tree)
    monkeypatch.setattr("environments.engine.limits.FORGET_SECONDS", -1.0)
    watch.look()
    assert watch._gone == []


def test_memory_that_all_builds_together_lack_is_not_laid_upon_the_step(tree: Tree, watch: LimitsWatch) -> None:
    reached = watch.reached(run_step(watch, tree, happens=tree.out_of_memory, own=False))
    assert reached.limit == Limit.ALL_MEMORY


def test_a_refused_fork_ends_the_step(tree: Tree, watch: LimitsWatch) -> None:
    process = subprocess.Popen(["sleep", "60"])

    def forks(name: str) -> None:
        tree.out_of_processes(name)
        tree.count(name, "pids", cgroup__procs=f"{process.pid}\n")

    reached = watch.reached(run_step(watch, tree, happens=forks))
    assert reached.limit == Limit.PROCESSES
    assert "64 processes" in reached.words
    assert process.wait(timeout=60) == -9


def test_processes_that_all_builds_together_lack_are_not_laid_upon_the_step(tree: Tree, watch: LimitsWatch) -> None:
    reached = watch.reached(run_step(watch, tree, happens=tree.out_of_processes, peak=9))
    assert reached.limit == Limit.ALL_PROCESSES


def test_a_step_that_failed_by_itself_reached_no_limit(tree: Tree, watch: LimitsWatch) -> None:
    assert watch.reached(run_step(watch, tree)) is None


def test_a_limit_that_an_earlier_step_met_is_not_laid_upon_a_later_one(tree: Tree, watch: LimitsWatch) -> None:
    run_step(watch, tree, "earlier", happens=tree.out_of_memory)
    assert watch.reached(run_step(watch, tree, "later")) is None


def test_of_two_steps_that_end_together_it_is_not_sure_which_reached_a_limit(tree: Tree, watch: LimitsWatch) -> None:
    began = time.time()
    for name in ("mine", "theirs"):
        tree.begin(name)
    watch.look()
    tree.out_of_memory("mine")
    watch.look()
    tree.end("theirs")
    watch.look()
    tree.end("mine")
    watch.look()
    reached = watch.reached(Step("key", "RUN x", "run", started=began, completed=time.time()))
    assert (reached.limit, reached.is_sure) == (Limit.MEMORY, False)


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
    with LimitsWatch(LIMITS, tmp_path):
        wait_for(lambda: len(looks) > 1, "a second look", seconds=60)
