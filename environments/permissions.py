"""Who may do what: one table, and the only ways to fetch a thing for someone. Unseen things answer 404, not 403."""

from enum import StrEnum

from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Subquery
from django.shortcuts import get_object_or_404

from environments.models import CURATED, Build, Environment, Member, Role, Version, Workspace

CURATED_IS_FILLED = (
    "The curated workspace is filled by the studio itself. Start from a curated environment in a workspace of your own."
)


class Right(StrEnum):
    VIEW = "view"  # look at environments, builds and logs; use images
    EDIT = "edit"  # make versions, ask for builds, cancel them
    MANAGE = "manage"  # archive and delete


ROLES_WITH = {
    Right.VIEW: {Role.VIEWER, Role.EDITOR, Role.ADMIN},
    Right.EDIT: {Role.EDITOR, Role.ADMIN},
    Right.MANAGE: {Role.ADMIN},
}


def role_in(user, workspace):
    """The role of user in workspace, None for an outsider. Site admins are admins; everyone may view the curated."""
    roles = Member.objects.filter(user=user, workspace=workspace).values_list("role", flat=True)
    return known_role(user, workspace, roles.first())


def with_role(rows, user, workspace="pk"):
    """Annotate rows with `own_role`, the one user has as a member of the workspace the field names."""
    own = Member.objects.filter(user=user, workspace=OuterRef(workspace))
    return rows.annotate(own_role=Subquery(own.values("role")[:1]))


def known_role(user, workspace, own_role):
    """What role_in() answers, where `own_role` came with the row and need not be asked for."""
    if user.is_superuser:
        return Role.ADMIN
    if own_role:
        return Role(own_role)
    return Role.VIEWER if workspace.is_curated else None


def may(user, right, workspace):
    return role_in(user, workspace) in ROLES_WITH[right]


def require(user, right, workspace):
    """Raise PermissionDenied with a sentence for people unless user has right in workspace."""
    _require(role_in(user, workspace), right, workspace)


def _require(role, right, workspace):
    if role not in ROLES_WITH[right]:
        needed = " or ".join(sorted(ROLES_WITH[right]))
        raise PermissionDenied(f"This needs the role {needed} in the workspace {workspace.slug}.")


def require_site_admin(user):
    """Raise PermissionDenied with a sentence for people unless user runs the site."""
    if not user.is_superuser:
        raise PermissionDenied("This is for the administrators of the site.")


def workspace_for(user, slug, right=Right.VIEW):
    workspace = get_object_or_404(with_role(Workspace.objects.visible_to(user), user), slug=slug)
    _require(known_role(user, workspace, workspace.own_role), right, workspace)
    return workspace


def editable_workspaces(user):
    """The workspaces user may make environments in; nobody makes them in `curated` by hand."""
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
    found = with_role(Environment.objects.visible_to(user).select_related("workspace"), user, "workspace")
    environment = get_object_or_404(found, workspace__slug=slug, name=name)
    _require(known_role(user, environment.workspace, environment.own_role), right, environment.workspace)
    return environment


def version_for(user, slug, name, version, right=Right.VIEW):
    versions = with_role(Version.objects.for_pages().visible_to(user), user, "environment__workspace")
    found = get_object_or_404(versions, environment__workspace__slug=slug, environment__name=name, name=version)
    workspace = found.environment.workspace
    _require(known_role(user, workspace, found.own_role), right, workspace)
    return found


def build_for(user, build_id, right=Right.VIEW, slug=None):
    builds = with_role(Build.objects.for_pages().visible_to(user), user, "version__environment__workspace")
    if slug is not None:
        builds = builds.filter(version__environment__workspace__slug=slug)
    build = get_object_or_404(builds, pk=build_id)
    workspace = build.version.environment.workspace
    _require(known_role(user, workspace, build.own_role), right, workspace)
    return build
