"""Registries: the workspaces that everyone may read, as Azure's clients find them, and sharing into one.

A new version is answered as a long operation, since older clients take nothing else; it has ended when it is answered.
"""

import re
import uuid

from django.http import Http404, HttpResponse, JsonResponse

from environments.azure import environments, site
from environments.azure.addresses import REGISTRIES, server
from environments.azure.arm import Missing, Refused
from environments.azure.reading import read_properties
from environments.azure.signing import signed_folder
from environments.definitions.digest import from_canonical
from environments.definitions.model import DefinitionError
from environments.definitions.names import check_name, check_version_name
from environments.models import PUBLIC, Version
from environments.permissions import Right, require, workspace_for, workspace_to_edit, workspaces_of
from environments.services.contexts import load_context
from environments.services.drafts import draft
from environments.services.registering import register

UPLOAD = "registry-"
OPERATIONS = f"{REGISTRIES}/operations"
_SOURCE = re.compile(r"azureml://locations/[^/]+/workspaces/([^/]+)/environments/([^/]+)/versions/([^/]+)")


def discovery(request, registry):
    """Where a registry is served: here."""
    row = _registry(request, registry)
    here = server(request)
    told = {
        "registryName": row.slug,
        "primaryRegion": site.LOCATION,
        "primaryRegionResourceProviderUri": f"{here}/",
        "resourceGroup": "studio",
        "subscriptionId": site.NOBODY,
        "registryFqdns": {site.LOCATION: {"uri": f"{here}/"}},
    }
    return JsonResponse(told)


def start_upload(request, sub, group, ws, name, version):
    """An address to upload a build context below: always a new one, for clients skip what they find uploaded."""
    _registry(request, ws)
    workspace = workspace_to_edit(request.user, ws)
    return JsonResponse(signed_folder(request, workspace, f"{UPLOAD}{uuid.uuid4().hex}"))


def put_environment(request, sub, group, ws, name):
    """Describe, archive or restore an environment; clients take nothing but a 201."""
    response = environments.put_environment(request, sub, group, ws, name)
    response.status_code = 201
    return response


def put_version(request, sub, group, ws, name, version):
    """Save a version, and answer as of a long operation."""
    _registry(request, ws)
    environments.put_version(request, sub, group, ws, name, version)
    address = f"{server(request)}/{OPERATIONS}/{uuid.uuid4().hex}"
    return HttpResponse(status=202, headers={"Azure-AsyncOperation": address, "Retry-After": "1"})


def operation(request, operation):
    """How a long operation stands: whatever could fail has failed before there was one."""
    return JsonResponse({"status": "Succeeded"})


def share(request, sub, group, ws):
    """Save a version of a workspace that the caller edits as one of the registry, with its context."""
    _registry(request, ws)
    registry, sent = workspace_to_edit(request.user, ws), read_properties(request)
    found = _SOURCE.fullmatch(str(sent.get("sourceAssetId")))
    if found is None:
        raise Refused(400, "“sourceAssetId” names no version of an environment.")
    source = _source(request.user, *found.groups())
    name = str(sent.get("destinationName") or source.environment.name)
    version = str(sent.get("destinationVersion") or source.name)
    if problems := [*check_name(name), *check_version_name(version)]:
        raise DefinitionError(*problems)
    drafted = draft(
        registry,
        from_canonical(source.definition),
        text=source.text,
        files=load_context(source.context) if source.context else None,
        name=version,
        message=f"Shared from {source}",
        description=source.description,
        tags=source.tags,
    )
    register(registry, name, drafted, author=request.user, properties=source.properties)
    return JsonResponse({})


def _source(user, guid, name, version):
    """The Version, of which everyone will know: so it takes an editor of its workspace to share it."""
    workspace = next((row for row in workspaces_of(user) if site.guid_of(row) == guid), None)
    rows = Version.objects.filter(environment__workspace=workspace, environment__name=name, name=version)
    row = rows.select_related("environment__workspace", "context").first() if workspace else None
    if row is None:
        raise Missing(f"Not found: environment '{name[:60]}' version '{version[:60]}'.")
    require(user, Right.EDIT, workspace)
    return row


def _registry(request, slug):
    if slug not in PUBLIC:
        raise Http404
    return workspace_for(request.user, slug)


def of_registries(view):
    """A view of workspaces, for those that are registries."""

    def answer(request, sub, group, ws, **parts):
        _registry(request, ws)
        return view(request, sub, group, ws, **parts)

    return answer
