"""Stores build contexts by what is in them."""

from django.core.files.base import ContentFile

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
