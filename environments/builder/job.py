"""One attempt of one build and everything it works with."""

import time
from contextlib import contextmanager
from dataclasses import dataclass

from environments.builder.pulse import Pulse
from environments.builder.recorder import Recorder
from environments.definitions.digest import from_canonical
from environments.engine.protocol import Engine
from environments.models import Build


@dataclass
class Job:
    build: Build
    engine: Engine
    recorder: Recorder
    pulse: Pulse
    engine_build_id: str

    def __post_init__(self):
        self.version = self.build.version
        self.workspace = self.version.environment.workspace
        self.definition = from_canonical(self.version.definition)

    @contextmanager
    def timed(self, part):
        """Count the time of the block, in seconds, to a part of the build's timings."""
        began = time.monotonic()
        try:
            yield
        finally:
            timings = self.recorder.timings
            timings[part] = round(timings.get(part, 0) + time.monotonic() - began, 3)
