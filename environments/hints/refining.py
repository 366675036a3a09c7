"""What a hint can say more exactly, because another line or common knowledge tells it."""

import re
from collections.abc import Sequence
from dataclasses import replace

from environments.hints.model import Hint
from environments.hints.names import is_well_known, near_name, package_of

IGNORED = "ERROR: Ignored the following versions that require a different python version: "
IGNORED_VERSION = re.compile(r"(?P<version>[0-9][^\s;]{0,40}) Requires-Python (?P<python>[^\s;]{1,40})")
WANTED = re.compile(r"ERROR: Could not find a version that satisfies the requirement ([^\s(]{1,150})")
WHICH = re.compile(r"[^=<>!~]{1,100}(?:==(?P<version>[^\s;,]{1,40}))?$")  # a name alone, or with one version
NOT_LOCATED = re.compile(r"E: Unable to locate package ([^\s]{1,100})")
INSTALL = re.compile(r"\bapt(?:-get)?\b.{0,80}\binstall\b")
UPDATE = re.compile(r"\bapt(?:-get)? .{0,40}\bupdate\b")
FETCHED = ("Get:", "Hit:", "Ign:")  # what apt-get update prints of each list
STARTING = "_execute_child"  # the part of Python's subprocess, in a traceback
LINES_OF_CALL = 6
LINES_BEFORE = 3  # pip says first which versions it left aside


def refined(hint: Hint, lines: Sequence[tuple[int, str]], step: str) -> Hint:
    """The hint, perhaps with another code or more values."""
    if hint.code in ("build-no-such-package", "build-no-such-version"):
        return _not_found(hint, lines)
    if hint.code == "build-no-module":
        return _with(hint, package=package_of(hint.values["module"]))
    if hint.code == "build-apt-package":
        fetched = any(text.startswith(FETCHED) for _, text in lines)
        return _with(_all_missing(hint, lines), lists="" if fetched else _lists(step))
    if hint.code == "build-apt-stale":
        return _with(hint, lists=_lists(step))
    if hint.code == "build-no-program":
        return _file_or_program(hint, lines)
    return hint


def _all_missing(hint: Hint, lines: Sequence[tuple[int, str]]) -> Hint:
    """apt names every package it does not know in a line of its own."""
    names = dict.fromkeys(found[1] for _, text in lines if (found := NOT_LOCATED.match(text)))
    return _with(hint, name="”, “".join(names))


def _lists(step: str) -> str:
    """Whether a step that installs has no lists of its own: "missing", or ""."""
    return "missing" if INSTALL.search(step) and not UPDATE.search(step) else ""


def _file_or_program(hint: Hint, lines: Sequence[tuple[int, str]]) -> Hint:
    """Python says of a file that is not there what it says of a program; only the call above tells which it was."""
    place = _place(hint, lines)
    is_call = any(STARTING in text for _, text in lines[max(place - LINES_OF_CALL, 0) : place])
    if is_call or not lines[place][1].startswith("FileNotFoundError"):
        return hint
    return Hint("build-no-file", hint.line, {"file": hint.values["command"]})


def _not_found(hint: Hint, lines: Sequence[tuple[int, str]]) -> Hint:
    """What is asked for may be there for another Python: then pip says “from versions: none” as well."""
    said = WANTED.match(lines[_place(hint, lines)][1])
    wanted = hint.values.get("wanted") or (said[1] if said else "")
    aside = _left_aside(hint, lines)
    which = WHICH.match(wanted)
    pythons = {python for version, python in aside.items() if which and which["version"] in (None, version)}
    if pythons:
        told = Hint("build-other-python", hint.line, {"wanted": wanted})
        return _with(told, python=pythons.pop() if len(pythons) == 1 else "")
    if hint.code == "build-no-such-version":
        return hint
    if aside:
        return Hint("build-no-version-found", hint.line, {"wanted": wanted})
    if is_well_known(hint.values["name"]):
        return replace(hint, code="build-empty-index")
    return _with(hint, near=near_name(hint.values["name"]))


def _left_aside(hint: Hint, lines: Sequence[tuple[int, str]]) -> dict[str, str]:
    """{version: the Pythons it is for} of what pip says, just before the hint's line, that it left aside."""
    place = _place(hint, lines)
    before = [text.removeprefix(IGNORED) for _, text in lines[max(place - LINES_BEFORE, 0) : place]]
    return {found["version"]: found["python"] for text in before for found in IGNORED_VERSION.finditer(text)}


def _place(hint: Hint, lines: Sequence[tuple[int, str]]) -> int:
    return next(place for place, (number, _) in enumerate(lines) if number == hint.line)


def _with(hint: Hint, **values: str) -> Hint:
    return replace(hint, values={**hint.values, **{name: value for name, value in values.items() if value}})
