"""What `make test` starts, handed to the tests, and the rule that nothing may be skipped where all must be there."""

import os
import shutil

import pytest
from django.conf import settings
from hypothesis import HealthCheck
from hypothesis import settings as examples

from environments.services.setup import ensure_workspaces
from tests.arguments import BROWSER_ARGUMENTS
from tests.cast import make_user, make_workspace
from tests.together import ENGINE, Together

# Playwright runs an event loop in the test's thread, where Django would refuse to touch the database.
os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "1")

# The same examples in every run, however slow the machine is. --hypothesis-profile=search tries others each time.
NO_MATTER = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture]
examples.register_profile("search", deadline=None, suppress_health_check=NO_MATTER)
examples.register_profile("studio", examples.get_profile("search"), derandomize=True)
examples.load_profile("studio")

pytest_plugins = ["tests.channel.fixtures"]

REQUIRE_ALL = any(os.environ.get(name, "") not in ("", "0", "false") for name in ("REQUIRE_ALL", "CI"))


@pytest.fixture(scope="session")
def docker_host() -> str:
    """Address of a real container engine, as DOCKER_HOST spells it."""
    if not settings.DOCKER_HOST:
        pytest.fail("This test needs a container engine: run `make test`, or set DOCKER_HOST.", pytrace=False)
    return settings.DOCKER_HOST


@pytest.fixture(scope="session")
def chromium_path() -> str:
    """Full path of a program that starts Chromium."""
    path = os.environ.get("STUDIO_TEST_CHROMIUM") or shutil.which("chromium")
    if not path:
        pytest.fail("This test needs Chromium: run `make test`, or install it.", pytrace=False)
    return path


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict, chromium_path: str) -> dict:
    """Tell Playwright which Chromium to start, and that it needs no sandbox for pages of our own."""
    return browser_type_launch_args | {"executable_path": chromium_path, "args": BROWSER_ARGUMENTS}


@pytest.fixture
def vision(db):
    """A workspace alice edits and bob looks at, beside the two that are always there."""
    ensure_workspaces()
    return make_workspace("vision", editor=make_user("alice"), viewer=make_user("bob"))


@pytest.fixture
def alice(vision):
    return vision.members.get(role="editor").user


@pytest.fixture
def bob(vision):
    return vision.members.get(role="viewer").user


@pytest.fixture
def charlie(vision):
    """A member of nothing."""
    return make_user("charlie")


@pytest.fixture
def admin(vision):
    return make_user("admin", is_superuser=True, is_staff=True)


@pytest.fixture
def plain_files(settings, tmp_path):
    """Uploads go to a folder of the test's own, and pages name static files that nobody has collected."""
    settings.MEDIA_ROOT = tmp_path / "files"
    settings.STORAGES = settings.STORAGES | {
        "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
    }


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config, log):
    return Together(config, log)


def pytest_collection_modifyitems(items):
    for item in items:
        uses_engine = item.get_closest_marker("engine") or {"docker_host", "channel"} & set(item.fixturenames)
        if uses_engine and not item.nodeid.startswith(ENGINE):
            raise pytest.UsageError(f"{item.nodeid} uses an engine: name its file in tests/together.py.")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item, call):
    return _refuse_skip((yield))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(collector):
    return _refuse_skip((yield))


def _refuse_skip(report):
    """Turn a skipped test or module into a failure, unless the skip is an expected failure."""
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"Nothing may be skipped here: {report.longrepr}"
    return report
