"""Reads entries of the corpus, given by their numbers, each in a process of its own within hard limits.

Run as a program: `python -m tests.hostile.apart NUMBER...`. Prints {number: [exit code, [code, line]]} as JSON; a
process that a signal ended has its negative number for an exit code, and null in place of an answer.
"""

import json
import os
import resource
import sys
from typing import Any

from environments.definitions.model import Context, Definition, DefinitionError, Kind
from environments.definitions.rules import lint
from tests.hostile.entry import DOCKERFILE, PIP, Entry
from tests.hostile.reading import CORPUS, read

CPU_SECONDS, MEMORY_BYTES = 5, 512 * 1024**2


def main(numbers: list[int]) -> None:
    print(json.dumps({number: _apart(CORPUS[number]) for number in numbers}))


def _apart(entry: Entry) -> list[Any]:
    answer, to_write = os.pipe()
    child = os.fork()
    if not child:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
        os.write(to_write, json.dumps(_look(entry)).encode())
        os._exit(0)
    os.close(to_write)
    with os.fdopen(answer, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    return [os.waitstatus_to_exitcode(status), json.loads(said) if said else None]


def _look(entry: Entry) -> tuple[str, int | None]:
    """Read the entry, and lint requirements and Dockerfiles: the code and line it is refused for, ("", None)."""
    try:
        value = read(entry)
    except DefinitionError as error:
        return error.problems[0].code, error.problems[0].line
    if entry.kind == PIP:
        lint(Definition(kind=Kind.PIP, image="a:1", requirements=value), entry.content.decode())
    if entry.kind == DOCKERFILE:
        lint(Definition(kind=Kind.CONTEXT, context=Context("0" * 64)), entry.content.decode())
    return "", None


if __name__ == "__main__":
    main([int(number) for number in sys.argv[1:]])
