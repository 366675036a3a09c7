"""Whether a Python is the one that was asked for."""

from packaging.specifiers import InvalidSpecifier, SpecifierSet


def python_satisfies(wanted: str, found: str) -> bool:
    """Whether Python `found` ("3.11.2") is what `wanted` asks for in conda's way: `3.11`, `=3.11`, `>=3.9,<3.12`.

    A bare or single-`=` version means that release series (conda's fuzzy match); `|` separates alternatives.
    """
    return any(_satisfies(alternative, found) for alternative in wanted.split("|"))


def _satisfies(wanted: str, found: str) -> bool:
    try:
        return SpecifierSet(",".join(_as_pip_writes(part.strip()) for part in wanted.split(","))).contains(found)
    except InvalidSpecifier:
        return False


def _as_pip_writes(part: str) -> str:
    if part.startswith("=") and not part.startswith("=="):
        part = part[1:]
    if part[:1].isdigit():
        return f"=={part.removesuffix('*').removesuffix('.')}.*"
    return part
