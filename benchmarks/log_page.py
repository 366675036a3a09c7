"""How fast a build's log is written down, shown, searched and followed: 100,000 lines beside 1,000.

Starts the web server on a database of its own; what is measured there is in log_measures. Needs Chromium, but
no engine: what a build prints is handed to the recorder as the engine's events.
"""

import os
import subprocess
import sys
import tempfile

from tests.ports import free_port

IN_DJANGO = "import django; django.setup(); from benchmarks.log_measures import main; main()"
SERVER = ["-m", "gunicorn", "--config", "python:studio.launch.web"]
COMMANDS = (["manage.py", "migrate", "-v0"], ["manage.py", "collectstatic", "-v0", "--no-input"])


def main() -> None:
    """Print the measures."""
    with tempfile.TemporaryDirectory() as folder:
        variables = {"STUDIO_DATA_DIR": folder, "DJANGO_SETTINGS_MODULE": "studio.settings"}
        variables["STUDIO_PORT"] = str(free_port())
        variables["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # Playwright runs an event loop in the thread that measures
        environment = os.environ | variables
        for command in COMMANDS:
            subprocess.run([sys.executable, *command], env=environment, check=True)
        server = subprocess.Popen([sys.executable, *SERVER], env=environment)
        try:
            subprocess.run([sys.executable, "-c", IN_DJANGO], env=environment, check=True)
        finally:
            server.terminate()
            server.wait(timeout=30)


if __name__ == "__main__":
    main()
