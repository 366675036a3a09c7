"""Reads what programs send: a definition as YAML, JSON or a zip, or a small JSON object. Bounded, whatever comes."""

import json
from dataclasses import dataclass, replace

from ninja.errors import HttpError
from pydantic import ValidationError

from environments.contexts import ContextFiles, read_zip
from environments.definitions.fixes import with_fixes
from environments.definitions.model import Definition, DefinitionError, Problem, Severity
from environments.definitions.names import check_name
from environments.definitions.parse import SOURCE, Document, parse_environment
from environments.definitions.text import MAX_TEXT_BYTES, clean_text, decode
from environments.services.drafts import context_definition

MOST_ZIP_BYTES = 64 * 1024 * 1024
MOST_DEPTH = 50
FILE_NAME = "environment.yml"
SEND = "Send the definition as application/yaml, application/json or application/zip."
EMPTY = f"The body is empty. {SEND}"
NO_FILE = f"The archive holds no {FILE_NAME} at its top. Put it there, beside the files it names."
NO_CONTEXT = ("The build context is missing.", f"Send a zip that holds {FILE_NAME} and the folder it names.")
NO_OBJECT = "The body is no JSON object"
TWICE = "a key stands there twice"


@dataclass(frozen=True, slots=True)
class Sent:
    """A definition as it was sent, complete. `text` is what a version keeps as typed; `context` its files, if any."""

    document: Document
    definition: Definition
    text: str
    context: ContextFiles | None = None


@dataclass(frozen=True, slots=True)
class _Body:
    """The text of an environment file, and the files that came with it. `has_lines` unless we wrote the text."""

    text: str
    archive: ContextFiles | None = None
    has_lines: bool = True


def read_definition(request, *, must_be_named=False) -> Sent:
    """Read the definition in the body. Raises DefinitionError for what is wrong with it, HttpError for a body that is
    of another type (415), too large (413), or holds none (400)."""
    reader = _READERS.get(request.content_type)
    if reader is None:
        raise HttpError(415, SEND)
    body = reader(request)
    try:
        document = parse_environment(body.text, body.archive and body.archive.files)
    except DefinitionError as error:
        raise _with_fixes(error, body) if body.has_lines else _without_lines(error) from None
    if must_be_named and not document.name:
        raise DefinitionError(*check_name(""))
    if document.build_path is None:
        return Sent(document, document.definition, document.text)
    return _with_context(document, body)


def _with_context(document, body):
    """The definition of a build context, with its files."""
    if body.archive is None:
        raise DefinitionError(Problem("context-missing", Severity.ERROR, *NO_CONTEXT, SOURCE))
    path, args = document.definition.context.dockerfile_path, document.definition.context.args
    files = body.archive.folder(document.build_path, without={FILE_NAME})
    definition = replace(document.definition, context=context_definition(files, path, args).context)
    return Sent(document, definition, files.dockerfile(path), files)


def read_choice(request, schema):
    """Read a small JSON object as a schema, its defaults if there is no body. Raises HttpError (400, 413, 422)."""
    data = _read(request, MAX_TEXT_BYTES)
    try:
        return schema.model_validate(_json_object(data) if data.strip() else {})
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        raise HttpError(422, f"“{where[:60]}” does not fit: {first['msg']}.") from None


def _read(request, limit):
    """The whole body, if it is not larger than `limit` bytes."""
    data = request.read(limit + 1)
    if len(data) > limit:
        raise HttpError(413, f"The body is larger than {limit // 1024} kB. Leave out what is not needed.")
    return data


def _read_some(request, limit):
    data = _read(request, limit)
    if not data.strip():
        raise HttpError(400, EMPTY)
    return data


def _read_yaml(request):
    return _Body(decode(_read_some(request, MAX_TEXT_BYTES), SOURCE))


def _read_json(request):
    """JSON as the YAML it nearly is, written anew so that escapes mean the same in both."""
    value = _json_object(_read_some(request, MAX_TEXT_BYTES))
    text = json.dumps(_cleaned(value), ensure_ascii=False)
    return _Body(text.replace("\u2028", r"\u2028").replace("\u2029", r"\u2029"), has_lines=False)


def _read_archive(request):
    archive = read_zip(_read_some(request, MOST_ZIP_BYTES))
    if FILE_NAME not in archive.files:
        raise HttpError(400, NO_FILE)
    return _Body(decode(archive.files[FILE_NAME], SOURCE), archive)


_READERS = {
    **dict.fromkeys(("application/yaml", "application/x-yaml", "text/yaml", "text/x-yaml"), _read_yaml),
    "application/json": _read_json,
    **dict.fromkeys(("application/zip", "application/x-zip-compressed"), _read_archive),
}


def _json_object(data):
    """The object, every number as it is written (`3.10` stays `3.10`). Raises HttpError."""
    try:
        value = json.loads(
            data.decode("utf-8-sig"),
            object_pairs_hook=_pairs,
            parse_int=str,
            parse_float=str,
            parse_constant=_refuse,
        )
    except RecursionError:
        raise HttpError(400, f"{NO_OBJECT} that anyone needs: it is nested too deeply.") from None
    except ValueError as error:
        raise HttpError(400, f"{NO_OBJECT}: {error}.") from None
    if not isinstance(value, dict):
        raise HttpError(400, f"{NO_OBJECT}: put what you send between “{{” and “}}”.")
    return value


def _pairs(pairs):
    value = dict(pairs)
    if len(value) < len(pairs):
        raise ValueError(TWICE)
    return value


def _refuse(constant):
    raise ValueError(f"{constant} is no JSON value")


def _cleaned(value, key="", depth=0):
    """The value with every text in it cleaned. Raises DefinitionError for characters no text file may hold."""
    if depth > MOST_DEPTH:
        raise HttpError(400, f"{NO_OBJECT} that anyone needs: it is nested too deeply.")
    if isinstance(value, str):
        return clean_text(value, key)
    if isinstance(value, list):
        return [_cleaned(item, key, depth + 1) for item in value]
    if isinstance(value, dict):
        cleaned = {clean_text(name, key): _cleaned(item, key or name, depth + 1) for name, item in value.items()}
        if len(cleaned) < len(value):
            raise HttpError(400, f"{NO_OBJECT}: {TWICE}.")
        return cleaned
    return value


def _with_fixes(error, body):
    """The same problems with the edits that mend them, in this file and in those that came with it."""
    sources = {found.source for found in error.problems}
    files = body.archive.files if body.archive else {}
    texts = {name: files[name].decode("utf-8", "replace") for name in sources & files.keys()} | {SOURCE: body.text}
    return DefinitionError(*with_fixes(error.problems, texts))


def _without_lines(error):
    """The same problems; places in a text that we wrote ourselves would only mislead."""
    problems = (
        replace(found, line=None, column=None, source="body") if found.source == SOURCE else found
        for found in error.problems
    )
    return DefinitionError(*problems)
