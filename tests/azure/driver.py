"""Runs the real SDK, unchanged, through everything the studio answers it; by a Python that has azure-ai-ml.

    python tests/azure/driver.py https://localhost:8443 WORKSPACE CA_FILE < TOKEN

The token's owner administers the workspace. Every check is a function; each prints a line, and the exit status is the
number of those that failed.
"""

import os
import sys
import time
import traceback
import uuid
from concurrent.futures import ThreadPoolExecutor
from importlib.metadata import version as installed
from pathlib import Path
from tempfile import mkdtemp

URL, WORKSPACE, CA = sys.argv[1:4]
TOKEN = sys.stdin.readline().strip()
os.environ["REQUESTS_CA_BUNDLE"] = CA
VARIABLES = dict(os.environ)  # before the SDK adds its own

from azure.ai.ml import MLClient, command, load_environment  # noqa: E402
from azure.ai.ml.constants import ListViewType  # noqa: E402
from azure.ai.ml.entities import BuildContext, Environment  # noqa: E402
from azure.core.credentials import AccessToken  # noqa: E402
from azure.core.exceptions import (  # noqa: E402
    ClientAuthenticationError,
    HttpResponseError,
    ResourceExistsError,
    ResourceNotFoundError,
)

RUN = uuid.uuid4().hex[:8]  # every run has names of its own, so that a studio can be driven twice
CHECKS = []
ACTIVE = ("none", "queued", "running")
LARGE = int(os.environ.get("DRIVER_LARGE_MB", "200")) * 1024**2
BUILDS = os.environ.get("DRIVER_BUILDS") == "1"  # whether a worker with an engine is there
BUILD_SECONDS = 900


class Token:
    def __init__(self, secret):
        self.secret = secret

    def get_token(self, *scopes, **kwargs):
        return AccessToken(self.secret, int(time.time()) + 86_400)


def client(secret=TOKEN, workspace=WORKSPACE, **more):
    places = ("azure_portal", "resource_manager", "active_directory", "aml_resource_id")
    metadata = dict.fromkeys((*places, "registry_discovery_endpoint"), URL) | {"storage_endpoint": "x"}
    more = {"workspace_name": workspace} | more
    return MLClient(Token(secret), "any-sub", "any-rg", cloud="studio", cloud_metadata=metadata, **more)


ML = client()


def check(function):
    CHECKS.append(function)
    return function


def named(name):
    return f"{name}-{RUN}"


def raises(kind, call, *words):
    """The error that the call ends with; its text must hold the words."""
    try:
        call()
    except kind as error:
        raised = error
    else:
        raise AssertionError(f"no {kind.__name__} was raised")
    missing = [word for word in words if word not in str(raised)]
    assert not missing, f"“{raised}” does not say {missing}"
    return raised


def folder(files):
    """A new folder with these {path: bytes}."""
    root = Path(mkdtemp(prefix="driver-"))
    for path, content in files.items():
        place = root / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    return root


CONDA = {"channels": ["conda-forge"], "dependencies": ["python=3.11", {"pip": ["rich==13.7.1"]}], "name": "t"}
DOCKERFILE = b"FROM python:3.11-slim\nCOPY requirements.txt .\nRUN pip install -r requirements.txt\n"
SMALL = {"Dockerfile": DOCKERFILE, "requirements.txt": b"requests==2.32.3\n", "sub/a.txt": b"hi\n"}


@check
def a_workspace_is_found():
    found = ML.workspaces.get(WORKSPACE)
    assert found.name == WORKSPACE
    assert found.location


@check
def an_image_with_a_version_of_its_own():
    made = ML.environments.create_or_update(
        Environment(name=named("img"), version="1", image="python:3.11-slim", tags={"k": "v"}, description="d")
    )
    assert (made.name, made.version, made.image) == (named("img"), "1", "python:3.11-slim")
    assert (made.tags, made.description) == ({"k": "v"}, "d")
    assert made.creation_context.created_at


