"""What the pages for a new environment and for a new version of one share."""

import json

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django_htmx.http import trigger_client_event

from environments.contexts import DOCKERFILE
from environments.definitions.digest import definition_digest, from_canonical
from environments.definitions.fixes import apply_fix, fix_key
from environments.definitions.model import Kind, Severity
from environments.diffing.changes import CONTEXT, diff_definitions, diff_text
from environments.diffing.text import Bounds
from environments.forms.contexts import ContextForm, read_origin
from environments.forms.definitions import CondaForm, ImageForm, PipForm
from environments.models import Build, Environment, Version
from environments.models.builds import Reason
from environments.pages.changes import tally_of
from environments.pages.contextdiff import context_changes
from environments.pages.fragments import vary, wants_part
from environments.pages.sources import source_of
from environments.pages.states import typical
from environments.permissions import Right, may
from environments.services import drafts
from environments.services.builds import build_to_reuse, request_build
from environments.services.images import look_up

FORMS = {form.kind.value: form for form in (CondaForm, PipForm, ImageForm, ContextForm)}
TEMPLATE = "create/form.html"
FIRST_IMAGE = "python:3.11-slim"
MOST_IMAGES = 30
TOO_LARGE = {"zip-too-large", "context-too-large"}
LAST_CHANGED = 200  # environments whose base images are suggested
ADD, REMOVE, UPLOAD, FIX, LOOK = "add-file", "remove-file-", "upload", "fix-", "look"
MOST_CHANGES = 100  # shown of those so far, and as many files
MOST_UNFOLDED = 200  # rows of all files together
SENT_WHEN_CHOSEN = {
    "hx-trigger": "change",
    "hx-encoding": "multipart/form-data",
    "hx-target": "#uploaded",
    "hx-swap": "outerHTML",
    "hx-vals": json.dumps({"action": UPLOAD}),
}


def may_make_versions(user, workspace):
    return may(user, Right.EDIT, workspace) and not workspace.is_curated


def initial_of(version, kind=None):
    """What a form of a kind, by default the version's own, shows that starts from a version."""
    values = {
        "description": version.description or version.environment.description,
        "tags": version.tags,
        "image": version.image,
        "text": source_of(version).text,
    }
    if Kind(kind or version.kind) == Kind.CONTEXT:
        files, texts, _ = read_origin(version)
        context = from_canonical(version.definition).context
        path = values["dockerfile_path"] = context.dockerfile_path if context else DOCKERFILE
        values["args"] = dict(context.args) if context else {}
        values["extra"] = list(texts.items())
        if not context:
            values["text"] = files.dockerfile(path) if files.files else ""
    return values


def with_other_rows(form, action):
    """The form with a row for one more file, or without one of them; None if the action is another."""
    rows = list(form["extra"].data or []) if "extra" in form.fields else []
    if action == ADD:
        rows.append(("", ""))
    elif action.startswith(REMOVE) and action.removeprefix(REMOVE).isdecimal():
        place = int(action.removeprefix(REMOVE))
        rows = rows[:place] + rows[place + 1 :]
    else:
        return None
    reopened = form.reopened()
    reopened.initial["extra"] = rows
    return reopened


def with_fix(form, action):
    """(the form with an offered edit made in its text, the Fix); (None, None) for another action or an edit of old."""
    if not action.startswith(FIX) or not _is_fixable(form):
        return None, None
    form.is_valid()
    for problem in form.problems if form.definition is None else _reading(form).problems:
        if problem.fix and fix_key(problem.fix) == action.removeprefix(FIX):
            return form.with_text(apply_fix(form["text"].data, problem.fix)), problem.fix
    return None, None


def _is_fixable(form):
    """Whether problems point into a text that can be edited on the page."""
    return "text" in form.fields and form.main == "text"


def _reading(form):
    return drafts.read_over(form.definition, form.source_text, form.workspace, form.built)


def show(request, form, *, status=None, **context):
    """The page with the form, or what htmx asked for: the rows of files, or the panel about the definition."""
    context = {
        "form": form,
        "heading": form.title,
        "workspace": form.workspace,
        "origin": form.origin,
        "example": "" if form.origin else form.example,
        "images": _known_images(request.user),
        "is_live": wants_part(request),
    } | context
    if form.is_bound:
        context["panel"] = panel_of(form, context.get("base"))
        if request.POST.get("action") == LOOK and form.definition is not None:
            context["looked"] = look_up(form.workspace, form.definition.image)
    if form.kind == Kind.CONTEXT:
        form.fields["upload"].widget.attrs |= {"hx-post": context["check_url"]} | SENT_WHEN_CHOSEN
    if wants_part(request):
        return vary(_part(request, form, context))
    return vary(render(request, TEMPLATE, context, status=status or _status(form)))


