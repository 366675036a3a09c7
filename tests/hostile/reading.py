"""How each kind of hostile input is read, and what it was read to, in a form that can be compared."""

from collections.abc import Callable
from typing import Any

from environments.contexts import ContextFiles, read_zip
from environments.definitions.conda import parse_conda
from environments.definitions.dockerfile import base_images, rewrite_dockerfile
from environments.definitions.includes import Includes
from environments.definitions.instructions import MAX_DOCKERFILE_BYTES, SOURCE
from environments.definitions.parse import parse_environment
from environments.definitions.requirements import parse_requirements
from environments.definitions.text import decode
from tests.hostile import archives, dockerfiles, pip_texts, yaml_texts
from tests.hostile.entry import CONDA, DOCKERFILE, ENVIRONMENT, IGNORE, PIP, ZIP, Entry

CORPUS: list[Entry] = [*yaml_texts.ENTRIES, *pip_texts.ENTRIES, *dockerfiles.ENTRIES, *archives.ENTRIES]
BESIDE = {"Dockerfile": b"FROM a\n", "a": b"", "b/c": b""}  # the files of the context that a .dockerignore lies in


def read(entry: Entry) -> Any:
    """Read it as a file is read. Raises DefinitionError. Any other exception is what these tests look for."""
    return _READERS[entry.kind](entry.content)


def read_typed(entry: Entry) -> Any:
    """Read the text itself where it was given as one, which may hold what no file can: lone surrogates."""
    return _TYPED[entry.kind](entry.data) if isinstance(entry.data, str) and entry.kind in _TYPED else read(entry)


def read_sent(entry: Entry) -> Any:
    """Read it as a file of a zip is read, whose other files it may name."""
    content, sent = entry.content, Includes({entry.kind: entry.content}, entry.kind)
    if entry.kind == CONDA:
        return parse_conda(decode(content, CONDA), CONDA, sent)
    return parse_requirements(decode(content, PIP), PIP, sent) if entry.kind == PIP else read(entry)


def _environment(text: str) -> tuple[str, str, str, dict[str, str]]:
    document = parse_environment(text)
    return document.name, document.version, document.definition.image, dict(document.tags)


def _dockerfile(text: str) -> tuple[str, ...]:
    """The images it names, once the engine's own text was made from it as well."""
    rewrite_dockerfile(text, cache_prefix="ours")
    return tuple(base_images(text))


def _ignored(content: bytes) -> tuple[str, ...]:
    return tuple(sorted(ContextFiles({**BESIDE, ".dockerignore": content}).for_build().files))


def _archive(content: bytes) -> tuple[str, ...]:
    files = read_zip(content)
    base_images(files.dockerfile())
    return tuple(sorted(files.files))


_TYPED: dict[str, Callable[[str], Any]] = {
    CONDA: parse_conda,
    PIP: parse_requirements,
    ENVIRONMENT: _environment,
    DOCKERFILE: _dockerfile,
}
_READERS: dict[str, Callable[[bytes], Any]] = {
    CONDA: lambda content: parse_conda(decode(content, CONDA)),
    PIP: lambda content: parse_requirements(decode(content, PIP)),
    ENVIRONMENT: lambda content: _environment(decode(content, ENVIRONMENT)),
    DOCKERFILE: lambda content: _dockerfile(decode(content, SOURCE, max_bytes=MAX_DOCKERFILE_BYTES, utf16=False)),
    IGNORE: _ignored,
    ZIP: _archive,
}