@check
def the_same_again_changes_tags_only():
    again = ML.environments.create_or_update(
        Environment(name=named("img"), version="1", image="python:3.11-slim", tags={"k": "w"}, description="d2")
    )
    assert (again.version, again.tags, again.description) == ("1", {"k": "w"}, "d2")
    assert len(list(ML.environments.list(named("img")))) == 1


@check
def another_definition_is_a_conflict():
    other = Environment(name=named("img"), version="1", image="python:3.12-slim")
    error = raises(ResourceExistsError, lambda: ML.environments.create_or_update(other), "already exists", "immutable")
    assert error.error.code == "UserError"


@check
def what_is_missing_is_not_found():
    raises(ResourceNotFoundError, lambda: ML.environments.get(named("img"), version="9"), "version '9'")
    raises(ResourceNotFoundError, lambda: ML.environments.get(named("nothing"), version="1"))


@check
def the_latest_label():
    assert ML.environments.get(named("img"), label="latest").version == "1"


@check
def a_conda_file_comes_back_equal():
    made = ML.environments.create_or_update(
        Environment(name=named("conda"), version="1", image="debian:bookworm-slim", conda_file=dict(CONDA))
    )
    assert made.conda_file == CONDA
    assert ML.environments.get(named("conda"), version="1").conda_file == CONDA


@check
def routes_for_serving():
    routes = {f"{name}_route": {"port": 1, "path": f"/{name}"} for name in ("liveness", "readiness", "scoring")}
    text = "\n".join(["name: x", "version: 1", "image: a:b", "os_type: linux", "inference_config:"])
    for name, route in routes.items():
        text += f"\n  {name}:\n    port: {route['port']}\n    path: {route['path']}"
    sent = load_environment(folder({"environment.yml": text.encode()}) / "environment.yml")
    sent.name = named("routes")
    made = ML.environments.create_or_update(sent)
    assert made.inference_config.liveness_route.path == "/liveness"
    assert made.os_type.lower() == "linux"


@check
def versions_by_themselves():
    def save(image):
        return ML.environments.create_or_update(Environment(name=named("auto"), image=image)).version

    assert save("a:1") == "1"
    assert save("a:1") in ("1", "2")  # SDKs before 1.23 ask for the next one always
    last = int(ML.environments.get(named("auto"), label="latest").version)
    assert save("a:2") == str(last + 1)
    assert save("a:3") == str(last + 2)


@check
def two_at_once_never_share_a_version():
    name = named("race")
    ML.environments.create_or_update(Environment(name=name, version="1", image="a:0"))

    def save(number):
        try:
            sent = Environment(name=name, version="2", image=f"a:{number}")
            return ML.environments.create_or_update(sent).image
        except ResourceExistsError:
            return None

    with ThreadPoolExecutor(8) as pool:
        images = [image for image in pool.map(save, range(1, 9)) if image]
    assert len(images) == 1, images
    assert ML.environments.get(name, version="2").image == images[0]


@check
def lists_with_every_view():
    name = named("auto")
    known = {environment.name for environment in ML.environments.list()}
    assert {named("img"), name} <= known
    versions = [row.version for row in ML.environments.list(name)]
    assert versions == sorted(versions, key=int, reverse=True), "the newest first"
    assert [row.version for row in ML.environments.list(name, list_view_type=ListViewType.ARCHIVED_ONLY)] == []


@check
def a_long_list_is_paged():
    name = named("many")
    with ThreadPoolExecutor(4) as pool:
        made = [Environment(name=name, version=str(number), image=f"a:{number}") for number in range(1, 121)]
        list(pool.map(ML.environments.create_or_update, made))
    found = [row.version for row in ML.environments.list(name)]
    assert sorted(found, key=int) == [str(number) for number in range(1, 121)], len(found)


