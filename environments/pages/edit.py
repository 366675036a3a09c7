"""Making a new version from one that is there, and what happens if somebody was faster."""

import re

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponseRedirect
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from environments.definitions.digest import definition_digest, from_canonical
from environments.definitions.model import Kind
from environments.diffing.changes import diff_definitions
from environments.pages.create import address_from
from environments.pages.drafting import (
    FORMS,
    initial_of,
    leave,
    may_make_versions,
    saved_to,
    show,
    with_fix,
    with_other_rows,
)
from environments.pages.fragments import asked, wants_part
from environments.pages.hints import shown_hints
from environments.pages.review import REVIEW, SAVES, is_to_build, review, typed_in
from environments.pages.sources import source_of
from environments.permissions import editable_workspaces, version_for
from environments.services.contexts import context_of
from environments.services.versions import EnvironmentArchived, NewerVersion, publish_version

NOT_TYPED = ("csrfmiddlewaretoken", "action", "base", "build", "beside_name", "beside_text")
KEPT_BY_A_REBASE = ("message", "description", "tags", "stored")  # no part of the definition; a zip stays at hand
NOT_LOCKED = "The Dockerfile is taken over with the lock of its packages, which the first build makes. Build it once."
NOWHERE = "You may look at this environment, but there is no workspace where you may make one from it."


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request, ws, env, version):
    """The version's form. Who may only view it, or finds it archived, is led to the form for a new environment."""
    found = version_for(request.user, ws, env, version)
    if not may_make_versions(request.user, found.environment.workspace):
        return HttpResponseRedirect(address_from(_elsewhere(request).slug, found))
    if found.environment.archived_at and request.method != "POST":
        messages.info(request, f"{env} is archived and takes no new versions: this makes a new environment from it.")
        return HttpResponseRedirect(address_from(ws, found))
    base = _base(request, found)
    options = {"workspace": found.environment.workspace, "origin": found, "is_edit": True}
    make = FORMS[found.kind]
    if request.method != "POST":
        initial, failed = initial_of(found), _failed(request, found)
        if failed and failed["edit"]:
            initial["text"] = failed["edit"].text
        return _show(request, make(initial=initial, **options), base, failed=failed)
    if request.POST.get("action") == "rebase":
        kept = {name: request.POST[name] for name in KEPT_BY_A_REBASE if name in request.POST}
        return _show(request, make(initial=initial_of(found) | kept, **options), base, beside=_sent_beside(request))
    return _answer(request, make(request.POST, request.FILES, **options), base)


def _show(request, form, base, **context):
    return show(request, form, base=base, heading=_heading(form), check_url=request.path, **context)


def _heading(form):
    return f"New version of {form.origin.environment.name} from {form.origin.label}"


@require_safe
def take_over(request, ws, env, version):
    """Lead to the form of a build context of one's own that begins as what the version is built from."""
    found = version_for(request.user, ws, env, version)
    own = found.environment.workspace
    workspace = own if may_make_versions(request.user, own) else _elsewhere(request)
    if not context_of(found).files:
        messages.warning(request, NOT_LOCKED)
        return redirect("version-definition", ws, env, version)
    return redirect(address_from(workspace.slug, found, Kind.CONTEXT.value))


def _elsewhere(request):
    """The workspace for an environment made from one that cannot be edited: where one came from, else the first."""
    workspaces = editable_workspaces(request.user)
    workspace = workspaces.filter(slug=asked(request.GET, "ws")).first() or workspaces.first()
    if workspace is None:
        raise PermissionDenied(NOWHERE)
    return workspace


def _failed(request, version):
    """What the build ran into that the edit is to mend: that of the version with the number `?build=`.

    With `?mend` the form shows the edit done that the hint offers."""
    number = asked(request.GET, "build")
    build = version.builds.filter(number=number).first() if re.fullmatch("[0-9]{1,9}", number) else None
    if build is None:
        return None
    hints = shown_hints(build)
    edits = [hint.edit for hint in hints if hint.edit and "mend" in request.GET]
    return {"build": build, "hints": hints, "edit": edits[0] if edits else None}


def _base(request, version):
    """The newest version when this edit began. A form that names none began from the version itself."""
    versions = version.environment.versions
    if request.method != "POST":
        return versions.newest_first().first()
    return versions.filter(name=asked(request.POST, "base")).first() or version


def _answer(request, form, base):
    action = request.POST.get("action", "check")
    beside = _sent_beside(request)
    if reopened := with_other_rows(form, action):
        return _show(request, reopened, base, beside=beside)
    mended, fix = with_fix(form, action)
    if mended:
        return _show(request, mended, base, beside=beside, fix=fix)
    if action not in {REVIEW, *SAVES} or wants_part(request) or not form.is_valid():
        return _show(request, form, base, beside=beside)
    if definition_digest(form.definition) == base.definition_digest:
        return _show(request, form, base, beside=beside, unchanged=True, status=422)
    drafted = form.draft_if_allowed()
    if drafted and action == REVIEW:
        return review(request, form, base, heading=_heading(form))
    try:
        if drafted:
            return _save(request, form, base, drafted, build=is_to_build(form, action))
    except EnvironmentArchived as error:
        form.add_error(None, str(error))
    return _show(request, form, base, beside=beside)


def _save(request, form, base, drafted, *, build):
    name = base.environment.name
    try:
        version, created = publish_version(form.workspace, name, drafted, author=request.user, based_on=base)
    except NewerVersion as error:
        return _conflict(request, form, base, error.latest, build)
    if not created:
        return saved_to(request, version.newest_build() or version)
    return leave(request, version, build=build)


def _conflict(request, form, base, latest, build):
    """409: what it was, what they made of it, what you made of it. Everything typed is kept in hidden fields."""
    before = from_canonical(base.definition)
    context = {
        "form": form,
        "workspace": form.workspace,
        "origin": form.origin,
        "base": base,
        "latest": latest,
        "base_source": source_of(base),
        "their_source": source_of(latest),
        "my_texts": _texts_of(form),
        "their_changes": diff_definitions(before, from_canonical(latest.definition)),
        "my_changes": diff_definitions(before, form.definition),
        "typed": typed_in(form, NOT_TYPED),
        "build": build,
    }
    return render(request, "create/conflict.html", context, status=409)


def _texts_of(form):
    """[(name, text)] of what was typed, to be read beside another text."""
    named = {"image": "Image"} | {name: form.fields[name].label for name in ("text", "args") if name in form.fields}
    typed = [(label, form[name].data) for name, label in named.items() if name in form.fields]
    rows = form["extra"].data if "extra" in form.fields else []
    return [(label, text) for label, text in (*typed, *rows) if text]


def _sent_beside(request):
    """The texts of a rebase, which go along until it is saved."""
    return list(zip(request.POST.getlist("beside_name"), request.POST.getlist("beside_text"), strict=False))
