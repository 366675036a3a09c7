"""What becomes of environments and versions once they are there: described, duplicated, archived, deleted, handed out.

Every page serves both: without `version` it is about the environment.
"""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from environments.display.words import plural
from environments.forms.details import DetailsForm
from environments.models import Environment, Version
from environments.pages.create import address_from
from environments.pages.drafting import saved_to, see_other
from environments.pages.edit import NOWHERE
from environments.pages.fragments import asked
from environments.permissions import (
    Right,
    editable_workspaces,
    environment_for,
    environment_to_change,
    version_for,
    version_to_change,
)
from environments.services.deletion import MoreThanSeen, NotDeletable, cancel_active, delete, plan_deletion
from environments.services.export import context_zip, version_zip
from environments.services.lifecycle import archive, describe, restore

ASK_AND_DO = ["GET", "HEAD", "POST"]
STAYS = "Pages, builds and images stay, and whoever names it can go on using it."
RETENTION = "An image that is archived for {} may be removed to make room; it can be built again."
PUBLISHING = "Nothing can be published into it until it is restored."


def to_change(request, ws, env, version, right):
    """The Environment, or the Version if one is named, for somebody who has that right."""
    if version is None:
        return environment_to_change(request.user, ws, env, right)
    return version_to_change(request.user, ws, env, version, right)


def title_of(subject):
    """`train`, or `train v2`."""
    return subject.name if isinstance(subject, Environment) else f"{subject.environment.name} {subject.label}"


def place_of(subject):
    """What the address of a page about it is made from: ("version", [workspace, environment, version]), or without."""
    if isinstance(subject, Environment):
        return "environment", [subject.workspace.slug, subject.name]
    return "version", [subject.environment.workspace.slug, subject.environment.name, subject.name]


def address_of(subject, page):
    """The address of the page `archive`, `delete`, ... of an Environment or a Version."""
    noun, names = place_of(subject)
    return reverse(f"{noun}-{page}", args=names)


@require_http_methods(ASK_AND_DO)
def archiving(request, ws, env, version=None):
    """GET asks once more, POST archives; what is archived already only shows its page."""
    found = to_change(request, ws, env, version, Right.MANAGE)
    if request.method == "POST":
        archive(found, by=request.user)  # its page says so by itself
    if request.method == "POST" or found.archived_at:
        return see_other(found)
    confirm = {
        "title": f"Archive {title_of(found)}?",
        "text": "It can be restored at any time.",
        "consequences": [*_consequences(found), STAYS, RETENTION.format(plural(settings.KEEP_UNUSED_DAYS, "day"))],
        "url": address_of(found, "archive"),
        "action": "Archive",
        "cancel": found.get_absolute_url(),
    }
    return render(request, "confirm.html", {"confirm": confirm})


def _consequences(subject):
    if isinstance(subject, Environment):
        count = plural(subject.versions.count(), "version")
        return [f"It leaves lists, searches and choices with its {count}.", PUBLISHING]
    newest = subject.environment.versions.active().exclude(pk=subject.pk).newest_first().first()
    if newest is None:
        return ["The environment has no other version that is active, so it is left without a newest one."]
    return [f"It leaves lists and choices, and {newest.label} is the newest version then."]


@require_POST
def restoring(request, ws, env, version=None):
    """Take it back from the archive."""
    found = to_change(request, ws, env, version, Right.MANAGE)
    if restore(found, by=request.user):
        messages.success(request, f"{title_of(found)} is restored.")
    return see_other(found)


@require_http_methods(ASK_AND_DO)
def details(request, ws, env, version=None):
    """Description and tags, which make no version."""
    found = to_change(request, ws, env, version, Right.EDIT)
    form = DetailsForm(request.POST or None, initial={"description": found.description, "tags": found.tags})
    if request.method == "POST" and form.is_valid():
        if describe(found, **form.cleaned_data, by=request.user):
            messages.success(request, f"The details of {title_of(found)} are saved. No version was made.")
        else:
            messages.info(request, "Nothing has changed.")
        return saved_to(request, found)
    return _page(request, "lifecycle/details.html", found, form=form, status=422 if form.errors else 200)