def _status(form):
    """422 with errors, 413 if one of them is a file that is too large; what was typed is on the page all the same."""
    if not (form.is_bound and form.errors):
        return 200
    return 413 if any(problem.code in TOO_LARGE for problem in form.upload_problems) else 422


def _part(request, form, context):
    """For htmx: the rows of files, what was uploaded, or the panel about the definition."""
    if not form.is_bound:
        return trigger_client_event(render(request, f"{TEMPLATE}#files", context), "uploaded", after="swap")
    if request.POST.get("action") == LOOK:
        return render(request, f"{TEMPLATE}#looked", context)
    if request.POST.get("action") == UPLOAD:
        return trigger_client_event(render(request, f"{TEMPLATE}#uploaded", context), "uploaded", after="swap")
    return render(request, f"{TEMPLATE}#panel", context)


def _known_images(user):
    """Base images to suggest: the usual one first, then those of what changed last where the user may look."""
    changed = Environment.objects.visible_to(user).order_by("-updated_at").values("pk")[:LAST_CHANGED]
    images = Version.objects.filter(pk__in=Environment.objects.filter(pk__in=changed).values("newest"))
    used = sorted(set(images.values_list("image", flat=True)) - {FIRST_IMAGE, ""})
    return [FIRST_IMAGE, *used[:MOST_IMAGES]]


def panel_of(form, base):
    """What there is to say about the definition in a bound form, and how it differs from the version `base`."""
    form.is_valid()
    if form.definition is None:
        return _found(form, form.problems)
    reading = _reading(form)
    equal = build_to_reuse(form.workspace, definition_digest(form.definition), form.definition.kind)
    panel = _found(form, reading.problems) | {"reading": reading, "made_by": equal and (equal.reused or equal)}
    panel["typical"] = None if equal else typical(_similar(form, base))
    return panel | _changes(form, base) if base else panel


def _similar(form, base):
    """The builds whose times say how long one of this definition will take."""
    if base:
        return Build.objects.filter(version__environment=base.environment)
    return Build.objects.filter(workspace=form.workspace, version__kind=form.kind)


def _found(form, problems):
    """The problems with their counts, and `marks`: what the editor shows beside its lines."""
    in_editor = form.main == "text"
    marks = [{"line": found.line, "severity": found.severity, "message": found.message} for found in problems]
    severities = [problem.severity for problem in problems]
    return {
        "problems": problems,
        "errors": severities.count(Severity.ERROR),
        "warnings": severities.count(Severity.WARNING),
        "hints": severities.count(Severity.HINT),
        "blocking": any(problem.blocking for problem in problems),
        "fixable": _is_fixable(form),
        "marks": json.dumps([mark for mark in marks if mark["line"] and in_editor]),
        "target": f"id_{form.main}",
    }


def _changes(form, base):
    """What differs from the version `base`, the files of its context one by one in place of their digest."""
    changes = diff_definitions(from_canonical(base.definition), form.definition)
    bounds = Bounds()
    rows = diff_text(source_of(base).text, form.source_text, bounds=bounds) if "text" in form.fields else []
    files = context_changes(base.context, form.built, bounds) if base.context and form.built else []
    told = [change for change in changes if not (files and change.label == CONTEXT)]
    others = [file for file in files if not (rows and file.path == form.definition.context.dockerfile_path)]
    return {
        "changes": changes,
        "shown": told[:MOST_CHANGES],
        "more": len(told[MOST_CHANGES:]),
        "tally": tally_of(told, files),
        "rows": rows,
        "files": others[:MOST_CHANGES],
        "more_files": len(others[MOST_CHANGES:]),
        "unfolded": sum(len(file.rows) for file in others) <= MOST_UNFOLDED,
    }


def see_other(thing):
    """After a POST, to the page of a version or build."""
    return HttpResponseRedirect(thing.get_absolute_url(), status=303)


def saved_to(request, thing):
    """see_other() after what a form held was saved: a cookie that only the form's address sees tells draft.js so."""
    response = see_other(thing)
    response.set_cookie("saved", "1", path=request.path, samesite="Lax", secure=settings.IS_HTTPS)
    return response


def leave(request, version, *, build):
    """After saving: to the build, or to the version if nothing is built or the image is already there."""
    if not build:
        messages.success(request, f"{version.environment.name} {version.label} is saved. No image has been built yet.")
        return saved_to(request, version)
    asked = request_build(version, by=request.user, reason=Reason.CREATE)
    if not asked.reused:
        return saved_to(request, asked)
    maker = asked.reused.version
    messages.success(
        request,
        f"{version.environment.name} {version.label} is ready. Nothing had to be built: build {asked.reused.number} of "
        f"{maker.environment.name} {maker.label} has made the image from the same definition.",
    )
    return saved_to(request, version)
