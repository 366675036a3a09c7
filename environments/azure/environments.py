"""Environments and their versions: saved, looked at, listed, archived, restored, deleted."""

from django.db.models import F, OuterRef, Subquery
from django.db.models.functions import Coalesce
from django.http import HttpResponse, JsonResponse

from environments.azure import writing
from environments.azure.addresses import Place
from environments.azure.arm import Missing
from environments.azure.contexts import definition_of, with_files
from environments.azure.paging import answer_page, order_of, view_of
from environments.azure.reading import read_container, read_version, version_from
from environments.definitions.digest import definition_digest
from environments.definitions.model import DefinitionError
from environments.definitions.names import check_name, check_version_name
from environments.models import Build, Environment, Version
from environments.permissions import Right, require, workspace_for, workspace_to_edit
from environments.services.deletion import delete
from environments.services.drafts import draft
from environments.services.registering import amend, register
from environments.services.versions import VersionExists, next_name

ORDERS = {"createdtime": "sequence"}  # what `$orderBy` may name, as columns
IMMUTABLE = (
    "A resource with this name and version already exists: environment '{}' version '{}' is immutable; "
    "only description, tags, properties and isArchived can be changed."
)


def list_environments(request, sub, group, ws):
    """The environments of a workspace by name, those of submitted jobs left out."""
    workspace = workspace_for(request.user, ws)
    rows = view_of(request, _environments(workspace).filter(anonymous=False)).order_by("name")
    place = Place(request, sub, group, ws)

    def told(row):
        return writing.environment(place, _numbered(row, str(row.last_number + 1)))

    return answer_page(request, rows, "name", told)


def get_environment(request, sub, group, ws, name):
    """An environment, with the names that its newest version has and its next one would get."""
    workspace = workspace_for(request.user, ws)
    return _answer_environment(Place(request, sub, group, ws), workspace, _name(name))


def put_environment(request, sub, group, ws, name):
    """Describe it, archive it or restore it. It is made with its first version, not here."""
    workspace, name = workspace_to_edit(request.user, ws), _name(name)
    found = _environment(workspace, name)
    description, tags, archived = read_container(request)
    _amend(request, found, workspace, description=description, tags=tags, archived=archived)
    return _answer_environment(Place(request, sub, group, ws), workspace, name)


def delete_environment(request, sub, group, ws, name):
    """Delete it with all its versions, for good."""
    workspace = workspace_to_edit(request.user, ws)
    return _delete(request, workspace, Environment.objects.filter(workspace=workspace, name=_name(name)).first())


def list_versions(request, sub, group, ws, name):
    """The versions of an environment, the newest first unless `$orderBy` says otherwise."""
    workspace = workspace_for(request.user, ws)
    found = _environment(workspace, _name(name))
    rows = view_of(request, _versions(workspace).filter(environment=found), "environment__archived_at")
    order = order_of(request, ORDERS, "-sequence")
    place = Place(request, sub, group, ws)
    return answer_page(request, rows.order_by(order), order, lambda row: writing.version(place, row))


def get_version(request, sub, group, ws, name, version):
    """A version, archived or not."""
    row = _version(workspace_for(request.user, ws), _name(name), version)
    return JsonResponse(writing.version(Place(request, sub, group, ws), row))


def put_version(request, sub, group, ws, name, version):
    """Save a version under this name, or describe, archive or restore the one there is.

    201: a new one; 200: the one there is says the same; 409: it says something else.
    """
    workspace, name = workspace_to_edit(request.user, ws), _name(name)
    _check_names(name, version)
    sent, place = read_version(request), Place(request, sub, group, ws)
    row = _versions(workspace).filter(environment__name=name, name=version).first()
    made = None
    if row is None:
        made = _register(request, workspace, name, version, sent)
    elif not _says_the_same(place, workspace, sent, row):
        raise VersionExists(IMMUTABLE.format(name, version))
    if not made:
        row = row or _version(workspace, name, version)
        kept = {"description": sent.description, "tags": sent.tags, "properties": sent.properties}
        _amend(request, row, workspace, archived=sent.archived, **kept)
    elif sent.archived:
        _amend(request, _version(workspace, name, version), workspace, archived=True)
    return JsonResponse(writing.version(place, _version(workspace, name, version)), status=201 if made else 200)


def delete_version(request, sub, group, ws, name, version):
    """Delete it for good; its name is never given again."""
    workspace = workspace_to_edit(request.user, ws)
    rows = Version.objects.filter(environment__workspace=workspace, environment__name=_name(name), name=version)
    return _delete(request, workspace, rows.select_related("environment__workspace").first())


def _register(request, workspace, name, version, sent):
    """Save what was sent as a new version. Return whether it is new: someone else may have just saved the same."""
    whole, files = with_files(request, workspace, sent)
    drafted = draft(
        workspace,
        whole.definition,
        text=whole.text,
        files=files,
        name=version,
        description=sent.description or "",
        tags=sent.tags or {},
    )
    _, created = register(
        workspace, name, drafted, author=request.user, properties=sent.properties, anonymous=sent.anonymous
    )
    return created


def _says_the_same(place, workspace, sent, row):
    """Whether what was sent is the version's definition, or what the version is told as."""
    told = version_from(writing.definition(place, row))
    asked, known = (definition_digest(definition_of(place.request, workspace, one)) for one in (sent, told))
    return asked in (row.definition_digest, known)


def _amend(request, found, workspace, *, archived, **details):
    if archived is not None and archived != (found.archived_at is not None):
        require(request.user, Right.MANAGE, workspace)
    amend(found, by=request.user, archived=archived, **details)


def _delete(request, workspace, found):
    require(request.user, Right.MANAGE, workspace)
    if found is None:
        return HttpResponse(status=204)
    delete(found, by=request.user)
    return HttpResponse(status=200)


def _check_names(name, version):
    if problems := [*check_name(name), *check_version_name(version)]:
        raise DefinitionError(*problems)


def _name(name):
    """`azureml:train` is `train`: jobs that name an environment by a label send the prefix along."""
    return name.removeprefix("azureml:")


def _environments(workspace):
    """With the name of the newest version: of those not archived, if there are such."""
    newest = Version.objects.filter(environment=OuterRef("pk")).newest_first().values("name")[:1]
    latest = Coalesce(F("newest__name"), Subquery(newest))
    rows = Environment.objects.filter(workspace=workspace)
    return rows.annotate(latest_name=latest).select_related("workspace", "created_by")


def _numbered(row, following):
    """With the name its next version would get. Without any version the newest is told as that one, never as none."""
    row.next_name = following
    row.latest_name = row.latest_name or row.next_name
    return row


def _environment(workspace, name):
    found = _environments(workspace).filter(name=name).first()
    if found is None:
        raise Missing(f"Not found: environment container '{name[:60]}'.")
    return found


def _answer_environment(place, workspace, name):
    row = _environment(workspace, name)
    return JsonResponse(writing.environment(place, _numbered(row, next_name(row))))


def _versions(workspace):
    """With how the newest build stands."""
    newest = Build.objects.filter(version=OuterRef("pk")).order_by("-number")
    rows = Version.objects.filter(environment__workspace=workspace)
    rows = rows.select_related("environment__workspace", "author", "current_build__image")
    return rows.annotate(build_state=Subquery(newest.values("state")[:1]), build_id=Subquery(newest.values("pk")[:1]))


def _version(workspace, name, version):
    row = _versions(workspace).filter(environment__name=name, name=version).first()
    if row is None:
        raise Missing(f"Not found: environment '{name[:60]}' version '{version[:60]}'.")
    return row
