"""What to paste so that Azure's clients speak to this studio. Pure: addresses and names in, texts out."""

KEYS = ("azure_portal", "resource_manager", "active_directory", "aml_resource_id", "registry_discovery_endpoint")
AUTHORITY_FILE = "studio-ca.pem"
BUNDLE = "studio-bundle.pem"


def secret_lines() -> str:
    """The token, for everything below; the secret itself is for the reader to fill in."""
    return 'export STUDIO_TOKEN="the secret of the token"\n'


def authority_lines(address: str) -> str:
    """Trust in the studio's authority, beside those that Python's clients trust already."""
    return f"""\
curl -o {AUTHORITY_FILE} "{address}"
cat "$(python -m certifi)" {AUTHORITY_FILE} > {BUNDLE}
export REQUESTS_CA_BUNDLE="$PWD/{BUNDLE}"
"""


def client_lines(url: str, workspace: str) -> str:
    """MLClient, told everything in Python; cloud must be a new name for each server of one process."""
    keys = ", ".join(f'"{key}"' for key in KEYS)
    return f"""\
import os, time
from azure.ai.ml import MLClient
from azure.core.credentials import AccessToken

class Token:
    def get_token(self, *scopes, **options):
        return AccessToken(os.environ["STUDIO_TOKEN"], int(time.time()) + 3600)

keys = [{keys}]
places = dict.fromkeys(keys, "{url}") | {{"storage_endpoint": "studio"}}
ml = MLClient(Token(), "any", "any", "{workspace}", cloud="studio", cloud_metadata=places)
"""


def variable_lines(url: str) -> str:
    """The same by variables alone, for scripts that are not to be touched."""
    return f"""\
export ARM_CLOUD_METADATA_URL="{url}/metadata/endpoints?api-version=2019-05-01"
export REGISTRY_DISCOVERY_ENDPOINT_URL="{url}"
export IDENTITY_ENDPOINT="{url}/msi/token"
export IDENTITY_HEADER="$STUDIO_TOKEN"
"""


def credential_lines(workspace: str) -> str:
    """What such a script says."""
    return f"""\
from azure.ai.ml import MLClient
from azure.identity import DefaultAzureCredential

ml = MLClient(DefaultAzureCredential(), "any", "any", "{workspace}")
"""


def first_script(*, may_edit: bool) -> str:
    """Goes on from `ml`: saves an environment if one may, and lists what is there."""
    save = """\
from azure.ai.ml.entities import Environment

packages = {"dependencies": ["python=3.11", "pip", {"pip": ["rich==13.7.1"]}]}
made = ml.environments.create_or_update(
    Environment(name="first-try", version="1", image="python:3.11-slim", conda_file=packages)
)
print(made.name, made.version, made.properties["studio.url"])
"""
    look = """\
for environment in ml.environments.list():
    print(environment.name, environment.latest_version)
"""
    return f"{save}{look}" if may_edit else look


def plain_line(url: str, workspace: str) -> str:
    """The studio's own interface, which needs no client."""
    return f'curl -H "Authorization: Bearer $STUDIO_TOKEN" "{url}/api/v1/workspaces/{workspace}/environments"\n'
