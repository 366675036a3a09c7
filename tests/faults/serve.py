"""`python -m tests.faults.serve`: the whole studio as `make run` starts it, always on a private engine of its own.

Nothing else may be looked for, since these tests kill the engine; and no base images are made, which takes minutes.
"""

import os
import sys
from pathlib import Path

from studio.launch import __main__ as launch
from studio.launch import serve
from studio.launch.debian import Tools
from studio.launch.names import Names
from studio.launch.private_engine import PrivateEngine
from studio.launch.processes import Service

TOOLS = "STUDIO_TEST_ENGINE_TOOLS"  # the folder of engine programs, which need not be unpacked for every studio


def private_engine(supervisor, data_dir, environ, **_):
    """Stands in for `provide_engine`."""
    engine = PrivateEngine(Names.of(data_dir), Tools(Path(environ[TOOLS]), environ))
    supervisor.add(Service("engine", engine.start, engine.stop, engine.last_words))
    return engine.variables()


if __name__ == "__main__":
    os.environ.pop("DOCKER_HOST", None)
    serve.provide_engine = private_engine
    sys.exit(launch.main(["serve"]))
