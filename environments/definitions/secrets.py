"""What secrets look like: names people give them, and the published shapes of tokens."""

import re

_NAME = re.compile(r"TOKEN(?!I[SZ])|PASSW|SECRET|API_?KEY|PRIVATE_?KEY|CREDENTIAL", re.IGNORECASE)
# Each of fixed length or with a bounded tail.
_SHAPES = re.compile(
    r"gh[pousr]_[A-Za-z0-9]{36}|github_pat_[A-Za-z0-9_]{60,90}|AKIA[0-9A-Z]{16}|xox[abprs]-[A-Za-z0-9-]{10,80}"
    r"|glpat-[A-Za-z0-9_-]{20}|hf_[A-Za-z0-9]{34}|pypi-AgEI[A-Za-z0-9_-]{20,200}|-----BEGIN [A-Z ]{0,20}PRIVATE KEY"
)
_LOGIN = re.compile(r"https?://[^\s/@]+@", re.IGNORECASE)


def is_secret_name(name: str) -> bool:
    """Whether a variable of this name seems to hold a secret; that of a tokenizer holds none."""
    return bool(_NAME.search(name[:200]))


def is_secret_value(text: str) -> bool:
    """Whether something in the shape of a known kind of token stands in the text."""
    return bool(_SHAPES.search(text))


def has_login(text: str) -> bool:
    """Whether a web address in the text holds a user name or password."""
    return bool(_LOGIN.search(text))
