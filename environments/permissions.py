"""Who may do what: one table, and the only ways to fetch a thing for someone. Unseen things answer 404, not 403."""

from enum import StrEnum
from functools import reduce
from operator import or_

from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q, Subquery
from django.http import Http404
from django.shortcuts import get_object_or_404

from environments.models import CURATED, SHARED, Build, Environment, Job, Member, Role, Version, Workspace
from environments.models.tokens import Scope, has_scope, token_of
from environments.services.checks import admins_of

CURATED_IS_FILLED = (
    "The curated workspace is filled by the studio itself. Start from a curated environment in a workspace of your own."
)


class Right(StrEnum):
    VIEW = "view"  # look at environments, builds and logs; use images
    EDIT = "edit"  # make versions
    BUILD = "build"  # ask for builds, cancel them
    MANAGE = "manage"  # archive, restore and delete; set rules


ROLES_WITH = {
    Right.VIEW: {Role.VIEWER, Role.EDITOR, Role.ADMIN},
    Right.EDIT: {Role.EDITOR, Role.ADMIN},
    Right.BUILD: {Role.EDITOR, Role.ADMIN},
    Right.MANAGE: {Role.ADMIN},
}
SCOPE_FOR = {Right.VIEW: Scope.READ, Right.EDIT: Scope.WRITE, Right.BUILD: Scope.BUILD, Right.MANAGE: Scope.WRITE}
SAFE_METHODS = {"GET", "HEAD", "OPTIONS"}


def workspaces_of(user):
    """The workspaces user may see, each with `role`, the user's own. Read once: a user object lasts one request."""
    if not hasattr(user, "seen_workspaces"):
        role = Member.objects.filter(user=user, workspace=OuterRef("pk")).values("role")
        user.seen_workspaces = list(Workspace.objects.visible_to(user).annotate(role=Subquery(role)))
    return user.seen_workspaces


def role_in(user, workspace):
    """The role of user in workspace, None for an outsider. Site admins are admins; everyone may view what is public,
    and who edits any workspace may edit the shared one."""
    token = token_of(user)
    if token and token.workspace_id not in (None, workspace.pk):
        return None
    if user.is_superuser:
        return Role.ADMIN
    role = next((known.role for known in workspaces_of(user) if known.pk == workspace.pk), None)
    if role:
        return Role(role)
    if workspace.slug == SHARED and _edits_somewhere(user):
        return Role.EDITOR
    return Role.VIEWER if workspace.is_public else None


def _edits_somewhere(user):
    if token_of(user) and token_of(user).workspace_id:  # which hides where that is
        return Member.objects.filter(user=user, role__in=ROLES_WITH[Right.EDIT]).exists()
    return any(known.role in ROLES_WITH[Right.EDIT] for known in workspaces_of(user))


def may(user, right, workspace):
    """Whether user has the right in workspace, and the token that user came with the scope for it."""
    return role_in(user, workspace) in ROLES_WITH[right] and has_scope(user, SCOPE_FOR[right])


def require(user, right, workspace):
    """Raise PermissionDenied with a sentence for people unless user has right in workspace."""
    if role_in(user, workspace) not in ROLES_WITH[right]:
        needed = " or ".join(sorted(ROLES_WITH[right]))
        raise PermissionDenied(
            f"This needs the role {needed} in the workspace {workspace.slug}. "
            f"It is given by its administrators: {admins_of(workspace)}."
        )
    require_scope(user, SCOPE_FOR[right])


def require_scope(user, *scopes):
    """Raise PermissionDenied with a sentence for people if user came with a token that has none of the scopes."""
    if not has_scope(user, *scopes):
        had = " and ".join(f"“{scope}”" for scope in token_of(user).scopes.split())
        raise PermissionDenied(f"This token has the scope {had} only. This takes one with “{scopes[0]}”.")


def require_scope_for(user, method):
    """What a token needs for any request with this method; what else it needs is asked where things are done."""
    require_scope(user, *([Scope.READ] if method in SAFE_METHODS else [Scope.WRITE, Scope.BUILD]))


def require_site_admin(user):
    """Raise PermissionDenied with a sentence for people unless user runs the site."""
    if not user.is_superuser:
        raise PermissionDenied("This is for the administrators of the site.")


def workspace_for(user, slug, right=Right.VIEW):
    workspace = next((workspace for workspace in workspaces_of(user) if workspace.slug == slug), None)
    if workspace is None:
        raise Http404
    require(user, right, workspace)
    return workspace


def editable_workspaces(user):
    """The workspaces user makes environments in: none in `curated` by hand, and in `shared` only its members do."""
    workspaces = Workspace.objects.visible_to(user).exclude(slug=CURATED)
    if user.is_superuser:
        return workspaces
    return workspaces.filter(members__user=user, members__role__in=ROLES_WITH[Right.EDIT])


def workspace_to_edit(user, slug):
    """The workspace, for making versions in it: by hand nobody makes them in `curated`."""
    workspace = workspace_for(user, slug, Right.EDIT)
    if workspace.is_curated:
        raise PermissionDenied(CURATED_IS_FILLED)
    return workspace


def environment_for(user, slug, name, right=Right.VIEW):
    workspace = workspace_for(user, slug, right)
    return get_object_or_404(Environment.objects.select_related("workspace"), workspace=workspace, name=name)


def version_for(user, slug, name, version, right=Right.VIEW):
    workspace = workspace_for(user, slug, right)
    return get_object_or_404(
        Version.objects.for_pages(), environment__workspace=workspace, environment__name=name, name=version
    )


def versions_for(user, *places):
    """The Versions at each (workspace, environment, version), in one query and with their locks; Http404 if one is not.

    Who may see a workspace may view it, so no role is asked for.
    """
    wanted = [Q(environment__workspace__slug=ws, environment__name=env, name=name) for ws, env, name in places]
    rows = Version.objects.for_pages().visible_to(user).select_related("current_build__lock")
    found = {
        (row.environment.workspace.slug, row.environment.name, row.name): row
        for row in rows.filter(reduce(or_, wanted))
    }
    if not found.keys() >= set(places):
        raise Http404
    for row in found.values():
        if row.current_build:
            row.current_build.version = row  # for its address
    return [found[place] for place in places]


def environment_to_change(user, slug, name, right):
    """The environment, to describe, archive or delete it: by hand nobody does so in `curated`."""
    return _by_hand(environment_for(user, slug, name, right), slug)


def version_to_change(user, slug, name, version, right):
    """The version, to describe, archive or delete it: by hand nobody does so in `curated`."""
    return _by_hand(version_for(user, slug, name, version, right), slug)


def _by_hand(found, slug):
    if slug == CURATED:
        raise PermissionDenied(CURATED_IS_FILLED)
    return found


def build_for(user, build_id, right=Right.VIEW, slug=None):
    builds = Build.objects.for_pages().visible_to(user)
    if slug is not None:
        builds = builds.filter(workspace__slug=slug)
    build = get_object_or_404(builds, pk=build_id)
    require(user, right, build.version.environment.workspace)
    return build


def job_for(user, slug, name):
    jobs = Job.objects.select_related("workspace", "submitted_by", "image", "version__environment__workspace")
    jobs = jobs.select_related("build__version__environment__workspace")
    return get_object_or_404(jobs, workspace=workspace_for(user, slug), name=name)
