"""One attempt of one build and everything it works with."""

from dataclasses import dataclass, field

from environments.builder.pulse import Pulse
from environments.builder.recorder import Recorder
from environments.definitions.digest import from_canonical
from environments.engine.protocol import Engine
from environments.models import Build
from environments.models.builds import Reason


@dataclass
class Job:
    build: Build
    engine: Engine
    recorder: Recorder
    pulse: Pulse
    engine_build_id: str
    is_anew: bool = field(init=False)  # it resolves again: nothing that was fetched before counts

    def __post_init__(self):
        self.version = self.build.version
        self.workspace = self.version.environment.workspace
        self.definition = from_canonical(self.version.definition)
        self.is_anew = self.build.reason == Reason.RESOLVE
