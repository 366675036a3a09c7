"""The addresses of this server, and the ids of what it holds, as Azure's clients read them."""

PROVIDER = "Microsoft.MachineLearningServices"
BLOBS = "azureblob"
REGISTRIES = "mferp/managementfrontend"


def server(request):
    """Where the caller reached this server: `https://host:port`, without a slash at the end."""
    return f"{request.scheme}://{request.get_host()}"


class Place:
    """A workspace or registry as the caller named it; subscription and resource group are only handed back."""

    def __init__(self, request, sub, group, ws):
        self.request, self.slug = request, ws
        self.is_registry = request.path.startswith(f"/{REGISTRIES}/")
        self.type = f"{PROVIDER}/{'registries' if self.is_registry else 'workspaces'}"
        self.id = f"/subscriptions/{sub}/resourceGroups/{group}/providers/{self.type}/{ws}"
        if self.is_registry:
            self.id = f"azureml://registries/{ws}"

    def environment_id(self, name):
        return f"{self.id}/environments/{name}"

    def version_id(self, name, version):
        return f"{self.environment_id(name)}/versions/{version}"
