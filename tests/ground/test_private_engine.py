"""A private engine beside the one the tests run on: it starts, works, and leaves nothing on the machine."""

import os
import signal
import subprocess
from pathlib import Path

import pytest
from django.conf import settings

from studio.launch.commands import run
from studio.launch.debian import Tools
from studio.launch.leftovers import CGROUPS, helpers, members
from studio.launch.names import Names
from studio.launch.network import Network
from studio.launch.private_engine import PrivateEngine

pytestmark = pytest.mark.engine


@pytest.fixture
def engine(tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root can run a private engine")
    tools = Tools(settings.DATA_DIR / "tools/engine", dict(os.environ))
    engine = PrivateEngine(Names.of(tmp_path), tools)
    engine.bring_programs()
    yield engine
    engine.sweep()


def traces(engine):
    """Everything on the machine, outside the data folder, that carries the engine's name."""
    names = engine.names
    mounts = [line for line in Path("/proc/self/mountinfo").read_text().splitlines() if str(names.data_dir) in line]
    found = [names.run_dir, Path("/sys/class/net", names.bridge), *CGROUPS.glob(f"**{names.cgroup}")]
    found += [*CGROUPS.glob(f"*{names.cgroup}"), names.engine_dir / "docker.sock"]
    present = [path for path in found if os.path.lexists(path)]
    return [*mounts, *present, *helpers(names.run_dir), *members(names.cgroup), *rules(engine)]


def rules(engine):
    """The packet rules that name the engine's chain."""
    packet_filter = Network(engine.names, engine.tools)._packet_filter()
    printed = "".join(
        run([packet_filter, "-w", "-t", table, "-S"], env=engine.tools.environment()) for table in ("filter", "nat")
    )
    return [line for line in printed.splitlines() if engine.names.chain in line]


def docker(engine, *words):
    command = [engine.tools.find("docker"), "-H", engine.names.host, *words]
    return run(command, env=engine.tools.environment())


def test_an_engine_that_is_stopped_leaves_nothing_behind(engine):
    process = engine.start()
    assert (engine.names.engine_dir / "docker.sock").is_socket()
    assert traces(engine)
    engine.stop(process)
    assert traces(engine) == []


def test_an_engine_whose_start_was_broken_off_leaves_nothing_behind(engine, monkeypatch):
    def break_off(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(PrivateEngine, "_spawn", break_off)
    with pytest.raises(KeyboardInterrupt):
        engine.start()
    engine.stop(None)
    assert traces(engine) == []


def test_a_second_engine_does_not_disturb_the_first(engine, tmp_path):
    neighbour = PrivateEngine(Names.of(tmp_path / "neighbour"), engine.tools)
    process, other = engine.start(), neighbour.start()
    try:
        neighbour.stop(other)
        assert "Server" in docker(engine, "version")
        assert rules(engine)
        assert Path("/sys/class/net", engine.names.bridge).exists()
    finally:
        neighbour.sweep()
        engine.stop(process)


def test_an_engine_killed_without_warning_starts_again_and_its_orphans_are_gone(engine):
    process = engine.start()
    orphan = subprocess.Popen(["sleep", "600"])
    group = next(CGROUPS.glob("memory"), CGROUPS) / engine.names.cgroup.lstrip("/") / "buildkit/step"
    group.mkdir(parents=True)
    (group / "cgroup.procs").write_text(str(orphan.pid))
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    again = engine.start()
    assert orphan.wait(60) == -signal.SIGKILL
    assert "Server" in docker(engine, "version")
    engine.stop(again)
    assert traces(engine) == []
