"""Addresses to listen on and to ask at."""

import socket
import urllib.request

from studio.launch.commands import LaunchError

ANSWER_SECONDS = 5.0
EVERYWHERE = {"0.0.0.0": "127.0.0.1", "::": "::1"}


def bracketed(host: str) -> str:
    """Return a host as it stands before a colon and a port."""
    return f"[{host}]" if ":" in host else host


def local_url(bind: str, port: int, path: str) -> str:
    """Return the address at which this machine itself reaches what listens on `bind`."""
    return f"http://{bracketed(EVERYWHERE.get(bind, bind))}:{port}{path}"


def answers(url: str) -> bool:
    """Say whether a page is served with status 200 within a few seconds."""
    try:
        with urllib.request.urlopen(url, timeout=ANSWER_SECONDS) as answer:
            return answer.status == 200
    except OSError:
        return False


def cannot_listen(bind: str, port: int) -> str:
    """Say why nothing could listen there, "" if something could."""
    family = socket.AF_INET6 if ":" in bind else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((bind, port))
        except OSError as error:
            return error.strerror or str(error)
    return ""


def require_free_port(bind: str, port: int) -> None:
    """Raise LaunchError if nothing could listen there."""
    if reason := cannot_listen(bind, port):
        raise LaunchError(
            f"The studio cannot listen on {bind}, port {port} ({reason}). "
            "Stop what uses it, or choose others with STUDIO_PORT and STUDIO_BIND."
        )
