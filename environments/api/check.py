"""What there is to say about a definition before it is saved."""

import json

from ninja import Router
from ninja.errors import HttpError

from environments.api import answers
from environments.api.auth import MAY_READ
from environments.api.bodies import read_definition
from environments.api.extras import BODY_ERRORS, DEFINITION_BODY, ERRORS
from environments.api.schemas import Checked
from environments.definitions.digest import canonical
from environments.definitions.model import DefinitionError
from environments.permissions import workspace_for
from environments.services.drafts import read_over

router = Router(tags=["check"])
# A body in which these are found holds no definition at all, so there is nothing to say about one.
NO_DEFINITION = {"empty", "no-environment", "not-utf8"}


@router.post(
    "/check",
    auth=MAY_READ,
    response={200: Checked, **BODY_ERRORS, **ERRORS},
    url_name="check",
    openapi_extra=DEFINITION_BODY,
)
def check(request, workspace: str = ""):
    """Say what is wrong or unwise, and show the definition and Dockerfile as they were understood. Saves nothing.

    With `workspace` its own levels of the rules count. 400 is only for a body that is no definition at all. The
    Dockerfile shows requirements where a build has its lock.
    """
    place = workspace_for(request.user, workspace) if workspace else None
    try:
        sent = read_definition(request)
    except DefinitionError as error:
        if NO_DEFINITION.intersection(found.code for found in error.problems):
            raise HttpError(400, error.problems[0].message) from None
        return {
            "problems": [answers.problem(found) for found in error.problems],
            "definition": None,
            "dockerfile": None,
        }
    reading = read_over(sent.definition, sent.text, place, sent.context)
    return {
        "problems": [answers.problem(found) for found in reading.problems],
        "definition": json.loads(canonical(sent.definition)),
        "dockerfile": sent.text if sent.context else reading.dockerfile or None,
    }
