"""The addresses that Azure's clients ask, at the root of the host: they cannot be told of any other place."""

from django.urls import include, path

from environments.azure import blobs, environments, jobs, registries, site
from environments.azure.addresses import BLOBS, PROVIDER, REGISTRIES
from environments.azure.arm import guarded, nothing
from environments.azure.signing import caller_by_pass

app_name = "azure"
every_method = dict.fromkeys(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD"), nothing)

ENVIRONMENT = {"GET": environments.get_environment, "PUT": environments.put_environment}
VERSION = {"GET": environments.get_version, "PUT": environments.put_version}

workspace_urls = [
    path("datastores", guarded(GET=site.datastores), name="datastores"),
    path("datastores/<str:name>", guarded(GET=site.datastore), name="datastore"),
    path("jobs", guarded(GET=jobs.list_jobs), name="jobs"),
    path("jobs/<str:name>", guarded(GET=jobs.get_job, PUT=jobs.put_job), name="job"),
    path("codes/<str:name>/versions", guarded(GET=jobs.list_codes), name="codes"),
    path("codes/<str:name>/versions/<str:version>", guarded(GET=jobs.get_code, PUT=jobs.put_code), name="code"),
    path(
        "codes/<str:name>/versions/<str:version>/startPendingUpload",
        guarded(POST=jobs.start_upload),
        name="code-upload",
    ),
    path("environments", guarded(GET=environments.list_environments), name="environments"),
    path(
        "environments/<str:name>",
        guarded(**ENVIRONMENT, DELETE=environments.delete_environment),
        name="environment",
    ),
    path("environments/<str:name>/versions", guarded(GET=environments.list_versions), name="versions"),
    path(
        "environments/<str:name>/versions/<str:version>",
        guarded(**VERSION, DELETE=environments.delete_version),
        name="version",
    ),
]


def group_urls(word):
    """Below a resource group: Azure reads that word in any case, and clients write these two."""
    workspace = f"<str:sub>/{word}/<str:group>/providers/{PROVIDER}/workspaces/<str:ws>"
    return [
        path(workspace, guarded(GET=site.workspace), name="workspace"),
        path(f"{workspace}/", include(workspace_urls)),
    ]


of = registries.of_registries
registry_urls = [
    path(
        "tempdatarefs/<str:name>/versions/<str:version>", guarded(PUT=registries.start_upload), name="registry-upload"
    ),
    path("import", guarded(POST=registries.share), name="registry-share"),
    path("environments", guarded(GET=of(environments.list_environments)), name="registry-environments"),
    path(
        "environments/<str:name>",
        guarded(GET=of(environments.get_environment), PUT=of(registries.put_environment)),
        name="registry-environment",
    ),
    path("environments/<str:name>/versions", guarded(GET=of(environments.list_versions)), name="registry-versions"),
    path(
        "environments/<str:name>/versions/<str:version>",
        guarded(GET=of(environments.get_version), PUT=registries.put_version),
        name="registry-version",
    ),
]
registry = f"subscriptions/<str:sub>/resourceGroups/<str:group>/providers/{PROVIDER}/registries/<str:ws>/"

urlpatterns = [
    path("metadata/endpoints", site.metadata, name="metadata"),
    path("msi/token", site.identity, name="identity"),
    path("subscriptions/", include(group_urls("resourcegroups") + group_urls("resourceGroups"))),
    path(
        "registrymanagement/v1.0/registries/<str:registry>/discovery",
        guarded(GET=registries.discovery),
        name="registry-discovery",
    ),
    path(f"{REGISTRIES}/{registry}", include(registry_urls)),
    path(f"{REGISTRIES}/operations/<str:operation>", guarded(GET=registries.operation), name="registry-operation"),
    path("subscriptions/<path:rest>", guarded(**every_method), name="nothing"),
    path(
        f"{BLOBS}/<path:rest>",
        guarded(tell=blobs.tell_as_xml, caller=caller_by_pass, GET=blobs.read, HEAD=blobs.read, PUT=blobs.write),
        name="blob",
    ),
]
