"""Which build context a `contextUri` means: one uploaded to this server, or one that the workspace has."""

from dataclasses import replace
from urllib.parse import unquote, urlsplit

from environments.azure.addresses import BLOBS
from environments.azure.writing import CONTEXTS
from environments.contexts import ContextFiles
from environments.definitions.model import Definition
from environments.models import Context
from environments.services.blobs import uploaded_context
from environments.services.contexts import load_context
from environments.services.drafts import context_definition
from environments.uploads import refuse

SUFFIX = ".blob."  # clients write it and words of their own behind the account that the datastore named


def parts_of(path):
    """(workspace, path in it) of an address below /azureblob/, in both ways that clients write them; or None.

    `vision/a/b` and `vision.blob.x/vision/a/b` are the same place.
    """
    first, _, rest = path.partition("/")
    if SUFFIX in first:
        first, _, rest = rest.partition("/")
    return (first, rest) if first else None


def definition_of(request, workspace, sent) -> Definition:
    """The definition with the digest of its context. Raises DefinitionError if that is not here."""
    context = sent.definition.context
    if context is None:
        return sent.definition
    folder = _folder(request, workspace, sent.address)
    digest = _stored(workspace, folder)
    if digest is None:
        digest = context_definition(_uploaded(workspace, folder), context.dockerfile_path).context.digest
    return replace(sent.definition, context=replace(context, digest=digest))


def with_files(request, workspace, sent):
    """(the same with its context's digest and Dockerfile, the files or None). Raises DefinitionError."""
    context = sent.definition.context
    if context is None:
        return sent, None
    folder = _folder(request, workspace, sent.address)
    digest = _stored(workspace, folder)
    if digest is None:
        files = _uploaded(workspace, folder)
    else:
        files = load_context(Context.objects.get(workspace=workspace, sha256=digest))
    return sent.with_files(files, context_definition(files, context.dockerfile_path)), files


def _folder(request, workspace, address):
    """The folder in the workspace's container."""
    try:
        url = urlsplit(address)
    except ValueError:  # `https://[x` opens an address that never ends
        url = urlsplit("")
    if url.netloc != request.get_host() or not url.path.startswith(f"/{BLOBS}/"):
        message = "A build context is not fetched from an address."
        raise refuse("build-address", message, "Name a folder of yours as the build's path: its files are uploaded.")
    parts = parts_of(unquote(url.path).removeprefix(f"/{BLOBS}/"))
    if parts is None or parts[0] != workspace.slug:
        raise _not_here()
    return parts[1].strip("/")


def _stored(workspace, folder):
    """The digest of a context that the workspace has, None if the folder is an uploaded one."""
    kind, _, digest = folder.partition("/")
    if kind != CONTEXTS:
        return None
    if not Context.objects.filter(workspace=workspace, sha256=digest).exists():
        raise _not_here()
    return digest


def _uploaded(workspace, folder) -> ContextFiles:
    files = uploaded_context(workspace, folder) if folder else None
    if files is None:
        raise _not_here()
    return files


def _not_here():
    message = "There is no build context at this address in this workspace, or it was not uploaded to its end."
    return refuse("context-missing", message, "Upload it again.")
