"""Which tests stay in one process where several share the work."""

from xdist.scheduler import LoadScopeScheduling

# Those that use an engine, as some of them set limits that hold for all builds, or make the channels.
ENGINE = (
    "tests/azure/test_sdk.py",
    "tests/browser/test_main_job.py",
    "tests/channel/",
    "tests/engine/",
    "tests/faults/",
    "tests/ground/test_private_engine.py",
    "tests/hostile/test_locking_on_an_engine.py",
    "tests/unit/test_locking_exports.py",
)
WHOLE_FILES = ("tests/hostile/test_processes.py", "tests/unit/test_imports.py")  # what their tests share is made once


class Together(LoadScopeScheduling):
    """Groups by file names: with pytest 9.2 xdist's own by marks come to nothing (pytest-dev/pytest-xdist#1386)."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith(ENGINE):
            return "engine"
        return nodeid.partition("::")[0] if nodeid.startswith(WHOLE_FILES) else nodeid
