"""One studio for all tests of this folder: what one of them breaks must have mended itself before the next."""

import os
from pathlib import Path

import pytest
from django.conf import settings

from tests.faults.studio import Studio


def pytest_collection_modifyitems(items):
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker(pytest.mark.engine)


@pytest.fixture(scope="session")
def running(tmp_path_factory):
    if os.geteuid() != 0:
        pytest.skip("only root can run a private engine")
    studio = Studio(tmp_path_factory.mktemp("studio"), settings.DATA_DIR / "tools/engine")
    try:
        studio.start()
        yield studio
    finally:
        studio.stop()


@pytest.fixture
def studio(running):
    running.still_runs()
    yield running
    print(running.log.read_text(errors="replace")[-6000:])
