"""Bounds on all builds together, on trees of plain files; what the kernel does with them is tests/engine's part."""

from pathlib import Path

from studio.launch.bounds import Bounds

BOUNDS = Bounds(memory_bytes=2**30, processes=1000)


def written(root: Path) -> dict[str, str]:
    return {str(path.relative_to(root)): path.read_text() for path in root.rglob("studio-1/*")}


def test_all_builds_together_are_bounded_on_cgroup_v1(tmp_path: Path) -> None:
    for controller in ("memory", "pids", "cpu"):
        (tmp_path / controller).mkdir()
    assert BOUNDS.keep("/studio-1", tmp_path)
    assert written(tmp_path) == {
        "memory/studio-1/memory.limit_in_bytes": str(2**30),
        "pids/studio-1/pids.max": "1000",
        "cpu/studio-1/cpu.shares": "256",
        "cpu/studio-1/cpu.cfs_quota_us": "-1",
    }


def test_all_builds_together_are_bounded_on_cgroup_v2(tmp_path: Path) -> None:
    (tmp_path / "cgroup.controllers").touch()
    assert Bounds(2**30, 1000, cpus=2).keep("/studio-1", tmp_path)
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+cpu +memory +pids"
    assert written(tmp_path) == {
        "studio-1/memory.max": str(2**30),
        "studio-1/pids.max": "1000",
        "studio-1/cpu.weight": "25",
        "studio-1/cpu.max": "200000 100000",
    }


def test_where_groups_cannot_be_made_no_limits_are_promised(tmp_path: Path) -> None:
    assert not BOUNDS.keep("/studio-1", tmp_path / "missing")


def test_a_machine_keeps_memory_for_the_studio() -> None:
    assert 0 < Bounds.of_machine().memory_bytes < Bounds.of_machine(2**60).memory_bytes == 2**60