@require_http_methods(ASK_AND_DO)
def deleting(request, ws, env, version=None):
    """GET shows what goes along and what is in the way. POST deletes, or with `action=cancel` ends the builds in the
    way. 409 with the same page where something still needs it."""
    found = to_change(request, ws, env, version, Right.MANAGE)
    if request.method == "POST" and request.POST.get("action") == "cancel":
        if count := cancel_active(found, by=request.user):
            messages.info(request, f"{plural(count, 'build')} cancelled. One that runs ends within seconds.")
        return HttpResponseRedirect(request.path, status=303)
    if request.method == "POST":
        title, above = title_of(found), _above(found)
        seen = request.POST.get("versions", "")
        try:
            delete(found, by=request.user, seen=int(seen) if seen.isdecimal() else None)
        except NotDeletable as error:
            if isinstance(error, MoreThanSeen):
                messages.warning(request, "What goes along has changed meanwhile. Nothing was deleted; look again.")
            return _show_deletion(request, error.plan, status=409)
        messages.success(request, f"{title} was deleted.")
        return HttpResponseRedirect(above, status=303)
    return _show_deletion(request, plan_deletion(found))


def _above(subject):
    """Where one goes on after it is gone."""
    if isinstance(subject, Environment):
        return reverse("environment-list", args=[subject.workspace.slug])
    return reverse("history", args=place_of(subject)[1][:2])


def _show_deletion(request, plan, status=200):
    """Versions where the person may not look are counted, not named."""
    seen = {}
    for name in ("children", "starters"):
        ids = [version.pk for version in getattr(plan, name)]
        visible = Version.objects.visible_to(request.user).filter(pk__in=ids).values_list("pk", flat=True)
        visible = set(visible) if ids else ids
        named = [version for version in getattr(plan, name) if version.pk in visible]
        seen[name] = {"named": named, "hidden": len(ids) - len(named), "count": len(ids)}
    seen["image_bytes"] = sum(image.size for image in plan.images)
    seen["archive_url"] = address_of(plan.subject, "archive")
    return _page(request, "lifecycle/delete.html", plan.subject, plan=plan, status=status, **seen)


@require_safe
def duplicating(request, ws, env, version=None):
    """The choice of a workspace for an environment made from it, which leads to that form. One choice is none."""
    subject = environment_for(request.user, ws, env) if version is None else None
    found = version_for(request.user, ws, env, version) if version else subject.shown_version()
    if found is None:
        raise Http404
    workspaces = list(editable_workspaces(request.user))
    if not workspaces:
        raise PermissionDenied(NOWHERE)
    chosen = [workspace for workspace in workspaces if workspace.slug == asked(request.GET, "to")]
    if chosen or len(workspaces) == 1:
        return redirect(address_from((chosen or workspaces)[0].slug, found))
    own = next((workspace for workspace in workspaces if workspace.slug == ws), workspaces[0])
    return _page(request, "lifecycle/duplicate.html", found, workspaces=workspaces, own=own)


@require_safe
def export(request, ws, env, version):
    """The version as a zip."""
    found = version_for(request.user, ws, env, version)
    return zip_answer(version_zip(found), f"{env}-{version}.zip")


@require_safe
def context_archive(request, ws, env, version):
    """Only the files that it is built from, as a zip."""
    found = version_for(request.user, ws, env, version)
    content = context_zip(found)
    if content is None:
        raise Http404
    return zip_answer(content, f"{env}-{version}-context.zip")


def zip_answer(content, name):
    """The bytes of a zip as a file to save."""
    headers = {"Content-Disposition": content_disposition_header(True, name)}
    return HttpResponse(content, content_type="application/zip", headers=headers)


def _page(request, template, subject, status=200, **context):
    environment = subject if isinstance(subject, Environment) else subject.environment
    context |= {"subject": subject, "title": title_of(subject), "environment": environment}
    return render(request, template, context, status=status)