@check
def a_version_is_archived_and_restored():
    name = named("auto")
    ML.environments.archive(name, version="1")
    assert "1" not in [row.version for row in ML.environments.list(name)]
    archived = [row.version for row in ML.environments.list(name, list_view_type=ListViewType.ARCHIVED_ONLY)]
    assert archived == ["1"]
    assert ML.environments.get(name, version="1").image == "a:1"
    ML.environments.restore(name, version="1")
    assert "1" in [row.version for row in ML.environments.list(name)]


@check
def the_latest_is_archived_by_its_label():
    name = named("auto")
    last = ML.environments.get(name, label="latest").version
    ML.environments.archive(name, label="latest")
    assert ML.environments.get(name, label="latest").version != last
    ML.environments.restore(name, version=last)


@check
def an_environment_is_archived_and_restored():
    name = named("img")
    ML.environments.archive(name)
    assert name not in {environment.name for environment in ML.environments.list()}
    everything = ML.environments.list(list_view_type=ListViewType.ARCHIVED_ONLY)
    assert name in {environment.name for environment in everything}
    refused = Environment(name=name, version="2", image="a:2")
    raises(ResourceExistsError, lambda: ML.environments.create_or_update(refused), "archived")
    ML.environments.restore(name)
    assert name in {environment.name for environment in ML.environments.list()}


@check
def get_change_tags_and_save():
    found = ML.environments.get(named("conda"), version="1")
    found.tags = {"stage": "live"}
    assert ML.environments.create_or_update(found).tags == {"stage": "live"}


@check
def properties_say_how_the_build_stands():
    properties = ML.environments.get(named("conda"), version="1").properties
    assert properties["studio.state"] in (*ACTIVE, "succeeded", "failed", "cancelled")
    assert len(properties["studio.definition_digest"]) == 64
    assert properties["studio.url"].endswith(f"/env/{named('conda')}/v/1/")


@check
def what_is_wrong_is_told_at_once():
    began = time.monotonic()
    bad = Environment(name="AzureML-mine", version="1", image="a:1")
    raises(HttpResponseError, lambda: ML.environments.create_or_update(bad), "curated")
    bad = Environment(name=named("bad"), version="-1", image="a:1")
    raises(HttpResponseError, lambda: ML.environments.create_or_update(bad), "version")
    bad = Environment(name=named("bad"), version="1", image="python:3.11", conda_file={"dependencies": [{"a": 1}]})
    raises(HttpResponseError, lambda: ML.environments.create_or_update(bad), "dependency")
    bad = Environment(name=named("git"), version="1", build=BuildContext(path="https://github.com/o/r.git#main:sub"))
    raises(HttpResponseError, lambda: ML.environments.create_or_update(bad), "not fetched from an address")
    assert time.monotonic() - began < 10


@check
def a_local_folder_is_uploaded():
    root = folder(SMALL)
    sent = Environment(name=named("ctx"), version="1", build=BuildContext(path=str(root)))
    made = ML.environments.create_or_update(sent)
    assert made.build.path.startswith(f"{URL}/azureblob/")
    assert made.build.dockerfile_path == "Dockerfile"
    again = Environment(name=named("ctx"), version="1", build=BuildContext(path=str(root)))
    assert ML.environments.create_or_update(again).version == "1"
    copy = folder(SMALL)
    assert ML.environments.create_or_update(
        Environment(name=named("ctx"), version="1", build=BuildContext(path=str(copy)))
    )


@check
def another_folder_is_another_version():
    changed = folder({**SMALL, "sub/a.txt": b"changed\n"})
    other = Environment(name=named("ctx"), version="1", build=BuildContext(path=str(changed)))
    raises(ResourceExistsError, lambda: ML.environments.create_or_update(other))
    other = Environment(name=named("ctx"), version="2", build=BuildContext(path=str(changed)))
    assert ML.environments.create_or_update(other).version == "2"


@check
def a_context_is_archived_and_restored():
    ML.environments.archive(named("ctx"), version="2")
    ML.environments.restore(named("ctx"), version="2")
    assert ML.environments.get(named("ctx"), version="2").build.dockerfile_path == "Dockerfile"


