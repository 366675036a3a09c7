"""The addresses of this server, and the ids of what it holds, as Azure's clients read them."""

PROVIDER = "Microsoft.MachineLearningServices"
BLOBS = "azureblob"


def server(request):
    """Where the caller reached this server: `https://host:port`, without a slash at the end."""
    return f"{request.scheme}://{request.get_host()}"


class Place:
    """A workspace as the caller named it: its subscription and resource group are free words, and only handed back."""

    def __init__(self, request, sub, group, ws):
        self.request, self.slug = request, ws
        self.id = f"/subscriptions/{sub}/resourceGroups/{group}/providers/{PROVIDER}/workspaces/{ws}"

    def environment_id(self, name):
        return f"{self.id}/environments/{name}"

    def version_id(self, name, version):
        return f"{self.environment_id(name)}/versions/{version}"
