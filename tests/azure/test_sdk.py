"""The SDK itself, unchanged, in virtual environments of its own, against a studio that listens over TLS."""

import os
import ssl
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

import pytest
from django.conf import settings

from environments.display import connecting
from studio.launch.certificates import Certificates
from tests.ports import free_port
from tests.waiting import wait_for

HERE = Path(__file__).parent
TOKEN = "token of a studio under test"
FIRST_START = "from environments.services.setup import *; ensure_workspaces(); ensure_admin('x' * 20)"


@pytest.fixture(scope="module", params=["1.35.2", "1.22.4"])
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
def studio(sdk, tmp_path):
    """(address, authority) of a studio without workers: what is built is another test's."""
    certificates, port = Certificates(tmp_path / "tls", {"localhost", "127.0.0.1"}), free_port()
    certificates.renew()
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("STUDIO_", "DATABASE_", "DJANGO"))
    }
    own = {
        "STUDIO_DATA_DIR": str(tmp_path / "data"),
        "STUDIO_PORT": str(port),
        "STUDIO_URL": f"http://localhost:{port}",
        "STUDIO_ADMIN_TOKEN": TOKEN,
        "STUDIO_BROKER_URL": "memory://",
    }
    variables = kept | own
    for command in (["migrate", "-v0"], ["shell", "-v0", "-c", FIRST_START]):
        subprocess.run([sys.executable, "manage.py", *command], env=variables, check=True)
    serve = [sys.executable, "-m", "gunicorn", "--config", "python:studio.launch.web"]
    process = subprocess.Popen(
        [*serve, "--certfile", certificates.server, "--keyfile", certificates.server], env=variables
    )
    address = f"https://localhost:{port}"
    try:
        wait_for(lambda: _answers(address, certificates.authority), "the studio to answer", seconds=60)
        yield address, certificates.authority
    finally:
        process.terminate()
        process.wait(30)


def _answers(address, authority):
    with suppress(OSError):
        context = ssl.create_default_context(cafile=authority)
        return urlopen(f"{address}/metadata/endpoints", context=context, timeout=5).status == 200
    return False


def test_the_sdk_works_unchanged(sdk, studio):
    address, authority = studio
    variables = dict(os.environ) | {"DRIVER_LARGE_MB": "70"}
    command = [sdk, HERE / "driver.py", address, "default", authority]
    done = subprocess.run(command, input=TOKEN, env=variables, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-1_000:]
    assert done.stdout.count(": passes") >= 37


def test_what_the_page_connect_shows_works_as_it_is(sdk, studio, tmp_path):
    address, authority = studio
    secret = connecting.secret_lines().replace("the secret of the token", TOKEN)
    trust, script = connecting.authority_lines(f"file://{authority}"), connecting.first_script(may_edit=True)
    for variables, client in (
        ("", connecting.client_lines(address, "default")),
        (connecting.variable_lines(address), connecting.credential_lines("default")),
    ):
        commands = f"set -e\n{secret}{trust}{variables}python - <<'END'\n{client}{script}END\n"
        path = f"{sdk.parent}:{os.environ['PATH']}"
        done = subprocess.run(
            ["bash", "-c", commands], env={"PATH": path}, cwd=tmp_path, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr[-4_000:]
        assert "first-try 1 http://localhost" in done.stdout
        assert done.stdout.splitlines()[-1] == "first-try 1"
    plain = connecting.plain_line(address, "default").replace("curl ", f"curl -s --cacert {authority} ")
    answer = subprocess.run(["bash", "-c", secret + plain], capture_output=True, text=True, check=True).stdout
    assert '"first-try"' in answer
