"""A lock in the formats that other tools install from. Equal locks give equal texts, to the byte.

What a format cannot hold is said in comments at its top; a format that could hold nothing of a lock is not offered.
"""

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from environments.locking.conda import PLATFORMS, CondaPackage, conda_packages_of
from environments.locking.packages import conda_hash, conda_part, pip_options, pip_part
from environments.locking.records import dependencies_first, pixi_lock

PYTHON, PIP = "python", "pip"

# What YAML takes for a string without quotes: of letters, and none of its words for other things.
_PLAIN = re.compile(r"(?!(?:null|true|false|yes|no|on|off)$)[a-z_][a-z0-9._/=+!-]*", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Locked:
    """What exports need of a lock: its texts by part, what it was made for, and its channels by priority."""

    texts: Mapping[str, str]
    target: Mapping[str, Any]
    channels: Sequence[str]

    @property
    def subdir(self) -> str:
        """The target's platform as conda names it."""
        return PLATFORMS[str(self.target["platform"]).removeprefix("linux/")]


@dataclass(frozen=True, slots=True)
class Format:
    """One way to write a lock. `parts` are those of a lock that it can be made from; one of them is enough."""

    key: str
    label: str
    file_name: str
    content_type: str
    parts: frozenset[str]
    write: Callable[[Locked], str]


def formats_of(texts: Mapping[str, str]) -> list[Format]:
    """The formats a lock with these texts can be had in."""
    there = {part for part, text in texts.items() if text}
    return [known for known in FORMATS if known.parts & there]


def format_of(texts: Mapping[str, str], key: str) -> Format | None:
    """The format of that key, None where there is none for a lock with these texts."""
    return next((known for known in formats_of(texts) if known.key == key), None)


def explicit(locked: Locked) -> str:
    """The list of files that `conda create --file` and `micromamba create --file` install without solving.

    `#sha256:…` after an address is read by micromamba and by every conda that checks SHA-256 at all (the draft “Text
    spec input files”, conda/ceps pull request 79); without that prefix older micromambas take any hash for MD5.
    Packages come after those they depend on, as the same draft asks.
    """
    packages = {package.name.lower(): package for package in conda_packages_of(locked.texts["conda"])}
    order = dependencies_first(locked.texts["conda"])
    head = [*_made_for(locked), *_left_out(locked, "A list of conda packages holds no pip packages")]
    lines = [*head, f"# platform: {locked.subdir}", "@EXPLICIT", *(_hashed_address(packages[name]) for name in order)]
    return _text(lines)


def pixi(locked: Locked) -> str:
    """The conda part as a pixi.lock. pixi names each pip package by the address of its file, which a pip lock does not
    know: it allows every file of a version that has one of its hashes. So pip's part is only told of."""
    written = pixi_lock(
        locked.texts["conda"],
        subdir=locked.subdir,
        virtual_packages=locked.target.get("virtual_packages") or (),
        channels=locked.channels,
    )
    return _text([*_made_for(locked), *_left_out(locked, "A pixi.lock needs the address of every file")]) + written


def requirements(locked: Locked) -> str:
    """The pip part as it is, for `pip install --require-hashes -r` or `uv pip sync --require-hashes`."""
    has_conda = bool(locked.texts.get("conda"))
    note = ["# Not in this file: the conda packages of this lock, which bring the Python these are for."] * has_conda
    return _text([*_made_for(locked), *note]) + locked.texts["pip"]


def environment(locked: Locked) -> str:
    """An environment.yml that asks for exactly these versions and builds; conda solves it once more.

    conda needs Python and pip for pip's part. Where the lock has none of its own, the target's Python is asked for.
    """
    conda, tools = conda_part(locked.texts), list(_tools(locked))
    specs = [f"{package.name}={package.version}={package.build}" for package in conda]
    head = [
        *_made_for(locked),
        f"# Versions{' and builds' if conda else ''} are exact. This format holds no hashes, so files are not checked.",
    ]
    if tools:
        head.append(f"# Not from the lock, but conda needs it for the pip packages: {', '.join(tools)}.")
    pip = [*pip_options(locked.texts), *(package.requirement for package in pip_part(locked.texts))]
    lines = [*head, *_yaml_list("channels", locked.channels), *_yaml_list("dependencies", [*tools, *specs])]
    return _text([*lines, *(f"  {line}" for line in _yaml_list("- pip", pip))])


def _tools(locked: Locked) -> Iterator[str]:
    names = {package.name for package in conda_part(locked.texts)}
    if not pip_part(locked.texts):
        return
    if PYTHON not in names:
        version = locked.target.get("python")
        yield f"{PYTHON}={version}" if version else PYTHON
    if PIP not in names:
        yield PIP


def _made_for(locked: Locked) -> list[str]:
    said = {"Python": "python", "glibc": "glibc", "": "platform"}
    facts = [f"{word} {locked.target[key]}".strip() for word, key in said.items() if locked.target.get(key)]
    return [_comment(f"Locked for {', '.join(facts)}.")]


def _left_out(locked: Locked, reason: str) -> Iterator[str]:
    """Comments that name the pip packages a file cannot hold."""
    packages = pip_part(locked.texts)
    if packages:
        yield f"# {reason}. Install these after it, from the lock's requirements.txt:"
        yield from (_comment(f"  {package.requirement}") for package in packages)


def _hashed_address(package: CondaPackage) -> str:
    found = conda_hash(package)
    return f"{package.url}#{found.removeprefix('md5:')}" if found else package.url


def _comment(text: str) -> str:
    """One line, whatever an image or a resolver said."""
    return "# " + re.sub(r"[^\x20-\x7e]", " ", text)


def _yaml_list(key: str, values: Iterable[str]) -> list[str]:
    items = [f"  - {value if _PLAIN.fullmatch(value) else json.dumps(value)}" for value in values]
    return [f"{key}:", *items] if items else []


def _text(lines: Iterable[str]) -> str:
    return "".join(f"{line}\n" for line in lines)


_TEXT, _YAML = "text/plain; charset=utf-8", "application/yaml; charset=utf-8"
_CONDA, _BOTH = frozenset({"conda"}), frozenset({"conda", "pip"})
FORMATS = (
    Format("explicit", "conda explicit", "explicit.txt", _TEXT, _CONDA, explicit),
    Format("pixi", "pixi.lock", "pixi.lock", _YAML, _CONDA, pixi),
    Format("requirements", "requirements.txt", "requirements.txt", _TEXT, frozenset({"pip"}), requirements),
    Format("environment", "environment.yml", "environment.yml", _YAML, _BOTH, environment),
)
