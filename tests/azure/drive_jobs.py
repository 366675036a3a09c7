"""Jobs, registries and strangers."""

import subprocess
import sys

from azure.ai.ml import command
from azure.ai.ml.entities import BuildContext, Environment
from azure.core.exceptions import ClientAuthenticationError, HttpResponseError, ResourceNotFoundError
from driving import CONDA, ML, SMALL, TOKEN, URL, VARIABLES, WORKSPACE, check, client, folder, named, raises


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
