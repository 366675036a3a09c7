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
    """(address, certificate) of a studio without workers: what is built is another test's."""
    certificate, key, port = tmp_path / "cert.pem", tmp_path / "key.pem", free_port()
    subprocess.run([sdk, HERE / "certificate.py", certificate, key], check=True)
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
    process = subprocess.Popen([*serve, "--certfile", certificate, "--keyfile", key], env=variables)
    address = f"https://localhost:{port}"
    try:
        wait_for(lambda: _answers(address, certificate), "the studio to answer", seconds=60)
        yield address, certificate
    finally:
        process.terminate()
        process.wait(30)


def _answers(address, certificate):
    with suppress(OSError):
        context = ssl.create_default_context(cafile=certificate)
        return urlopen(f"{address}/metadata/endpoints", context=context, timeout=5).status == 200
    return False


def test_the_sdk_works_unchanged(sdk, studio):
    address, certificate = studio
    variables = dict(os.environ) | {"DRIVER_LARGE_MB": "70"}
    command = [sdk, HERE / "driver.py", address, "default", certificate]
    done = subprocess.run(command, input=TOKEN, env=variables, capture_output=True, text=True, timeout=900)
    assert done.returncode == 0, done.stdout[-8_000:] + done.stderr[-1_000:]
    assert done.stdout.count(": passes") >= 37
