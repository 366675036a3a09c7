"""`python -m studio.launch` serves everything, `... test [pytest arguments]` runs the tests.
For the container image, `... prepare` only prepares the data and `... healthy` ends with status 0 if the web answers.
"""

import os
import signal
import sys
from types import FrameType

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from studio.launch.addresses import answers, local_url
from studio.launch.commands import LaunchError
from studio.launch.serve import announce, serve
from studio.launch.steps import prepare_data
from studio.launch.testing import run_tests

ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


class Stopped(BaseException):
    """A person or the system asks us to end; everything that was started is to be stopped on the way out."""


def main(arguments: list[str]) -> int:
    """Do what is asked and return the exit status: 0 if a signal ended the serving, 1 if it could not be done."""
    action, *rest = arguments or ["serve"]
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "studio.settings")
    for number in ENDING:
        signal.signal(number, _stop)
    try:
        return ACTIONS[action](rest)
    except Stopped:
        return 0 if action == "serve" else 130
    except (LaunchError, ImproperlyConfigured) as error:
        print(f"\n{error}", file=sys.stderr, flush=True)
    return 1


def _serve(arguments: list[str]) -> int:
    serve()
    return 0


def _prepare(arguments: list[str]) -> int:
    announce(prepare_data())
    return 0


def _healthy(arguments: list[str]) -> int:
    return 0 if answers(local_url(settings.STUDIO_BIND, settings.STUDIO_PORT, "/healthz")) else 1


ACTIONS = {"serve": _serve, "prepare": _prepare, "healthy": _healthy, "test": run_tests}


def _stop(number: int, frame: FrameType | None) -> None:
    """The first signal unwinds us; later ones must not disturb the stopping."""
    for ending in ENDING:
        signal.signal(ending, _wait)
    raise Stopped


def _wait(number: int, frame: FrameType | None) -> None:
    print("Still stopping ...", flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
