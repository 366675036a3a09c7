"""Imports what was asked for, in a container of the finished image, and keeps for each package what came of it."""

import json
import logging
from datetime import timedelta
from pathlib import Path

from django.db import InterfaceError, OperationalError, transaction
from django.utils import timezone

from environments.builder import imports
from environments.builder.masking import Mask
from environments.display.smoke import UNDECIDED
from environments.engine.protocol import EngineError, EngineUnavailable
from environments.models import Build
from environments.models.listing import hold

logger = logging.getLogger(__name__)
SECONDS = 150
IMPORT_SECONDS = 120  # of those, for imports: the rest is for the container
MOST_ERROR = 500
NOTHING = json.dumps({"packages": []})  # `check_output` of an image of which nothing was asked
PYTHONS = ("python3", "python")
NO_SUCH_COMMAND = 127
OURS = "The check ended in a fault of the studio, which the worker's log tells."
OVERDUE_AFTER, GIVEN_UP_AFTER = timedelta(minutes=1), timedelta(days=1)
_PROGRAM = Path(imports.__file__).read_text(encoding="utf-8")


def check(build_id, engine):
    """Set `checked` of a succeeded build to whether every package asked for can be imported. May run twice.

    `check_output` becomes JSON: {"packages": [{"name", "manager", "modules", "error"}]}, or {"problem"} if Python could
    not be asked. A package without modules has nothing to import. Where the engine or the studio failed, or
    time ran out, nothing is known of the image: `checked` stays None. Raises EngineUnavailable, and the errors of a
    database that is away: the check is made again.
    """
    build = _unchecked().select_related("image").filter(pk=build_id).first()
    if build is None:
        return
    try:
        _tell(build, *_found(build.image, engine))
    except (EngineUnavailable, OperationalError, InterfaceError):
        raise
    except EngineError as error:
        _tell(build, None, {"problem": str(error)})
    except Exception:  # whatever it was: without an outcome it would come up again, before all other checks
        logger.exception("What was asked for in %s (%s) could not be imported", build, build.pk)
        _tell(build, None, {"problem": OURS})


def next_unchecked(worker):
    """The id of the oldest good build of this worker that has not been checked, for it lies on its engine; or None."""
    return _unchecked().filter(worker=worker).order_by("finished_at").values_list("pk", flat=True).first()


def is_behind():
    """Whether a check is overdue: its message or worker may be lost."""
    return _unchecked().filter(finished_at__lt=timezone.now() - OVERDUE_AFTER).exists()


def _unchecked():
    young = Build.objects.with_image().filter(finished_at__gt=timezone.now() - GIVEN_UP_AFTER)
    return young.filter(checked=None, check_output="")


@transaction.atomic
def _tell(build, good, found):
    """Keep the outcome for every build of the image that waits for it, of whatever environment."""
    waiting = _unchecked().filter(image=build.image)
    hold(waiting.values_list("version__environment", flat=True))
    told = json.dumps(found, ensure_ascii=False).replace("\\u0000", "\ufffd").encode("utf-8", "replace").decode()
    waiting.update(checked=good, check_output=Mask()(told))


def _found(image, engine):
    """(whether all could be imported, None if that is not known; what is told of it)"""
    asked = image.packages.filter(asked=True).exclude(manager="dpkg")
    names = [f"{package.manager}:{package.name}" for package in asked]
    try:
        found = _import(engine, image.image_id, names) if names else {"packages": []}
    except TimeoutError:
        return None, {"problem": f"Importing took more than {SECONDS} seconds."}
    errors = {package["error"] for package in found.get("packages", ())} - {""}
    if "problem" in found or errors - set(UNDECIDED):
        return False, found
    return (None if errors else True), found


def _import(engine, image_id, names):
    for python in PYTHONS:
        result = engine.run(image_id, [python, "-c", _PROGRAM, str(IMPORT_SECONDS), *names], timeout=SECONDS)
        if result.exit_code != NO_SUCH_COMMAND:
            break
    if result.exit_code == NO_SUCH_COMMAND:
        return {"problem": "The image has no Python that could import anything."}
    return _read(result.output)


def _read(output):
    """The last line of what the program printed, if it is ours; an image may print anything."""
    last = output.strip().rpartition("\n")[2]
    try:
        packages = [
            {
                "name": str(package["name"]),
                "manager": str(package["manager"]),
                "modules": [str(module) for module in package["modules"]],
                "error": str(package["error"])[:MOST_ERROR],
            }
            for package in json.loads(last)
        ]
    except (ValueError, KeyError, TypeError, RecursionError):
        return {"problem": last[-MOST_ERROR:] or "Python ended without an answer."}
    return {"packages": packages}
