"""A container engine of our own: started from a data folder, reached by a socket, gone without a trace when stopped."""

import json
import os
import shlex
import shutil
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from studio.launch.bounds import Bounds
from studio.launch.commands import LaunchError, end_group, last_lines, run
from studio.launch.debian import Tools, require_debian_root
from studio.launch.finding import Found
from studio.launch.leftovers import end_leftovers
from studio.launch.names import Names
from studio.launch.network import Network

PROGRAMS = {
    "dockerd": "docker.io",
    "containerd": "containerd",
    "runc": "runc",
    "ip": "iproute2",
    "debootstrap": "debootstrap",
}
PACKET_FILTER = {"iptables": "iptables"}
START_SECONDS = 60.0  # after a crash the engine first puts its store in order, which took 11 s when measured
STOP_SECONDS = 20.0
# BuildKit cuts a step's log at 200 kB a second and 2 MB unless told otherwise (-1 means none at all), and keeps it in
# the engine's memory while the build lasts.
STEP_LOG_BYTES, STEP_LOG_BYTES_A_SECOND = 32 * 1024**2, 2**30
CACHE_BYTES = 20 * 10**9
NO_ENGINE = "No container engine answers."
TWO_WAYS = "Install Docker and start it, or set DOCKER_HOST to an engine that runs elsewhere."


