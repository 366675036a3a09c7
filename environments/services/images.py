"""What the engine knows of an image that a definition names, before anything is built."""

from dataclasses import dataclass

from environments import tasks
from environments.builder.bases import require_allowed
from environments.builder.errors import CannotBuild
from environments.engine.protocol import EngineError, ImageInfo, ImageUnavailable

NOT_HERE = "The engine does not have {} yet. The first build fetches it, pins it, and says so if it cannot be had."


@dataclass(frozen=True, slots=True)
class Looked:
    """What came of looking: the image, or in a sentence why there is none to show."""

    reference: str
    image: ImageInfo | None = None
    trouble: str = ""


def look_up(workspace, reference):
    """Look an image up by the name a definition of this workspace gives it. Nothing is pulled and nothing is built."""
    try:
        require_allowed(reference, workspace)
        return Looked(reference, tasks.engine().find_image(reference, pull=False))
    except ImageUnavailable:
        return Looked(reference, trouble=NOT_HERE.format(reference))
    except (CannotBuild, EngineError) as error:
        return Looked(reference, trouble=str(error))