@check
def a_dockerfile_in_a_folder_of_names_with_spaces():
    root = folder({"my docker/Größe.Dockerfile": b"FROM python:3.11-slim\n", "a b/c d.txt": b"x", "empty": b""})
    build = BuildContext(path=str(root), dockerfile_path="my docker/Größe.Dockerfile")
    made = ML.environments.create_or_update(Environment(name=named("spaces"), version="1", build=build))
    assert made.build.dockerfile_path == "my docker/Größe.Dockerfile"


@check
def three_hundred_files():
    files = {f"part{number % 7}/file-{number}.txt": f"{number}\n".encode() for number in range(299)}
    counted = b'FROM python:3.11-slim\nCOPY . /c\nRUN test "$(cat /c/part*/file-*.txt | wc -l)" = 299\n'
    root = folder({"Dockerfile": counted, **files})
    made = ML.environments.create_or_update(
        Environment(name=named("files"), version="1", build=BuildContext(path=str(root)))
    )
    assert made.version == "1"


@check
def a_large_file_in_blocks():
    measured = f'FROM python:3.11-slim\nCOPY large.bin /c/\nRUN test "$(stat -c %s /c/large.bin)" = {LARGE}\n'
    root = folder({"Dockerfile": measured.encode()})
    block = os.urandom(1024**2)
    with (root / "large.bin").open("wb") as file:
        for _ in range(LARGE // len(block)):
            file.write(block)
    made = ML.environments.create_or_update(
        Environment(name=named("large"), version="1", build=BuildContext(path=str(root)))
    )
    assert made.version == "1"


@check
def a_job_is_recorded_with_its_environment():
    named_one = command(
        command="python a.txt", environment=f"azureml:{named('conda')}:1", compute="cpu", name=named("job")
    )
    made = ML.jobs.create_or_update(named_one)
    assert (made.name, made.status) == (named("job"), "NotStarted")
    assert made.studio_url.endswith(f"/jobs/{named('job')}/")
    assert ML.jobs.get(named("job")).environment.endswith(f"{named('conda')}:1")


@check
def a_job_with_an_inline_environment_and_code():
    code = folder({"train.py": b"print('hello')\n", "lib/x.py": b"x = 1\n"})
    for number in range(2):  # the second time neither the environment nor the code is new
        inline = command(
            command="python train.py",
            code=str(code),
            environment=Environment(image="python:3.11-slim", conda_file=dict(CONDA)),
            compute="cpu",
            name=named(f"inline-{number}"),
        )
        made = ML.jobs.create_or_update(inline)
        assert "CliV2AnonymousEnvironment" in made.environment, made.environment
    version = made.environment.rpartition(":")[2]
    assert ML.environments.get("CliV2AnonymousEnvironment", version=version).conda_file == CONDA
    assert "CliV2AnonymousEnvironment" not in {row.name for row in ML.environments.list()}


@check
def a_job_in_the_latest_version():
    latest = command(command="true", environment=f"{named('auto')}@latest", compute="cpu", name=named("latest"))
    newest = ML.environments.get(named("auto"), label="latest").version
    assert ML.jobs.create_or_update(latest).environment.endswith(f":{newest}")
    assert named("latest") in {job.name for job in ML.jobs.list()}


def registry(name):
    return client(workspace=None, registry_name=name)


@check
def a_registry_takes_and_lists_versions():
    shared = registry("shared")
    made = shared.environments.create_or_update(Environment(name=named("reg"), version="1", image="a:1"))
    assert made.id == f"azureml://registries/shared/environments/{named('reg')}/versions/1"
    assert shared.environments.get(named("reg"), version="1").image == "a:1"
    assert named("reg") in {row.name for row in shared.environments.list()}
    assert [row.version for row in shared.environments.list(named("reg"))] == ["1"]
    other = Environment(name=named("reg"), version="1", image="a:2")
    raises(HttpResponseError, lambda: shared.environments.create_or_update(other), "immutable")
    assert shared.environments.create_or_update(Environment(name=named("reg"), image="a:2")).version == "2"
    assert shared.environments.get(named("reg"), label="latest").version == "2"


@check
def a_registry_takes_a_local_folder():
    build = BuildContext(path=str(folder(SMALL)))
    made = registry("shared").environments.create_or_update(Environment(name=named("regctx"), version="1", build=build))
    assert made.build.dockerfile_path == "Dockerfile"


@check
def an_environment_of_a_registry_is_archived_and_restored():
    shared = registry("shared")
    shared.environments.archive(named("reg"))
    assert named("reg") not in {row.name for row in shared.environments.list()}
    shared.environments.restore(named("reg"))
    assert named("reg") in {row.name for row in shared.environments.list()}


@check
def a_version_is_shared():
    made = ML.environments.share(
        named("conda"), "1", share_with_name=named("given"), share_with_version="3", registry_name="shared"
    )
    assert (made.name, made.version, made.conda_file) == (named("given"), "3", CONDA)
    context = ML.environments.share(
        named("ctx"), "1", share_with_name=named("givenctx"), share_with_version="1", registry_name="shared"
    )
    assert context.build


@check
def a_job_in_a_version_of_a_registry():
    there = f"azureml://registries/shared/environments/{named('given')}/versions/3"
    made = ML.jobs.create_or_update(command(command="true", environment=there, compute="cpu", name=named("there")))
    assert made.environment == there


@check
def the_curated_registry_is_read():
    list(registry("curated").environments.list())


@check
def a_stranger_is_refused():
    raises(ClientAuthenticationError, lambda: list(client("studio_unknown").environments.list()))


@check
def another_workspace_is_not_found():
    raises(ResourceNotFoundError, lambda: list(client(workspace="no-such-workspace").environments.list()))


@check
def variables_alone_lead_here():
    """Recipe B: an unchanged script with DefaultAzureCredential."""
    import subprocess

    script = (
        "import sys\n"
        "from azure.ai.ml import MLClient\n"
        "from azure.identity import DefaultAzureCredential\n"
        "ml = MLClient(DefaultAzureCredential(), 'sub', 'rg', sys.argv[1])\n"
        "print(len(list(ml.environments.list())))\n"
    )
    names = {"ARM_CLOUD_METADATA_URL": f"{URL}/metadata/endpoints?api-version=2019-05-01"}
    names |= {"IDENTITY_ENDPOINT": f"{URL}/msi/token", "IDENTITY_HEADER": TOKEN}
    done = subprocess.run(
        [sys.executable, "-c", script, WORKSPACE],
        env={**VARIABLES, **names},
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr[-2_000:]
    assert int(done.stdout.split()[-1]) > 0


def builds_are_waited_for():
    """By nothing but reading the versions again."""
    for name in ("conda", "ctx", "files", "large"):
        until = time.monotonic() + BUILD_SECONDS
        while (told := ML.environments.get(named(name), version="1").properties)["studio.state"] in ACTIVE:
            assert time.monotonic() < until, f"{name} is {told['studio.state']}"
            time.sleep(1)
        assert told["studio.state"] == "succeeded", (name, told)
        assert told["studio.image"].partition(":")[0].endswith(f"/{WORKSPACE}"), told
        assert len(told["studio.image_digest"].partition("sha256:")[2]) == 64, told


if BUILDS:
    check(builds_are_waited_for)


def main():
    print(f"azure-ai-ml {installed('azure-ai-ml')}")
    failed = 0
    only = sys.argv[4:]
    for function in CHECKS:
        if only and not any(word in function.__name__ for word in only):
            continue
        began = time.monotonic()
        try:
            function()
            outcome = "passes"
        except Exception:
            failed += 1
            outcome = f"FAILS\n{traceback.format_exc()[-2_500:]}"
        print(f"{function.__name__.replace('_', ' ')}: {outcome} ({time.monotonic() - began:.1f} s)", flush=True)
    print(f"{failed} failed")
    return failed


if __name__ == "__main__":
    sys.exit(main())
