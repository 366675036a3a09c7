"""Commands in a container of an image: locked down, bounded, and behind the builds."""

import pytest
from docker import APIClient

from environments.engine.limits import CGROUPS
from environments.engine.protocol import Engine
from tests.engine.making import build, built_image


def test_a_command_runs_without_network_rights_or_a_writable_root(engine: Engine, tiny: str) -> None:
    script = "cat /proc/self/status; ls /sys/class/net; touch /x || echo refused; touch /tmp/x && echo allowed; exit 5"
    result = engine.run(tiny, ["sh", "-c", script], timeout=30)
    assert result.exit_code == 5
    lines = [line.split() for line in result.output.splitlines()]
    assert ["CapEff:", "0000000000000000"] in lines
    assert ["NoNewPrivs:", "1"] in lines
    assert ["lo"] in lines
    assert not any(line and line[0].startswith("eth") for line in lines)
    assert ["refused"] in lines
    assert ["allowed"] in lines


def test_a_volume_of_the_image_is_no_way_to_the_disk(engine: Engine, tiny: str) -> None:
    image_id = built_image(build(engine, f"FROM {tiny}\nVOLUME /data\n"))
    result = engine.run(image_id, ["sh", "-c", "cat /proc/mounts"], timeout=30)
    assert [line.split()[0] for line in result.output.splitlines() if " /data " in line] == ["tmpfs"]


def test_what_a_command_prints_is_kept_to_a_limit(engine: Engine, tiny: str) -> None:
    result = engine.run(tiny, ["sh", "-c", "yes | busybox head -c 3000000; echo end >&2"], timeout=30)
    assert (result.exit_code, len(result.output)) == (0, 64_000)


def test_a_command_the_image_lacks_is_an_answer(engine: Engine, tiny: str) -> None:
    assert engine.run(tiny, ["no-such-program"], timeout=30).exit_code == 127


def test_no_container_is_left_behind(engine: Engine, tiny: str, client: APIClient) -> None:
    engine.packages(tiny)
    engine.probe(tiny)
    with pytest.raises(TimeoutError):
        engine.run(tiny, ["sleep", "60"], timeout=0.2)
    assert client.containers(all=True, filters={"ancestor": tiny}) == []


def test_a_command_has_little_of_the_processors_while_builds_want_them(engine: Engine, tiny: str) -> None:
    script = "cat /sys/fs/cgroup/cpu/cpu.shares 2>/dev/null || cat /sys/fs/cgroup/cpu.weight"
    usual = 100 if (CGROUPS / "cgroup.controllers").exists() else 1024  # cpu.weight of cgroup v2, cpu.shares of v1
    assert int(engine.run(tiny, ["sh", "-c", script], timeout=30).output) <= usual / 4
