"""Every regular expression of the project against long strings made from its own letters.

Run as a program, it tries them all within CPU_SECONDS: the kernel ends a process that a pattern keeps busy for longer,
and the last line it printed names that pattern.
"""

import importlib
import inspect
import pkgutil
import re
import resource
from collections.abc import Iterator
from itertools import product

from environments.hints.finding import MOST_CHARACTERS
from environments.hints.kinds import KINDS

CPU_SECONDS = 20
PURE = [
    *(f"environments.{name}" for name in ("definitions", "display", "locking", "diffing", "hints")),
    *(f"environments.{name}" for name in ("dockerignore", "uploads", "builder.masking", "engine.wording")),
]
LONG = 100_000
KINDS_MODULE = "environments.hints.kinds"
# Strings are cut to this length before these see them, by the constant named.
CAPPED = {
    "environments.definitions.specs": 500,  # MAX_SPEC
    "environments.definitions.names": 255,  # MAX_NAME
    "environments.definitions.images": 255,  # MAX_NAME
    "environments.definitions.stages": 1_000,  # MAX_ARGUMENT
    "environments.definitions.conda_rules": 500,  # MAX_SPEC
    KINDS_MODULE: MOST_CHARACTERS,
    "environments.definitions.addresses": 64 * 1024,  # MAX_TEXT_BYTES
}
LOOKING = ("search", "sub", "finditer", "findall", "split")


def all_patterns() -> Iterator[tuple[str, str, re.Pattern[str]]]:
    """(module, name, pattern) of each pattern of text that a pure module keeps."""
    for package in PURE:
        folder = importlib.import_module(package)
        inner = pkgutil.iter_modules(getattr(folder, "__path__", ()), f"{package}.")
        for module_name in (package, *(found.name for found in inner)):
            module = importlib.import_module(module_name)
            for name, value in vars(module).items():
                if isinstance(value, re.Pattern) and isinstance(value.pattern, str):
                    yield module_name, name, value
    for kind in KINDS:
        for number, pattern in enumerate(kind.patterns):
            yield KINDS_MODULE, f"{kind.code} {number}", pattern


def ways(module: str, name: str) -> list[str]:
    """How the module uses the pattern: looking for it anywhere costs more than matching at the start."""
    source = inspect.getsource(importlib.import_module(module))
    used = [way for way in LOOKING if f"{name}.{way}(" in source]
    return ["match", "fullmatch", *(["search"] if used else [])]


def strings(pattern: re.Pattern[str], length: int) -> Iterator[str]:
    """One or two letters of the pattern over and over, with an end that fits none."""
    letters = sorted({*re.sub(r"\\.|[A-Za-z0-9]{2,}", "", pattern.pattern), "a", "0", " ", "-"})[:24]
    pumps = [*letters, *("".join(pair) for pair in product(letters[::2], letters[1::3]))]
    for pump in pumps:
        yield (pump * (length // len(pump) + 1))[:length] + "\uffff"


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    for module, name, pattern in all_patterns():
        print(module, name, flush=True)
        for text in strings(pattern, CAPPED.get(module, LONG)):
            for way in ways(module, name):
                getattr(pattern, way)(text)
    print("done", flush=True)


if __name__ == "__main__":
    main()
