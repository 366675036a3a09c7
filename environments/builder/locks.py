"""Locks pip packages inside the base image itself, so that the lock fits its Python and nothing runs on the worker."""

import hashlib
import json
from contextlib import suppress

from environments.builder.archives import PLAIN, site_files, write_tar
from environments.engine.protocol import BuildFailed, BuildRequest, Built, EngineError
from environments.locking import pip
from environments.models import Lock

MOST_LOCK_BYTES = 20_000_000
MOST_PRINTED = 100_000  # characters: a package that is asked what it needs may print what it likes


def locked(job, base, probe, pinned, *, tools, cache, requirements):
    """Lock for the base, which the engine holds under the name `pinned`.

    Return the workspace's Lock of requirements for this base. Raises LockError with the resolver's explanation."""
    with job.recorder.step("lock", f"Lock {_count(requirements)}") as log:
        text = _resolve(job, pinned, tools, cache, requirements) if requirements else ""
        log(f"{_count(pip.pins(text))} locked")
    return _store(job.workspace, {"pip": text} if text else {}, _target(probe))


def _count(things):
    return f"{len(things)} package{'' if len(things) == 1 else 's'}"


def _resolve(job, pinned, tools, cache, requirements):
    """One engine build whose only product is the lock file; the image is dropped again."""
    dockerfile, files = pip.lock_context(requirements, base=pinned, tools=tools, cache_id=cache)
    context = {path: (content, PLAIN) for path, content in files.items()} | site_files()
    request = BuildRequest(
        build_id=job.engine_build_id,
        context=write_tar(context | {"Dockerfile": (dockerfile.encode(), PLAIN)}),
        dockerfile_path="Dockerfile",
        labels={"studio.lock": "1"},
        no_cache=True,
    )
    image_id = _run(job, request)
    try:
        return pip.finished(job.engine.read_file(image_id, pip.LOCK_PATH, max_bytes=MOST_LOCK_BYTES).decode())
    finally:
        with suppress(EngineError):
            job.engine.remove_image(image_id)


def _run(job, request):
    """Run the build quietly: what it prints is our step's log, and its failure is the resolver's explanation."""
    printed = ""
    try:
        for event in job.engine.build(request):
            if isinstance(event, Built):
                return event.image_id
            printed = (printed + getattr(event, "text", ""))[-MOST_PRINTED:]
    except BuildFailed as error:
        raise pip.LockError(pip.explain(printed) or str(error)) from error
    raise EngineError("The engine ended the build of the lock without an image.")


def _target(probe):
    return {"python": probe.python, "glibc": probe.glibc, "platform": f"linux/{probe.architecture}"}


def _store(workspace, texts, target):
    content = json.dumps([texts, target], sort_keys=True)
    lock, _ = Lock.objects.get_or_create(
        workspace=workspace,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        defaults={"texts": texts, "target": target},
    )
    return lock