@dataclass(frozen=True)
class PrivateEngine:
    """One engine per data folder. `start` first clears away what an earlier one left, so it also serves as restart."""

    names: Names
    tools: Tools
    bounds: Bounds = field(default_factory=Bounds.of_machine)
    cache_bytes: int = CACHE_BYTES  # what the build cache may grow to

    @classmethod
    def of(
        cls,
        data_dir: Path,
        environ: Mapping[str, str],
        bounds: Bounds | None = None,
        cache_bytes: int = CACHE_BYTES,
    ) -> "PrivateEngine":
        tools = Tools(data_dir / "tools/engine", environ)
        return cls(Names.of(data_dir), tools, bounds or Bounds.of_machine(), cache_bytes)

    @property
    def log(self) -> Path:
        return self.names.engine_dir / "engine.log"

    def variables(self) -> dict[str, str]:
        """Return what other processes need to know to use it: its group only where limits can be kept there."""
        variables = {"DOCKER_HOST": self.names.host}
        variables |= {"STUDIO_CGROUP_PARENT": self.names.cgroup} if self.bounds.keep(self.names.cgroup) else {}
        return variables | ({"STUDIO_DOCKER_COMMAND": str(self.command)} if self.command.exists() else {})

    @property
    def command(self) -> Path:
        """A `docker` that speaks to this engine, for people: nothing needs to be installed or set for it."""
        return self.names.engine_dir / "docker"

    def bring_programs(self) -> None:
        """Unpack the programs this machine lacks. Raises LaunchError where that cannot be done."""
        if os.geteuid() != 0:
            raise LaunchError(f"{NO_ENGINE} {TWO_WAYS}")
        if self._lacking():
            require_debian_root(NO_ENGINE, TWO_WAYS)
            self.tools.unpack([*PROGRAMS.values(), *PACKET_FILTER.values()])
        if lacking := self._lacking():
            raise LaunchError(f"This machine lacks {', '.join(lacking)} for a private engine. {TWO_WAYS}")

    def start(self) -> subprocess.Popen[bytes]:
        """Start the engine and return once it answers. Raises LaunchError with the end of its log."""
        self.sweep()
        self.names.run_dir.mkdir(mode=0o700)
        self.names.engine_dir.mkdir(parents=True, exist_ok=True)
        Network(self.names, self.tools).up()
        self.bounds.keep(self.names.cgroup)
        config = self.names.run_dir / "engine.json"
        config.write_text(json.dumps(self.configuration(), indent=2))
        process = self._spawn(config)
        try:
            self._wait_until_it_answers(process)
        except BaseException:
            self.stop(process)
            raise
        link = self.names.engine_dir / "docker.sock"
        link.unlink(missing_ok=True)
        link.symlink_to(self.names.socket)
        self._write_command()
        return process

    def stop(self, process: subprocess.Popen[bytes] | None) -> None:
        """End the engine, kindly at first, and take away everything it made outside the data folder."""
        if process is not None:
            _end(process)
        self.sweep()

    def sweep(self) -> None:
        """Remove processes, control groups, network and run folder of this engine, whoever left them."""
        end_leftovers(self.names)
        Network(self.names, self.tools).down()
        shutil.rmtree(self.names.run_dir, ignore_errors=True)
        (self.names.engine_dir / "docker.sock").unlink(missing_ok=True)

    def configuration(self) -> dict[str, object]:
        """Return the engine's configuration, in the words of docs.docker.com/reference/cli/dockerd."""
        run_dir = self.names.run_dir
        settings: dict[str, object] = {
            "data-root": str(self.names.engine_dir / "data"),
            "exec-root": str(run_dir / "exec"),
            "pidfile": str(run_dir / "engine.pid"),
            "hosts": [self.names.host],
            "group": "root",
            "bridge": self.names.bridge,  # never "none": that deletes the bridge of every other engine
            "iptables": False,  # the rules are ours, see network.py
            "ip6tables": False,
            "ip-masq": False,
            "ip-forward": False,
            "cgroup-parent": self.names.cgroup,
            "exec-opts": ["native.cgroupdriver=cgroupfs"],
            "builder": {"gc": {"enabled": True, "defaultKeepStorage": str(self.cache_bytes)}},
        }
        if self._writes_a_key():
            settings["deprecated-key-path"] = str(run_dir / "key.json")
        return settings

    def _lacking(self) -> list[str]:
        lacking = self.tools.lacking(PROGRAMS)
        has_filter = any(self.tools.find(f"iptables{variant}") for variant in ("", "-nft", "-legacy"))
        return lacking if has_filter else [*lacking, *PACKET_FILTER.values()]

    def _writes_a_key(self) -> bool:
        """Engines before 23 put a key into /etc/docker unless told of another place; later ones know no such option."""
        words = run([self.tools.find("dockerd") or "dockerd", "--version"], env=self.tools.environment()).split()
        return words[2].split(".")[0] in {"18", "19", "20"}

    def _spawn(self, config: Path) -> subprocess.Popen[bytes]:
        """Run it with mounts of its own, which end with its last process, and let it end when we do."""
        environment = self.tools.environment() | {
            "BUILDKIT_STEP_LOG_MAX_SIZE": str(STEP_LOG_BYTES),
            "BUILDKIT_STEP_LOG_MAX_SPEED": str(STEP_LOG_BYTES_A_SECOND),
        }
        isolate = ["unshare", "--mount", "--propagation", "slave", "setpriv", "--pdeathsig", "TERM"]
        with self.log.open("wb") as log:
            return subprocess.Popen(
                [*isolate, str(self.tools.find("dockerd")), "--config-file", str(config)],
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _write_command(self) -> None:
        if program := self.tools.find("docker"):
            self.command.write_text(f'#!/bin/sh\nexec {shlex.quote(str(program))} -H {self.names.host} "$@"\n')
            self.command.chmod(0o755)

    def _wait_until_it_answers(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + START_SECONDS
        found = Found(self.names.host, "private engine")
        while not (self.names.socket.exists() and found.answers()):
            if process.poll() is not None or time.monotonic() > deadline:
                raise LaunchError(f"The private engine did not start. Its last lines:\n{self.last_words()}")
            time.sleep(0.05)

    def last_words(self) -> str:
        """Return the end of the engine's log."""
        with suppress(OSError):
            return last_lines(self.log.read_text(errors="replace"))
        return ""


def _end(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        end_group(process.pid)
        process.wait()
