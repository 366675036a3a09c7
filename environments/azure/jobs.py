"""Jobs, and the folders of code that come with them. A job is recorded with what it named; nothing runs it yet."""

import re

from django.conf import settings
from django.http import JsonResponse

from environments.azure.addresses import PROVIDER, Place
from environments.azure.arm import Missing, Refused
from environments.azure.paging import answer_page, order_of
from environments.azure.reading import finite, read_properties
from environments.azure.signing import signed_folder
from environments.azure.writing import system_data
from environments.definitions.names import RESERVED_PREFIXES
from environments.models import CURATED, PUBLIC, Code, Job, Version
from environments.models.blobs import CODE
from environments.permissions import Right, job_for, may, workspace_for, workspace_to_edit
from environments.services.jobs import JobExists, submit_job

LATEST = "latest"
NOT_RUN = "NotStarted"
MOST_URI = 2_000
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}")
_IN_WORKSPACE = re.compile(r"/workspaces/([^/]+)/environments/([^/]+)/(versions|labels)/([^/]+)$")
_IN_REGISTRY = re.compile(r"azureml://registries/([^/]+)/environments?/([^/]+)/(versions|labels)/([^/]+)$")
_SHORT = re.compile(r"(?:azureml:)?([^:/@]+)(?::([^:/@]+)|@(latest))$")


def list_jobs(request, sub, group, ws):
    """The jobs of a workspace, the newest first."""
    rows = Job.objects.filter(workspace=workspace_for(request.user, ws)).select_related("workspace", "submitted_by")
    place = Place(request, sub, group, ws)
    order = order_of(request, {}, "-pk")
    return answer_page(request, rows.order_by(order), order, lambda row: _job(place, row))


def get_job(request, sub, group, ws, name):
    """A job."""
    return JsonResponse(_job(Place(request, sub, group, ws), job_for(request.user, ws, name)))


def put_job(request, sub, group, ws, name):
    """Record a job with the exact version it names. 409: one of this name was submitted in another environment."""
    workspace = workspace_to_edit(request.user, ws)
    _check(name)
    properties = read_properties(request, numbers=finite)
    asked_for = properties.get("environmentId")
    if not isinstance(asked_for, str):
        raise Refused(400, "Only jobs that name an environment (“environmentId”) are recorded here.")
    version = _version(request.user, ws, asked_for)
    may_build = may(request.user, Right.BUILD, version.environment.workspace)
    try:
        job, created = submit_job(
            workspace,
            name,
            version,
            asked_for=asked_for,
            properties=properties,
            by=request.user,
            may_build=may_build,
        )
    except JobExists as error:
        raise Refused(409, str(error)) from None
    return JsonResponse(_job(Place(request, sub, group, ws), job), status=201 if created else 200)


def _version(user, ws, written):
    """The Version that a reference means, in any of Azure's spellings. Raises Refused."""
    if found := _IN_WORKSPACE.search(written) or _IN_REGISTRY.fullmatch(written):
        slug, name, kind, version = found.groups()
        label = kind == "labels"
    elif found := _SHORT.fullmatch(written):
        name, version, label = found[1], found[2] or LATEST, bool(found[3])
        slug = CURATED if name.startswith(RESERVED_PREFIXES) else ws
    else:
        raise Refused(400, f"“{written[:200]}” names no environment.")
    name = name.removeprefix("azureml:")
    if slug not in (ws, *PUBLIC):  # the job's page tells everyone in its workspace what the environment is
        raise Refused(400, "A job's environment is one of its own workspace, or of a registry.")
    rows = Version.objects.for_pages().filter(environment__workspace__slug=slug, environment__name=name)
    rows = rows.visible_to(user)
    row = rows.active().newest_first().first() if label and version == LATEST else rows.filter(name=version).first()
    if row is None:
        raise Refused(400, f"There is no environment {name[:60]} with the version {version[:100]} to submit a job in.")
    return row


def _job(place, row):
    endpoint = f"{settings.STUDIO_URL}{row.get_absolute_url()}"
    told = {"status": NOT_RUN, "services": {"Studio": {"endpoint": endpoint, "jobServiceType": "Studio"}}}
    return {
        "id": f"{place.id}/jobs/{row.name}",
        "name": row.name,
        "type": f"{PROVIDER}/workspaces/jobs",
        "properties": row.properties | told,
        "systemData": system_data(row.submitted_by, row.created_at, row.created_at),
    }


def list_codes(request, sub, group, ws, name):
    """The versions of a code, or those of any name with the hash that is asked for."""
    workspace = workspace_for(request.user, ws)
    rows = Code.objects.filter(workspace=workspace)
    asked = request.GET.get("hash")
    rows = rows.filter(properties__hash_sha256=asked) if asked else rows.filter(name=name)
    place = Place(request, sub, group, ws)
    return JsonResponse({"value": [_code(place, row) for row in rows[:1]]})


def get_code(request, sub, group, ws, name, version):
    """A folder of code."""
    row = Code.objects.filter(workspace=workspace_for(request.user, ws), name=name, version=version).first()
    if row is None:
        raise Missing(f"Not found: code '{name[:60]}' version '{version[:60]}'.")
    return JsonResponse(_code(Place(request, sub, group, ws), row))


def put_code(request, sub, group, ws, name, version):
    """Note that a folder of code was uploaded."""
    workspace = workspace_to_edit(request.user, ws)
    _check(name, version)
    sent = read_properties(request, numbers=finite)
    uri, properties = sent.get("codeUri"), sent.get("properties") or {}
    if not (isinstance(uri, str) and len(uri) <= MOST_URI and isinstance(properties, dict)):
        raise Refused(400, "“codeUri” is missing.")
    facts = {"uri": uri, "properties": properties}
    row, created = Code.objects.get_or_create(workspace=workspace, name=name, version=version, defaults=facts)
    if row.uri != uri:
        raise Refused(409, f"The code {name} has a version {version} already, and it never changes.")
    return JsonResponse(_code(Place(request, sub, group, ws), row), status=201 if created else 200)


def start_upload(request, sub, group, ws, name, version):
    """An address that the code's files may be written below for an hour, without a token beside it."""
    workspace = workspace_to_edit(request.user, ws)
    _check(name, version)
    folder = f"{CODE}{name}-{version}"
    kind = "TemporaryBlobReference"
    return JsonResponse(
        {"pendingUploadId": None, "pendingUploadType": kind} | signed_folder(request, workspace, folder)
    )


def _code(place, row):
    return {
        "id": f"{place.id}/codes/{row.name}/versions/{row.version}",
        "name": row.version,
        "type": f"{PROVIDER}/workspaces/codes/versions",
        "properties": {"codeUri": row.uri, "isAnonymous": True, "tags": {}, "properties": row.properties},
        "systemData": system_data(None, row.created_at, row.created_at),
    }


def _check(*names):
    for name in names:
        if not _NAME.fullmatch(name):
            raise Refused(400, f"“{name[:60]}” cannot be used as a name: use letters, digits, “.”, “_” and “-”.")
