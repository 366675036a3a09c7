"""Rows as the resources that Azure's clients read."""

from django.conf import settings
from django.urls import reverse

from environments.azure.addresses import BLOBS, server
from environments.definitions.conda import write_conda
from environments.definitions.digest import from_canonical
from environments.definitions.model import Conda, Kind

OURS = "studio."  # begins the names of properties that the studio writes: what clients send back of them is dropped
ROUTES = {"livenessRoute": "liveness_route", "readinessRoute": "readiness_route", "scoringRoute": "scoring_route"}
CONTEXTS = "contexts"
UNBUILT = "none"


def environment(place, row):
    """An environment; `row` has latest_name and next_name beside its own columns."""
    return {
        "id": place.environment_id(row.name),
        "name": row.name,
        "type": f"{place.type}/environments",
        "properties": {
            "description": row.description or None,
            "tags": row.tags,
            "properties": {},
            "isArchived": row.archived_at is not None,
            "latestVersion": row.latest_name,
            "nextVersion": row.next_name,
        },
        "systemData": system_data(row.created_by, row.created_at, row.updated_at),
    }


def version(place, row):
    """A version; `row` has build_state and build_id of its newest build beside its own columns."""
    return {
        "id": place.version_id(row.environment.name, row.name),
        "name": row.name,
        "type": f"{place.type}/environments/versions",
        "properties": {
            **definition(place, row),
            **({"description": row.description} if row.description else {}),
            "tags": row.tags,
            "properties": row.properties | _told(row),
            "isAnonymous": row.environment.anonymous,
            "isArchived": bool(row.archived_at or row.environment.archived_at),
            "environmentType": "Curated" if row.environment.workspace.is_curated else "UserCreated",
            "provisioningState": "Succeeded",
        },
        "systemData": system_data(row.author, row.created_at, row.created_at),
    }


def definition(place, row):
    """What its definition says, in Azure's words. Requirements are told as a conda file that asks pip for them."""
    asked = from_canonical(row.definition)
    said = {"image": asked.image} if asked.image else {}
    if asked.kind == Kind.CONDA:
        said["condaFile"] = row.text or write_conda(asked.conda)
    if asked.kind == Kind.PIP:
        said["condaFile"] = write_conda(Conda(dependencies=("python", "pip"), pip=asked.requirements))
    if asked.context:
        address = f"{server(place.request)}/{BLOBS}/{place.slug}/{CONTEXTS}/{asked.context.digest}/"
        said["build"] = {"contextUri": address, "dockerfilePath": asked.context.dockerfile_path}
    if asked.inference_config:
        routes = {azure: asked.inference_config.get(ours) for azure, ours in ROUTES.items()}
        said["inferenceConfig"] = {name: _route(route) for name, route in routes.items() if route}
    return said | {"osType": asked.os_type}


def _route(route):
    return {"port": int(route["port"]), "path": route["path"]}


def _told(row):
    """How its image stands, so that a script can wait for a build by reading the version again. Texts only."""
    told = {"state": row.build_state or UNBUILT, "definition_digest": row.definition_digest, "kind": row.kind}
    told["url"] = f"{settings.STUDIO_URL}{row.get_absolute_url()}"
    if row.build_id:
        told["build_url"] = settings.STUDIO_URL + reverse("build", args=[row.environment.workspace.slug, row.build_id])
    if image := row.image_built:
        told |= {"image": image.name, "image_digest": image.repo_digest or image.image_id}
    return {f"{OURS}{name}": value for name, value in told.items()}


def system_data(author, created, changed):
    """Who made a resource and when; clients before 1.23 fail without it."""
    name = author.get_username() if author else "studio"
    return {
        "createdBy": name,
        "createdByType": "User",
        "createdAt": created.isoformat(),
        "lastModifiedBy": name,
        "lastModifiedByType": "User",
        "lastModifiedAt": changed.isoformat(),
    }
