"""Web addresses in definitions: where packages and indexes may come from."""

import re
from urllib.parse import urlsplit

INDEX_SCHEMES = ("https", "http")
PACKAGE_SCHEMES = ("https", "http", "git+https")
MAX_ADDRESS = 2_000

_LETTERS = re.compile(r"[!#-&(-;=?-\[\]_a-z~]+")  # what RFC 3986 allows, without quotes
_NO_ADDRESS = ("address", "This is no web address.", "Write it like https://example.org/simple.")


def is_address(text: str) -> bool:
    """Whether a requirement is a bare address (`https://…`, `git+https://…`, `file:…`), not a package's name."""
    scheme, colon, _ = text.partition(":")
    return bool(colon) and scheme.replace("+", "").isalnum() and ("//" in text or scheme == "file")


def check_address(address: str, *, packages: bool = False) -> tuple[str, str, str] | None:
    """Code, message and remedy for an address that is not taken; None if all is well.

    An index is read over http(s); a package may also come from git over https. Files, ssh and passwords are refused.
    """
    allowed = PACKAGE_SCHEMES if packages else INDEX_SCHEMES
    try:
        parts = urlsplit(address)
        host, has_user = parts.hostname, "@" in parts.netloc
    except ValueError:
        return _NO_ADDRESS
    if has_user:
        message = "The address holds a user name or password, which would be stored with the version."
        return "address-credentials", message, "Remove it; ask an administrator to set up access to this index."
    if parts.scheme not in allowed:
        message = f"“{address[:80]}” is not reached over https{' or git+https' if packages else ''}."
        return "address-scheme", message, "A definition reaches for no file of the server; use an https address."
    if not host or not _LETTERS.fullmatch(address) or len(address) > MAX_ADDRESS:
        return _NO_ADDRESS
    return None
