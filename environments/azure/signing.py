"""Addresses that carry a pass of their own: for one folder of one workspace, for an hour, and no longer than the token
lasts with which it was asked for."""

from urllib.parse import urlencode

from django.core import signing as django_signing
from django.core.signing import BadSignature

from environments.azure.addresses import BLOBS, server
from environments.azure.arm import bearer_of, caller_of
from environments.azure.contexts import parts_of
from environments.models.tokens import token_hash
from environments.permissions import require_scope_for
from environments.services.tokens import owner_of_hash

SALT = "azure-upload"
GOOD_FOR = 3_600  # seconds


def sign(request, slug, folder):
    """The pass, as a word for the query of an address."""
    return django_signing.dumps([token_hash(bearer_of(request)), slug, folder], salt=SALT)


def signed_folder(request, workspace, folder):
    """The reference to a folder of the workspace's blobs that clients upload by, without a token beside it."""
    address = f"{server(request)}/{BLOBS}/{workspace.slug}/{folder}"
    query = urlencode({"sv": "2021-08-06", "sr": "c", "sig": sign(request, workspace.slug, folder)})
    reference = {
        "blobUri": address,
        "storageAccountArmId": "studio",
        "credential": {"credentialType": "SAS", "sasUri": f"{address}?{query}"},
    }
    return {"blobReferenceForConsumption": reference}


def caller_by_pass(request):
    """The user whose token came along, or whose pass is for where the request goes. Raises Refused."""
    written = request.GET.get("sig")
    if not written or bearer_of(request):
        return caller_of(request)
    try:
        hashed, slug, folder = django_signing.loads(written, salt=SALT, max_age=GOOD_FOR)
    except BadSignature:
        return caller_of(request)
    parts = parts_of(request.path.partition("/")[2].partition("/")[2])
    allowed = parts and parts[0] == slug and f"{parts[1]}/".startswith(f"{folder}/")
    user = owner_of_hash(hashed) if allowed else None
    if user is None:
        return caller_of(request)
    require_scope_for(user, request.method)
    return user
