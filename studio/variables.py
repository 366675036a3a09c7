"""How settings are read from environment variables. One that makes no sense raises ImproperlyConfigured."""

import logging
import os
import secrets
from contextlib import suppress
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

import dj_database_url
from django.core.exceptions import ImproperlyConfigured


def env(name: str, default: str = "") -> str:
    """Return the variable, or what the file named by NAME_FILE holds (for secrets that are mounted as files)."""
    named_file = os.environ.get(f"{name}_FILE")
    if not named_file:
        return os.environ.get(name, default)
    try:
        return Path(named_file).read_text().strip()
    except OSError as error:
        raise ImproperlyConfigured(f"{name}_FILE names a file that cannot be read: {error}.") from None


def env_int(name: str, default: int, *, least: int = 1, most: int = 2**31) -> int:
    text = env(name, str(default))
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise ImproperlyConfigured(f"{name} must be a whole number from {least} to {most}, not {text!r}.")
    return int(text)


def env_bool(name: str, default: bool = False) -> bool:
    text = env(name, "1" if default else "0").lower()
    if text not in {"0", "1", "true", "false", "yes", "no"}:
        raise ImproperlyConfigured(f"{name} must be 1 or 0, not {text!r}.")
    return text in {"1", "true", "yes"}


def env_url(name: str, default: str, schemes: set[str]) -> str:
    """Return an address with one of the schemes. What else it holds may be a password, so no error shows it."""
    text = env(name, default)
    scheme = text.partition("://")[0]
    if "://" not in text or scheme not in schemes:
        wanted = ", ".join(f"{known}://" for known in sorted(schemes))
        raise ImproperlyConfigured(f"{name} must start with one of {wanted}; it is set to something else.")
    return text


def env_site(name: str, default: str) -> SplitResult:
    """Return the parts of the address people reach the site at: a scheme, a host, maybe a port, and no more."""
    try:
        parts = urlsplit(env_url(name, default, {"http", "https"}).rstrip("/"))
        is_site = parts.hostname and parts.port != 0 and "@" not in parts.netloc and not any(parts[2:])
    except ValueError:
        is_site = False
    if not is_site:
        raise ImproperlyConfigured(f"{name} must be like https://studio.example or http://host:8000, without a path.")
    return parts


def env_database(name: str, default: str) -> dict:
    """Return a database's settings, kept open for a minute where it is a server."""
    url = env_url(name, default, {"sqlite", "postgres", "postgresql"})
    try:
        return dict(dj_database_url.parse(url, conn_max_age=60, conn_health_checks=True))
    except ValueError:
        raise ImproperlyConfigured(
            f"{name} must be like postgres://user:password@host:5432/name, with special characters percent-encoded."
        ) from None


def env_level(name: str, default: str) -> str:
    level = env(name, default).upper()
    if level not in logging.getLevelNamesMapping():
        raise ImproperlyConfigured(f"{name} must be DEBUG, INFO, WARNING, ERROR or CRITICAL, not {level!r}.")
    return level


def env_file(name: str) -> Path | None:
    path = Path(env(name)) if env(name) else None
    if path and not path.is_file():
        raise ImproperlyConfigured(f"{name} names {path}, which is no file.")
    return path


def env_pair(first: str, second: str) -> tuple[Path | None, Path | None]:
    """Return two files of which neither is of use alone."""
    files = env_file(first), env_file(second)
    if None in files and files != (None, None):
        raise ImproperlyConfigured(f"{first} and {second} must be given both, or neither.")
    return files


def own_folder(name: str, default: Path) -> Path:
    """Return the folder, made if need be for us alone: whoever reads the database can take over sessions."""
    folder = Path(env(name, str(default))).resolve()
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name} names {folder}, which cannot be made: {error.strerror}.") from None
    return folder


def kept_secret(path: Path) -> str:
    """Return the secret in a file only we may read, making it the first time."""
    if not path.exists():
        draft = path.with_name(f"{path.name}.{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(secrets.token_urlsafe(50))
        with suppress(FileExistsError):  # of several that start at once, one names its draft and all read that
            os.link(draft, path)
        draft.unlink()
    return path.read_text().strip()
