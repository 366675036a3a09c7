"""How strictly a workspace takes each rule: not at all, as the catalogue says, or as a reason not to save."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from enum import StrEnum

from environments.definitions.catalogue import CATALOGUE, setting_of
from environments.definitions.model import Problem, Severity


class Level(StrEnum):
    OFF = "off"
    WARN = "warn"
    BLOCK = "block"


SETTABLE = tuple(code for code, entry in CATALOGUE.items() if entry.severity != Severity.ERROR)


def with_levels(problems: Iterable[Problem], levels: Mapping[str, str]) -> list[Problem]:
    """The problems a workspace wants to hear of, those that block marked so, first and in their order. Errors stay."""
    heard = [
        replace(found, blocking=levels.get(setting_of(found.code)) == Level.BLOCK)
        for found in problems
        if found.severity == Severity.ERROR or levels.get(setting_of(found.code)) != Level.OFF
    ]
    return sorted(heard, key=lambda found: found.severity != Severity.ERROR and not found.blocking)
