"""Searching everything, and who has a package."""

from ninja import Query, Router, Status

from environments.api import answers
from environments.api.extras import ERRORS, PROBLEMS
from environments.api.found import Found, Matches
from environments.services import everywhere
from environments.services.search import NotAQuestion, read_question, who_has

router = Router(tags=["search"])
MOST = 100  # of each sort
NOTHING_ASKED = "“q” holds nothing to search for. Ask for something like numpy<2, train:3 or #42."


@router.get("/search", response={200: Found, 422: PROBLEMS, **ERRORS}, url_name="search")
def everything(request, q: str = Query(..., min_length=1, max_length=200, examples=["numpy<2", "train:3", "#42"])):
    """Environments, versions, builds and packages that answer a text, in every workspace you may see."""
    text = " ".join(q.replace("\0", "").split())
    if not text:
        return Status(422, {"detail": NOTHING_ASKED})
    user, question = request.user, everywhere.read(text)
    versions = everywhere.find_versions(user, question.version)[:MOST] if question.version else []
    builds = [] if question.build is None else everywhere.find_builds(user, question.build)[:MOST]
    holding = everywhere.find_holding(user, question.package) if question.package else everywhere.Holding()
    return {
        "environments": [_environment(row) for row in everywhere.find_environments(user, question.text)[:MOST]],
        "versions": [answers.version_name(row) | {"url": answers.address(row)} for row in versions],
        "builds": [answers.build_link(row) for row in builds],
        "packages": [row | {"package_version": row["installed"]} for row in holding.kinds()],
        "packages_complete": holding.is_complete,
        "unread": everywhere.unread(user, question),
    }


def _environment(row):
    return {
        "workspace": row.workspace.slug,
        "environment": row.name,
        "description": row.shown_description,
        "archived": row.archived_at is not None,
        "url": answers.address(row),
    }


@router.get("/search/packages", response={200: Matches, 422: PROBLEMS, **ERRORS}, url_name="search-packages")
def packages(request, q: str = Query(..., max_length=400, examples=["numpy<2"])):
    """Versions whose image holds such a package, the newest first, in every workspace you may see."""
    try:
        question = read_question(q)
    except NotAQuestion as error:
        return Status(422, {"detail": str(error)})
    matches, complete = who_has(question, request.user)
    return {"items": [row for match in matches for row in _held(*match)], "complete": complete}


def _held(version, packages):
    named = answers.version_name(version) | {"url": answers.address(version)}
    return [
        named | {"package": name, "package_version": installed, "manager": manager}
        for manager, name, installed in packages
    ]
