"""Stores build contexts by what is in them, and reads them back."""

from tempfile import TemporaryFile

from django.conf import settings
from django.core.files import File
from django.utils import timezone

from environments.builder.archives import read_tar
from environments.contexts import DOCKERFILE, ContextFiles
from environments.definitions.digest import from_canonical
from environments.definitions.model import Kind
from environments.definitions.render import Site, render
from environments.locking.layers import in_layers
from environments.models import Context, Version, Workspace


def store_context(workspace: Workspace, files: ContextFiles) -> Context:
    """Return the workspace's Context with these files, storing them only if they are new to it.

    One that no version names yet counts as stored just now, so that retention leaves time to save one.
    """
    stored = Context.objects.filter(workspace=workspace, sha256=files.digest)
    if stored.update(created_at=timezone.now()):
        return stored.get()
    with TemporaryFile() as archive:
        files.write_tar(archive)
        archive.seek(0)
        named = File(archive, name=f"{workspace.slug}/{files.digest}.tar")
        context, _ = Context.objects.get_or_create(
            workspace=workspace,
            sha256=files.digest,
            defaults={"size": files.size, "manifest": list(files.manifest), "archive": named},
        )
    return context


def load_context(context: Context) -> ContextFiles:
    """The files of a stored context."""
    with context.archive.open("rb") as archive:
        files = read_tar(archive)
    return ContextFiles(
        {path: content for path, (content, _) in files.items()},
        frozenset(path for path, (_, mode) in files.items() if mode & 0o100),
    )


def context_of(version: Version) -> ContextFiles:
    """The files a version is built from: its own context, or the Dockerfile the studio writes for it with its locks.

    Empty where packages have not been locked yet: the first build does that.
    """
    if version.context:
        return load_context(version.context)
    definition = from_canonical(version.definition)
    build = version.current_build
    base = _pinned(version.image, build.base_digest if build else "")
    if definition.kind == Kind.IMAGE:
        return ContextFiles({DOCKERFILE: f"FROM {base}\n".encode()})
    if build is None or build.lock is None:
        return ContextFiles({})
    site = Site(installer=settings.CONDA_INSTALLER)
    rendered = render(
        definition,
        base=base,
        locks=in_layers(build.lock.texts),
        site=site,
        user=build.image.facts.get("user", ""),
        compile_bytecode="compiled" in build.image.made_with,
    )
    return ContextFiles({DOCKERFILE: rendered.dockerfile.encode(), **rendered.files})


def _pinned(image: str, base_digest: str) -> str:
    """The base with the digest it had in the build, where a registry gave it one."""
    digest = base_digest.rpartition("@")[2] if "@" in base_digest else ""
    return f"{image}@{digest}" if digest and "@" not in image else image
