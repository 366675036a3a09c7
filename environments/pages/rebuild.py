"""Another build of the same version: from the same lock, or with everything looked up again."""

from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from environments.definitions.model import Kind
from environments.models.builds import Reason, State
from environments.pages.build_story import candidate_of
from environments.permissions import Right, version_for
from environments.services.builds import request_build

CHOICES = {"same": Reason.REBUILD, "resolve": Reason.RESOLVE, "build": Reason.REQUEST}
KEEPS = "The version keeps its image until you make the new one current."
SAME = {
    "value": "same",
    "title": "From the same lock",
    "icon": "layers",
    "text": "Installs exactly the packages of the current image again, for instance on another engine.",
}
RESOLVE = {
    "value": "resolve",
    "title": "Resolve again",
    "icon": "again",
    "text": f"Looks up base image and packages anew, so what is not pinned may change. {KEEPS}",
}
LOOK_UP = RESOLVE | {
    "title": "Look up the image again",
    "text": f"Asks its registry which image the name means now. {KEEPS}",
}
RUN_ANEW = RESOLVE | {
    "title": "Build anew",
    "text": "Looks up base images anew and runs every step again, without the build cache, so what is not pinned may "
    f"change. {KEEPS}",
}
FIRST = {
    "value": "build",
    "title": "Build it",
    "icon": "cube",
    "text": "The version has no image yet. An equal definition that has been built is taken over.",
}
AGAIN = {
    "value": "build",
    "title": "Build it again",
    "icon": "again",
    "text": "Its image was removed by retention. The new one takes its place.",
}


@require_http_methods(["GET", "HEAD", "POST"])
def rebuild(request, ws, env, version):
    """GET shows the choices and a build that waits to be made current, POST asks for a build and leads to it."""
    found = version_for(request.user, ws, env, version, Right.BUILD)
    cards = _cards(found)
    if request.method == "POST":
        chosen = request.POST.get("choice")
        if chosen in {card["value"] for card in cards}:
            return redirect(request_build(found, by=request.user, reason=CHOICES[chosen]))
    newest = found.builds.for_pages().filter(reason=Reason.RESOLVE, state=State.SUCCEEDED).order_by("-number").first()
    context = {
        "version": found,
        "environment": found.environment,
        "cards": cards,
        "active": found.builds.active().first(),
        "build": newest,
        "candidate": candidate_of(newest) if newest else None,
        "missing": request.method == "POST",
    }
    return render(request, "versions/rebuild.html", context, status=422 if request.method == "POST" else 200)


def _cards(version):
    """What can be chosen: without an image only a first build, without a lock nothing to repeat."""
    if version.current_build is None:
        return [FIRST]
    if version.current_build.lock_id:
        return [SAME, RESOLVE]
    if version.image_built.removed_at:
        return [AGAIN]
    return [{Kind.IMAGE: LOOK_UP, Kind.CONTEXT: RUN_ANEW}.get(version.kind, RESOLVE)]
