"""Who has a package."""

from ninja import Query, Router, Status

from environments.api import answers
from environments.api.extras import ERRORS, PROBLEMS
from environments.api.schemas import Matches
from environments.services.search import NotAQuestion, read_question, who_has

router = Router(tags=["search"])


@router.get("/search/packages", response={200: Matches, 422: PROBLEMS, **ERRORS}, url_name="search-packages")
def packages(request, q: str = Query(..., max_length=400, examples=["numpy<2"])):
    """Versions whose image holds such a package, in every workspace you may see."""
    try:
        question = read_question(q)
    except NotAQuestion as error:
        return Status(422, {"detail": str(error)})
    matches, complete = who_has(question, request.user)
    return {"items": [_match(version, package) for version, package in matches], "complete": complete}


def _match(version, package):
    return answers.version_name(version) | {
        "package": package.name,
        "package_version": package.version,
        "manager": package.manager,
        "url": answers.address(version),
    }
