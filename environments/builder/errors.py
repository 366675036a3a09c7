"""Why a build can fail with a sentence for people; everything else that is raised is a fault of ours."""

from environments.engine.protocol import EngineError
from environments.locking.pip import LockError

OURS = "Something in the studio itself went wrong. An administrator finds it in the worker's log under this build's id."


class CannotBuild(Exception):
    """The definition asks for what cannot be done here. One sentence for people."""


FOR_PEOPLE = (CannotBuild, LockError, EngineError)
