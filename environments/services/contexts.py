"""Stores build contexts by what is in them, and reads them back."""

from django.core.files.base import ContentFile

from environments.builder.archives import read_tar
from environments.contexts import ContextFiles
from environments.models import Context, Workspace


def store_context(workspace: Workspace, files: ContextFiles) -> Context:
    """Return the workspace's Context with these files, storing them only if they are new to it."""
    known = Context.objects.filter(workspace=workspace, sha256=files.digest).first()
    if known:
        return known
    archive = ContentFile(files.to_tar(), name=f"{workspace.slug}/{files.digest}.tar")
    context, _ = Context.objects.get_or_create(
        workspace=workspace,
        sha256=files.digest,
        defaults={"size": files.size, "manifest": list(files.manifest), "archive": archive},
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
