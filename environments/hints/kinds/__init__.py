"""Every kind of failure that is known, by the tools that tell of it. Order means nothing: the nearest cause is told."""

from environments.hints.kinds.dockerfiles import DOCKERFILES
from environments.hints.kinds.packages import PACKAGES
from environments.hints.kinds.programs import PROGRAMS
from environments.hints.kinds.sources import SOURCES
from environments.hints.kinds.systems import SYSTEMS

__all__ = ["KINDS"]

KINDS = (*PACKAGES, *SOURCES, *PROGRAMS, *SYSTEMS, *DOCKERFILES)
