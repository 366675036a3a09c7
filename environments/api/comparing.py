"""What changed: between any two versions one may see, and of one package through all versions of an environment."""

from datetime import datetime

from ninja import Field, Query, Router, Schema, Status

from environments.api import answers
from environments.api.extras import ERRORS, PROBLEMS
from environments.api.schemas import Comparison, VersionName
from environments.definitions.digest import from_canonical
from environments.definitions.names import VERSION_ANYWHERE
from environments.diffing.changes import diff_definitions, diff_packages
from environments.permissions import environment_for, versions_for
from environments.services.package_story import package_story

router = Router(tags=["comparing"])
ENVIRONMENT = "/workspaces/{ws}/environments/{name}"
UNREAD = "“from” and “to” each name a version, like workspace/environment:version."
Reference = {"max_length": 500, "examples": ["curated/scikit-learn:1"]}


class TurnOut(Schema):
    version: str
    since: str | None = Field(description="The built version before it; null for the first one.")
    kind: str = Field(description="added, removed, up, down, changed, channel, asked or pulled")
    manager: str
    before: str | None
    after: str | None
    asked: bool = Field(description="Whether the definition names the package.")
    at: datetime


class InstalledOut(Schema):
    manager: str
    version: str
    asked: bool


class StoryOut(Schema):
    package: str
    newest: VersionName = Field(description="The newest version with an image.")
    now: list[InstalledOut] = Field(description="What it is there; empty where it left.")
    turns: list[TurnOut] = Field(description="Newest first.")
    complete: bool = Field(description="False if only the newest 500 built versions were looked at.")


@router.get("/compare", response={200: Comparison, 422: PROBLEMS, **ERRORS}, url_name="compare-any")
def compare_any(
    request, old: str = Query(..., alias="from", **Reference), new: str = Query(..., alias="to", **Reference)
):
    """What changed between any two versions you may see, also of different environments and workspaces."""
    found = [VERSION_ANYWHERE.fullmatch(reference) for reference in (old, new)]
    if not all(found) or "\0" in old + new:
        return Status(422, {"detail": UNREAD})
    return _compared(*versions_for(request.user, *(match.groups() for match in found)))


@router.get(ENVIRONMENT + "/compare/{a}...{b}", response={200: Comparison, **ERRORS}, url_name="compare")
def compare(request, ws: str, name: str, a: str, b: str):
    """What changed from version a to version b: in what is asked for, and in what the images hold."""
    return _compared(*versions_for(request.user, (ws, name, a), (ws, name, b)))


@router.get(ENVIRONMENT + "/packages/{path:package}", response={200: StoryOut, **ERRORS}, url_name="package-story")
def story(request, ws: str, name: str, package: str):
    """In which version a package entered, moved, changed its channel or its reason to be there, and left."""
    told = package_story(environment_for(request.user, ws, name), package)
    if not told.holding:
        return Status(404, {"detail": "No image of this environment has or had such a package."})
    return {
        "package": package,
        "newest": answers.version_name(told.newest),
        "now": told.now,
        "turns": [_turn(turn) for turn in told.turns],
        "complete": told.is_complete,
    }


def _turn(turn):
    return {
        "version": turn.version.name,
        "since": turn.since.name if turn.since else None,
        "kind": turn.kind,
        "manager": turn.manager,
        "before": turn.before or None,
        "after": turn.after or None,
        "asked": turn.asked,
        "at": turn.version.created_at,
    }


def _compared(before, after):
    definitions = from_canonical(before.definition), from_canonical(after.definition)
    return {
        "before": answers.version_name(before),
        "after": answers.version_name(after),
        "definition": [answers.change(change, "label") for change in diff_definitions(*definitions)],
        "packages": _package_changes(before.image_built, after.image_built),
    }


def _package_changes(before, after):
    """None unless both images are there to compare."""
    if before is None or after is None:
        return None
    columns = ("manager", "name", "version")
    changes = diff_packages(*(image.packages.values_list(*columns, named=True) for image in (before, after)))
    return [answers.change(change, "kind", "manager", "name") for change in changes]
