"""What clients ask before anything else: where the services are, a token, the workspace, its datastore."""

from datetime import timedelta
from uuid import NAMESPACE_URL, uuid5

from django.conf import settings
from django.contrib.auth.decorators import login_not_required
from django.http import JsonResponse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET

from environments.azure.addresses import BLOBS, PROVIDER, Place, server
from environments.azure.arm import Missing
from environments.permissions import workspace_for
from environments.services.tokens import owner_of

CLOUD = "EnvironmentStudio"
LOCATION = "studio"
NOBODY = "00000000-0000-0000-0000-000000000000"
DATASTORE = "workspaceblobstore"
ASKED_AGAIN_AFTER = timedelta(hours=1)
NO_TOKEN = "X-IDENTITY-HEADER holds no token of the studio that is known and has not expired."


@require_GET
@login_not_required
def metadata(request):
    """The clouds there are: this one. The SDK reads it from ARM_CLOUD_METADATA_URL."""
    here = server(request)
    identity = {"loginEndpoint": here, "audiences": [f"{here}/"], "tenant": "common", "identityProvider": "AAD"}
    cloud = {
        "name": CLOUD,
        "portal": here,
        "resourceManager": f"{here}/",
        "authentication": identity,
        "suffixes": {"storage": "studio"},
    }
    return JsonResponse([cloud], safe=False)


@never_cache
@require_GET
@login_not_required
def identity(request):
    """The protocol of App Service's managed identities: the token in the header is handed back if it is good."""
    secret = request.headers.get("X-IDENTITY-HEADER", "")
    if not (secret and owner_of(secret)):
        return JsonResponse({"error": "invalid_client", "error_description": NO_TOKEN}, status=400)
    expires = timezone.now() + ASKED_AGAIN_AFTER
    token = {"access_token": secret, "expires_on": str(int(expires.timestamp())), "token_type": "Bearer"}
    return JsonResponse(token | {"resource": request.GET.get("resource", "")})


def workspace(request, sub, group, ws):
    """A workspace."""
    row = workspace_for(request.user, ws)
    here, place = server(request), Place(request, sub, group, ws)
    properties = {
        "friendlyName": row.title,
        "description": "",
        "workspaceId": guid_of(row),
        "provisioningState": "Succeeded",
        "publicNetworkAccess": "Enabled",
        "hbiWorkspace": False,
        "discoveryUrl": f"{here}/discovery",
        "mlFlowTrackingUri": "",
        "storageAccount": "studio",
        "keyVault": "studio",
        "applicationInsights": "studio",
        "containerRegistry": None,
        "tenantId": NOBODY,
    }
    return JsonResponse(
        {
            "id": place.id,
            "name": row.slug,
            "type": f"{PROVIDER}/workspaces",
            "location": LOCATION,
            "tags": {},
            "kind": "Default",
            "sku": {"name": "Basic", "tier": "Basic"},
            "identity": {"type": "None"},
            "properties": properties,
        }
    )


def guid_of(row):
    """The id that a workspace has everywhere, as clients name it in references."""
    return str(uuid5(NAMESPACE_URL, f"{settings.STUDIO_URL}/w/{row.slug}"))


def datastores(request, sub, group, ws):
    """The list of the one datastore that a workspace has."""
    row = workspace_for(request.user, ws)
    return JsonResponse({"value": [_datastore(Place(request, sub, group, ws), row)]})


def datastore(request, sub, group, ws, name):
    """Where build contexts are uploaded to: this server itself, by the same token, so it has no secrets to list."""
    row = workspace_for(request.user, ws)
    if name != DATASTORE:
        raise Missing(f"Not found: datastore '{name[:60]}'. The one there is, is called {DATASTORE}.")
    return JsonResponse(_datastore(Place(request, sub, group, ws), row))


def _datastore(place, row):
    host = place.request.get_host()
    properties = {
        "description": None,
        "tags": {},
        "properties": {},
        "isDefault": True,
        "credentials": {"credentialsType": "None"},
        "datastoreType": "AzureBlob",
        "accountName": f"{host}/{BLOBS}/{row.slug}",  # clients write `.blob.x` behind it and take it for a host
        "containerName": row.slug,
        "endpoint": "studio",
        "protocol": "https",
        "serviceDataAccessAuthIdentity": "None",
    }
    return {
        "id": f"{place.id}/datastores/{DATASTORE}",
        "name": DATASTORE,
        "type": f"{PROVIDER}/workspaces/datastores",
        "properties": properties,
    }
