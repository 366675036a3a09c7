"""A version as a zip: what it is made again from, what it was built from, and the digests to check both by."""

import hashlib
import io
import shlex
import zipfile

from environments.contexts import ContextFiles
from environments.definitions.digest import from_canonical
from environments.definitions.parse import Document
from environments.definitions.text import ended
from environments.definitions.write import write_environment
from environments.locking.exports import Locked, formats_of
from environments.services.contexts import context_of

CONTEXT, LOCKS = "context", "locks"  # folders of the zip
FILE_NAME, README = "environment.yml", "README.md"
_PLAIN, _EXECUTABLE = 0o100644, 0o100755

INTRODUCTION = """\
# {name}

* `environment.yml` makes the version again: post this zip as application/zip to
  /api/v1/workspaces/WORKSPACE/environments of any studio, or give the file to Azure ML.
"""
HAS_CONTEXT = "* `context/` holds what the image is built from: `docker build context/`{where}.\n"
HAS_LOCKS = "* `locks/` holds the exact packages of the image, in every format they can be had in.\n"


def environment_text(version, *, build_path="."):
    """The version as Azure ML's environment YAML, its packages inline; a build context lies at `build_path`."""
    document = Document(
        from_canonical(version.definition),
        name=version.environment.name,
        version=version.name,
        description=version.description.strip(),
        tags=version.tags,
        text=ended(version.text) if version.text else "",
        build_path=build_path if version.context else None,
    )
    return write_environment(document)


def version_zip(version):
    """The bytes of a zip that holds the version; equal ones for as long as its image stays the same."""
    context = context_of(version)
    files = {FILE_NAME: environment_text(version, build_path=CONTEXT).encode()}
    files |= {f"{CONTEXT}/{path}": content for path, content in context.files.items()}
    files |= {f"{LOCKS}/{name}": text.encode() for name, text in _locks(version)}
    files = {README: _readme(version, files).encode(), **files}
    return _zipped(files, {f"{CONTEXT}/{path}" for path in context.executables}, version.created_at)


def context_zip(version):
    """The bytes of a zip of the files that the version is built from. None where its packages are not locked yet."""
    context: ContextFiles = context_of(version)
    return _zipped(context.files, context.executables, version.created_at) if context.files else None


def _locks(version):
    """(file name, text) in every format that the lock of its image can be had in."""
    lock = version.current_build.lock if version.current_build else None
    if lock:
        locked = Locked(lock.texts, lock.target, lock.channels)
        yield from ((known.file_name, known.write(locked)) for known in formats_of(lock.texts))


def _readme(version, files):
    folders = {path.partition("/")[0] for path in files}
    context = from_canonical(version.definition).context
    where = f" with `{_options(context)}`" if context else ""
    said = INTRODUCTION.format(name=version)
    said += HAS_CONTEXT.format(where=where) if CONTEXT in folders else ""
    said += HAS_LOCKS if LOCKS in folders else ""
    facts = "".join(f"* {label}: `{value}`\n" for label, value in _digests(version).items() if value)
    sums = "".join(f"{hashlib.sha256(content).hexdigest()}  {path}\n" for path, content in sorted(files.items()))
    return f"{said}\n## Digests\n\n{facts}\n```\n{sums}```\n"


def _options(context):
    given = [f"--build-arg {shlex.quote(f'{name}={value}')}" for name, value in context.args.items()]
    return " ".join([f"-f {shlex.quote(f'{CONTEXT}/{context.dockerfile_path}')}", *given])


def _digests(version):
    build, image = version.current_build, version.image_built
    return {
        "Definition": f"sha256:{version.definition_digest}",
        "Context": version.context and f"sha256:{version.context.sha256}",
        "Lock": build and build.lock and f"sha256:{build.lock.sha256}",
        "Base image": build and build.base_digest,
        "Image": image and image.name,
        "Image ID": image and image.image_id,
        "Image digest": image and image.repo_digest,
    }


def _zipped(files, executables, made_at):
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w", zipfile.ZIP_DEFLATED) as writing:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, date_time=made_at.timetuple()[:6])
            entry.external_attr = (_EXECUTABLE if path in executables else _PLAIN) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            writing.writestr(entry, files[path])
    return archive.getvalue()
