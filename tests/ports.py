"""Ports for servers of tests and benchmarks."""

import socket


def free_port() -> int:
    """A port of the loopback address that nobody listens at just now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
