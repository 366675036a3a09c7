"""Runs a command in a container that can do nothing: no network, no rights, nothing to write to but a small /tmp."""

import re
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from threading import Event, Timer
from typing import Any

from docker import APIClient
from docker.errors import APIError
from docker.types import LogConfig

from environments.engine.client import Address, connected, inspect, said
from environments.engine.protocol import EngineError, RunResult

OUTPUT_BYTES = 64_000
MEMORY_BYTES = 2 * 1024**3
PROCESSES = 512
LOW_SHARES = 256  # a build has 1024, see the Engine API, HostConfig.CpuShares
SCRATCH = "size=64m,noexec,nosuid,nodev"
LABELS = {"studio.look": "1"}
ENVIRONMENT = {"HOME": "/tmp", "PYTHONDONTWRITEBYTECODE": "1"}
GRACE_SECONDS = 30
NOT_FOUND, NOT_EXECUTABLE = 127, 126  # as a shell says it
_NO_COMMAND = re.compile(r'exec: "[^"]*": .*?(?P<why>file not found|no such file or directory|permission denied)')


def run_locked_down(
    address: Address,
    image_id: str,
    command: Sequence[str],
    *,
    timeout: float,
    max_bytes: int = OUTPUT_BYTES,
    errors: bool = True,
    gives_way: bool = False,
) -> RunResult:
    """Run and return what it printed, stderr too if `errors`. Raises TimeoutError after `timeout` seconds.

    Nothing it prints is kept on the engine's disk, and what is over `max_bytes` is dropped. What `gives_way` has little
    of the processors while builds want them.
    """
    overdue = Event()
    patience = int(timeout) + GRACE_SECONDS
    with connected(address, timeout=patience) as client, _container(client, image_id, command, gives_way) as container:
        watchdog = Timer(timeout, _stop, (address, container, overdue))
        pieces = client.attach(container, stdout=True, stderr=errors, stream=True)
        watchdog.start()
        try:
            result = _follow(client, container, pieces, max_bytes)
        finally:
            watchdog.cancel()
    if overdue.is_set():
        raise TimeoutError(f"The command did not end within {timeout:g} seconds.")
    return result


def _follow(client: APIClient, container: str, pieces: Iterable[bytes], max_bytes: int) -> RunResult:
    try:
        client.start(container)
    except APIError as error:
        return _not_started(error)
    kept = bytearray()
    for piece in pieces:
        kept += piece[: max_bytes - len(kept)]
    exit_code = client.wait(container)["StatusCode"]
    return RunResult(exit_code, kept.decode("utf-8", "replace"))


def _not_started(error: APIError) -> RunResult:
    """A command the image does not have is an answer; anything else is the engine's trouble."""
    words = said(error)
    missing = _NO_COMMAND.search(words)
    if missing is None:
        raise error
    return RunResult(NOT_EXECUTABLE if missing["why"].endswith("permission denied") else NOT_FOUND, words)


def _stop(address: Address, container: str, overdue: Event) -> None:
    """Runs in the watchdog's thread, so over a connection of its own."""
    overdue.set()
    try:
        with connected(address) as client:
            client.kill(container)
    except EngineError:
        return  # it ended by itself in this moment, or the engine is gone, which the reader notices


@contextmanager
def _container(client: APIClient, image_id: str, command: Sequence[str], gives_way: bool) -> Iterator[str]:
    config = (inspect(client, image_id) or {}).get("Config") or {}
    container = client.create_container(
        image_id,
        entrypoint=list(command),
        environment=ENVIRONMENT,
        labels=LABELS,
        healthcheck={"test": ["NONE"]},
        host_config=_rights(client, config.get("Volumes") or (), LOW_SHARES if gives_way else None),
    )["Id"]
    try:
        yield container
    finally:
        client.remove_container(container, force=True, v=True)


def _rights(client: APIClient, volumes: Iterable[str], cpu_shares: int | None) -> Any:
    """An image's own volumes would be writable folders on the engine's disk: they become small ones in memory."""
    return client.create_host_config(
        network_mode="none",
        cap_drop=["ALL"],
        security_opt=["no-new-privileges"],
        read_only=True,
        tmpfs={folder: SCRATCH for folder in ("/tmp", *volumes)},
        mem_limit=MEMORY_BYTES,
        memswap_limit=MEMORY_BYTES,
        pids_limit=PROCESSES,
        cpu_shares=cpu_shares,
        log_config=LogConfig(type=LogConfig.types.NONE),
    )
