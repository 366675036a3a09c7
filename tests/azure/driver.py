"""Runs the real SDK, unchanged, through everything the studio answers it; by a Python that has azure-ai-ml.

    python tests/azure/driver.py https://localhost:8443 WORKSPACE CA_FILE < TOKEN

The token's owner administers the workspace. Every check is a function; each prints a line, and the exit status is the
number of those that failed.
"""

import os
import sys
import time
import traceback
from importlib import import_module
from importlib.metadata import version as installed

from driving import ACTIVE, CHECKS, ML, WORKSPACE, check, named

BUILDS = os.environ.get("DRIVER_BUILDS") == "1"  # whether a worker with an engine is there
BUILD_SECONDS = 900

for module in ("drive_environments", "drive_uploads", "drive_jobs"):
    import_module(module)  # adds its checks


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
