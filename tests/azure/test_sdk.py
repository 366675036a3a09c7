"""The SDK itself, unchanged, in virtual environments of its own, against a studio that listens over TLS."""

import os
import signal
import ssl
import subprocess
import sys
import uuid
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.conf import settings
from docker import APIClient

from environments.display import connecting
from studio.launch.certificates import Certificates
from tests.ports import free_port
from tests.waiting import wait_for

HERE = Path(__file__).parent
RELEASES = ["1.35.2", "1.22.4"]  # the newest first
TOKEN = "token of a studio under test"
FIRST_START = (
    "from environments.models import Workspace; from environments.services.setup import *; "
    "ensure_workspaces(); ensure_admin('x' * 20); Workspace.objects.create(slug='{slug}', title='Of the SDK')"
)
# What the driver's builds_are_waited_for() waits for.
BUILT = ["a_conda_file", "a_local_folder_is_uploaded", "three_hundred_files", "a_large_file", "builds_are_waited_for"]


@pytest.fixture(scope="module", params=RELEASES)
def sdk(request):
    """A Python that has the SDK of this release, installed once for a data folder."""
    folder = settings.DATA_DIR / "tools" / f"azure-sdk-{request.param}"
    python, done = folder / "bin/python", folder / "installed"
    if not done.exists():
        subprocess.run([sys.executable, "-m", "venv", "--clear", folder], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", HERE / "sdk" / f"{request.param}.txt"], check=True)
        done.touch()
    return python


@pytest.fixture
def workspace(request):
    """The slug of a workspace no other test has; the images it made are dropped afterwards."""
    slug = f"sdk-{uuid.uuid4().hex[:8]}"
    yield slug
    if request.node.get_closest_marker("engine"):
        with closing(APIClient(base_url=request.getfixturevalue("docker_host"), version="auto")) as client:
            for image in client.images(filters={"label": f"studio.workspace={slug}"}):
                client.remove_image(image["Id"], force=True)


@pytest.fixture
def variables(tmp_path, workspace):
    """The environment of a studio of its own, with its data made."""
    port = free_port()
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("STUDIO_", "DATABASE_", "DJANGO"))
    }
    own = {
        "STUDIO_DATA_DIR": str(tmp_path / "data"),
        "STUDIO_PORT": str(port),
        "STUDIO_URL": f"http://localhost:{port}",
        "STUDIO_ADMIN_TOKEN": TOKEN,
        "STUDIO_DISK_KEEP": "1",
    }
    for command in (["migrate", "-v0"], ["shell", "-v0", "-c", FIRST_START.format(slug=workspace)]):
        subprocess.run([sys.executable, "manage.py", *command], env=kept | own, check=True)
    return kept | own


@pytest.fixture
def studio(sdk, variables, tmp_path):
    """(address, authority) of a studio without workers."""
    own = Certificates(tmp_path / "tls", {"localhost", "127.0.0.1"})
    own.renew()
    serve = ["gunicorn", "--config", "python:studio.launch.web", "--certfile", own.server, "--keyfile", own.server]
    address = f"https://localhost:{variables['STUDIO_PORT']}"
    with _running(serve, variables, signal.SIGTERM):
        wait_for(lambda: _answers(address, own.authority), "the studio to answer", seconds=60)
        yield address, own.authority


@pytest.fixture
def worker(variables, docker_host, bridge_channels, tmp_path):
    """A worker of that studio, on the real engine; conda packages come from the channels of the tests."""
    mirrors = tmp_path / "mirrors.toml"
    mirrors.write_text(bridge_channels.mirrors_file())
    more = {"DOCKER_HOST": docker_host, "STUDIO_MIRRORS": str(mirrors), "STUDIO_WORKERS": "1"}
    words = ["celery", "--quiet", "-A", "studio", "worker", "--without-gossip", "--without-mingle"]
    with _running([*words, "--loglevel", "WARNING"], variables | more, signal.SIGQUIT):
        yield


@contextmanager
def _running(words, variables, end):
    process = subprocess.Popen([sys.executable, "-m", *words], env=variables)
    try:
        yield
    finally:
        process.send_signal(end)
        process.wait(60)


def _answers(address, authority):
    with suppress(OSError):
        context = ssl.create_default_context(cafile=authority)
        return urlopen(f"{address}/metadata/endpoints", context=context, timeout=5).status == 200
    return False


def _drive(sdk, studio, workspace, *checks, **more):
    """What the driver prints of these checks, all of them unless some are named. Fails if one of them does."""
    address, certificate = studio
    variables = dict(os.environ) | {"DRIVER_LARGE_MB": "70"} | more  # MB; over 64 of them are sent in blocks
    command = [sdk, HERE / "driver.py", address, workspace, certificate, *checks]
    done = subprocess.run(command, input=TOKEN, env=variables, capture_output=True, text=True, timeout=1_800)
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-1_000:]
    return done.stdout


def test_the_sdk_works_unchanged(sdk, studio, workspace):
    assert _drive(sdk, studio, workspace).count(": passes") >= 36


@pytest.mark.engine
@pytest.mark.parametrize("sdk", RELEASES[:1], indirect=True)
def test_what_the_sdk_saves_is_built(sdk, studio, worker, workspace):
    said = _drive(sdk, studio, workspace, *BUILT, DRIVER_BUILDS="1")
    assert said.count(": passes") == 5, said


def test_what_the_page_connect_shows_works_as_it_is(sdk, studio, workspace, tmp_path):
    address, authority = studio
    secret = connecting.secret_lines().replace("the secret of the token", TOKEN)
    trust, script = connecting.authority_lines(f"file://{authority}"), connecting.first_script(may_edit=True)
    for variables, client in (
        ("", connecting.client_lines(address, workspace)),
        (connecting.variable_lines(address), connecting.credential_lines(workspace)),
    ):
        commands = f"set -e\n{secret}{trust}{variables}python - <<'END'\n{client}{script}END\n"
        path = f"{sdk.parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", commands], env={"PATH": path}, cwd=tmp_path, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr[-4_000:]
        assert "first-try 1 http://localhost" in done.stdout
        assert done.stdout.splitlines()[-1] == "first-try 1"
    plain = connecting.plain_line(address, workspace).replace("curl ", f"curl -s --cacert {authority} ")
    answer = subprocess.run(["bash", "-c", secret + plain], capture_output=True, text=True, check=True).stdout
    assert '"first-try"' in answer
