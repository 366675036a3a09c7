"""TLS beside http: a second gunicorn with a certificate that was given, or one of the studio's own authority."""

import ssl
import time
from pathlib import Path

from django.conf import settings

from studio.launch.addresses import bracketed, cannot_listen
from studio.launch.certificates import Certificates
from studio.launch.commands import LaunchError

ASKED_EVERY = 3600.0  # seconds
WITHOUT = "The studio goes on without TLS, which Azure's clients need."


class Tls:
    """What https is served with. `options` are gunicorn's; empty: it is not served."""

    def __init__(self, options: list[str], own: Certificates | None = None) -> None:
        self.options, self._own = options, own
        self._next = time.monotonic() + ASKED_EVERY

    def tick(self) -> bool:
        """Renew what ends soon, once in an hour; servers read the file for each connection. Always False."""
        if self._own and time.monotonic() > self._next:
            self._next = time.monotonic() + ASKED_EVERY
            try:
                self._own.renew()
            except OSError as error:
                print(f"The certificate cannot be renewed: {error}.", flush=True)
        return False


def prepare_tls() -> Tls:
    """Return what to serve https with, and say so if it cannot be. Raises LaunchError over a certificate that was
    given and is of no use."""
    bind, port = settings.STUDIO_BIND, settings.TLS_PORT
    if not port:
        return Tls([])
    given = (settings.TLS_CERT, settings.TLS_KEY) if settings.TLS_CERT else None
    if given:
        _require_usable(*given)
    if reason := "http has it" if port == settings.STUDIO_PORT else cannot_listen(bind, port):
        print(
            f"The studio cannot listen on {bind}, port {port} ({reason}). {WITHOUT} "
            "Stop what uses the port, or choose another with STUDIO_TLS_PORT.",
            flush=True,
        )
        return Tls([])
    if given:
        return Tls(_options(*given))
    own = Certificates(settings.TLS_AUTHORITY.parent, hosts())
    try:
        own.renew()
    except OSError as error:
        print(f"No certificate can be made in {own.folder} ({error.strerror}). {WITHOUT}", flush=True)
        return Tls([])
    return Tls(_options(own.server, own.server), own)


def hosts() -> set[str]:
    """What clients may call this machine: what requests are answered under, and no more."""
    return {host.strip("[]") for host in settings.ALLOWED_HOSTS}


def _options(certificate: Path, key: Path) -> list[str]:
    address = f"{bracketed(settings.STUDIO_BIND)}:{settings.TLS_PORT}"
    return ["--bind", address, "--certfile", str(certificate), "--keyfile", str(key)]


def _require_usable(certificate: Path, key: Path) -> None:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(certificate, key, password="")
    except OSError as error:  # ssl.SSLError is one
        raise LaunchError(
            f"STUDIO_TLS_CERT and STUDIO_TLS_KEY are of no use together: {error.strerror or error}."
        ) from error
