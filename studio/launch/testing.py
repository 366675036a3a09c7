"""`make test`: an engine, PostgreSQL and Chromium, then all tests on SQLite and those of the database on PostgreSQL."""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from xml.etree import ElementTree

from django.conf import settings

from studio.launch.chromium import chromium
from studio.launch.commands import LaunchError, end_group
from studio.launch.debian import Tools, require_debian_root
from studio.launch.engines import provide_engine
from studio.launch.postgresql import PACKAGE, postgresql, programs_folder
from studio.launch.processes import Supervisor
from studio.launch.serve import sole_user_of
from studio.launch.steps import step

DATABASE_TESTS = ["-m", "database"]
SIDE_BY_SIDE = ["--numprocesses=logical", "--maxprocesses=4", "--dist=loadscope"]


def run_tests(arguments: Sequence[str]) -> int:
    """Run the tests with everything they need; return 0 if all passed. The last line printed sums up both runs.

    `arguments` go to pytest and are meant for choosing tests; with them, a run that finds none is no failure.
    """
    supervisor = Supervisor()
    with sole_user_of(settings.DATA_DIR):
        try:
            results = _run_on_both(supervisor, arguments)
        finally:
            supervisor.stop()
    failed = results["failures"] + results["errors"]
    passed = max(0, results["tests"] - failed - results["skipped"])  # a run that broke off has more errors than tests
    print(f"\n{passed} passed, {failed} failed", flush=True)
    return 0 if passed and not failed else 1


def _run_on_both(supervisor: Supervisor, arguments: Sequence[str]) -> Counter[str]:
    tools = settings.DATA_DIR / "tools"
    with step("Chromium"):
        browser = chromium(Tools(tools / "chromium", os.environ))
    server_tools = Tools(tools / "postgresql", os.environ)
    with step("PostgreSQL"):
        programs = postgresql_programs(server_tools)
    engine = provide_engine(supervisor, settings.DATA_DIR, os.environ, indexes=settings.INDEXES)
    variables = dict(os.environ) | engine | {"STUDIO_TEST_CHROMIUM": str(browser)}
    print("\nAll tests, on SQLite", flush=True)
    results = _pytest(arguments, variables)
    with postgresql(programs, server_tools) as url:
        print("\nTests of the database, on PostgreSQL", flush=True)
        results += _pytest([*DATABASE_TESTS, *arguments], variables | {"DATABASE_URL": url})
    return results


def postgresql_programs(tools: Tools) -> Path:
    """Return the folder of a server's programs, fetched into the tools where the machine has none."""
    programs = programs_folder(tools)
    if programs is None:
        require_debian_root("The tests need PostgreSQL.", "Install it, so that it is found in /usr/lib/postgresql.")
        tools.unpack([PACKAGE])
        programs = programs_folder(tools)
    if programs is None:
        raise LaunchError(f"Debian's package {PACKAGE} holds no server; install one, so that the tests can use it.")
    return programs


def _pytest(arguments: Sequence[str], variables: Mapping[str, str]) -> Counter[str]:
    """Run pytest and return its counts (`tests`, `failures`, `errors`, `skipped`); a run that broke off is an error."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.xml")
        command = [sys.executable, "-m", "pytest", f"--junitxml={report}", *SIDE_BY_SIDE, *arguments]
        process = subprocess.Popen(command, env=variables, start_new_session=True)
        try:
            status = process.wait()
        finally:
            end_group(process.pid)
        counts = read_counts(report.read_text()) if report.exists() else Counter()
    broke_off = status not in (0, 1, 5)  # 5: no test was chosen (docs.pytest.org/en/stable/reference/exit-codes.html)
    return counts + Counter(errors=1) if broke_off else counts


def read_counts(report: str) -> Counter[str]:
    """Add up the suites of a JUnit report."""
    names = ("tests", "failures", "errors", "skipped")
    suites = ElementTree.fromstring(report).iter("testsuite")
    return sum((Counter({name: int(suite.get(name, 0)) for name in names}) for suite in suites), Counter())
