"""The page of one build, its log, and what may be done to it."""

from django.contrib import messages
from django.http import Http404, HttpResponse, StreamingHttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from environments.models.builds import Reason
from environments.pages.build_story import headline, story
from environments.pages.following import Shown, news
from environments.pages.fragments import vary, wants_part
from environments.pages.log_search import Query, search
from environments.pages.logs import chunk_of
from environments.permissions import Right, build_for
from environments.services.builds import cancel_build, make_current, retry_build
from environments.services.logs import plain_log


@require_safe
def build(request, ws, build_id):
    """What a build did, step by step, what it printed, and how it ended.

    `?all=` shows all of a step, with `&at-once` for who runs no script; `?line=` opens the one with that line, `?q=`
    looks for a text in the log."""
    found = build_for(request.user, build_id, slug=ws)
    if query := Query.read(request.GET):
        context = headline(found) | search(found, query, request.GET.get("page"))
    else:
        line, at_once = _number(request.GET.get("line", "")), "at-once" in request.GET
        context = story(found, whole=request.GET.get("all"), line=line, at_once=at_once)
    return render(request, "builds/detail.html", context)


def _number(text):
    """A number as an address has it; None if it is none, or too large to be one of ours."""
    return int(text) if text.isdecimal() and len(text) < 10 else None


@require_safe
def log(request, ws, build_id):
    """For htmx: what is new since the page asked last, or a `?chunk=` of a `?step=`; for everybody else the page."""
    found = build_for(request.user, build_id, slug=ws)
    if not wants_part(request):
        return vary(redirect(found))
    if "chunk" in request.GET:
        return _chunk(request, found)
    shown = Shown.read(request.GET)
    if shown is None:
        return vary(HttpResponse(headers={"HX-Refresh": "true"}))
    return vary(render(request, "builds/detail.html#news", news(found, shown)))


def _chunk(request, build):
    step, index = (_number(request.GET.get(name, "")) for name in ("step", "chunk"))
    chunk = index is not None and chunk_of(build, get_object_or_404(build.steps, pk=step), index)
    if not chunk:
        raise Http404
    return vary(render(request, "components/_log_chunk.html", {"chunk": chunk}))


@require_safe
def raw(request, ws, build_id):
    """The whole log as text, as it was printed, under headings of its steps; with `?download` as a file."""
    found = build_for(request.user, build_id, slug=ws)
    answer = StreamingHttpResponse(plain_log(found), content_type="text/plain; charset=utf-8")
    if "download" in request.GET:
        version = found.version
        name = f"{version.environment.name}-{version.label}-build-{found.number}.log.txt"
        answer["Content-Disposition"] = content_disposition_header(True, name)
    return answer


@require_http_methods(["GET", "HEAD", "POST"])
def cancel(request, ws, build_id):
    """GET asks once more, POST stops the build; one that has ended only shows its page."""
    found = build_for(request.user, build_id, Right.BUILD, slug=ws)
    if request.method == "POST":
        cancel_build(found, by=request.user)
    if request.method == "POST" or not found.is_active:
        return redirect(found)
    keeps = "keeps the image it has" if found.version.current_build_id else "stays without an image"
    confirm = {
        "title": f"Cancel build {found.number}?",
        "text": "It stops now, within a second or two.",
        "consequences": [
            f"{found.version.environment.name} {found.version.label} {keeps}.",
            "What it printed is kept.",
        ],
        "url": reverse("build-cancel", args=[ws, found.pk]),
        "action": "Cancel the build",
        "cancel": found.get_absolute_url(),
    }
    return render(request, "confirm.html", {"confirm": confirm})


@require_POST
def retry(request, ws, build_id):
    """Ask for another build of the same version, unless a newer one is there: a second click makes no second build."""
    found = build_for(request.user, build_id, Right.BUILD, slug=ws)
    given = retry_build(found, by=request.user)
    if given.number > found.number and given.reason != Reason.RETRY:
        messages.info(request, f"This build came after build {found.number}. If it is no good either, retry this one.")
    return redirect(given)


@require_POST
def promote(request, ws, build_id):
    """Let the version stand for this build's image."""
    found = build_for(request.user, build_id, Right.BUILD, slug=ws)
    if not make_current(found, by=request.user):
        why = "made no image" if found.image_id is None else "no longer has its image"
        messages.error(request, f"Build {found.number} {why}, so it cannot become the current one.")
        return redirect(found)
    messages.success(request, f"{found.version.label} now stands for the image of build {found.number}.")
    return redirect(found.version)
