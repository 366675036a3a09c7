"""The raw data under /admin/data/, for site admins. Read-only where rows are history; the pages have the verbs."""

from django.contrib import admin
from django.contrib.auth import REDIRECT_FIELD_NAME, get_user_model
from django.contrib.auth.admin import GroupAdmin, UserAdmin
from django.contrib.auth.decorators import login_not_required
from django.contrib.auth.models import Group
from django.contrib.auth.views import redirect_to_login
from django.core.exceptions import PermissionDenied
from django.shortcuts import redirect
from django.urls import reverse

from environments import models
from environments.forms.details import DataForm
from environments.models.listing import hold, keep
from environments.services.audit import record
from environments.services.tokens import revoke_token


class RawData(admin.AdminSite):
    """Django's admin, entered through the studio's own sign-in, which counts wrong passwords."""

    site_header = "Environment Studio: raw data"
    site_title = "Raw data"
    index_title = "Tables"

    def has_permission(self, request):
        return request.user.is_active and request.user.is_superuser

    @login_not_required
    def login(self, request, extra_context=None):
        if self.has_permission(request):
            return redirect("admin:index")
        if request.user.is_authenticated:
            raise PermissionDenied("The raw data is for site administrators.")
        return redirect_to_login(request.GET.get(REDIRECT_FIELD_NAME, reverse("admin:index")))


site = RawData()
site.register(get_user_model(), UserAdmin)
site.register(Group, GroupAdmin)


class Table(admin.ModelAdmin):
    """A table whose changes go into the audit trail as well."""

    show_full_result_count = False
    list_per_page = 50

    def save_model(self, request, obj, form, change):
        """Of a row that was there only what was typed is written: the rest may have moved since it was read."""
        obj.save(update_fields=form.changed_data if change else None)
        verb = "change" if change else "add"
        record(request.user, f"data.{verb}", obj, table=obj._meta.model_name, fields=form.changed_data)

    def delete_model(self, request, obj):
        record(request.user, "data.delete", obj, table=obj._meta.model_name)
        super().delete_model(request, obj)

    def delete_queryset(self, request, queryset):
        for obj in queryset:
            self.delete_model(request, obj)


class Kept(Table):
    """A table whose rows come and go elsewhere; here they may at most be changed."""

    def has_add_permission(self, request):
        return False

    def has_delete_permission(self, request, obj=None):
        return False


class History(Kept):
    """A table to look at."""

    def has_change_permission(self, request, obj=None):
        return False


@admin.register(models.Workspace, site=site)
class WorkspaceTable(Table):
    list_display = ("slug", "title", "network", "created_at")
    search_fields = ("slug", "title")
    readonly_fields = ("last_build_number", "created_at")

    def get_readonly_fields(self, request, obj=None):
        """Images are named after the slug, so it stays."""
        return (*self.readonly_fields, "slug") if obj else self.readonly_fields

    def has_delete_permission(self, request, obj=None):
        return False


@admin.register(models.Member, site=site)
class MemberTable(Table):
    list_display = ("workspace", "user", "role", "created_at")
    list_filter = ("role", "workspace")
    search_fields = ("workspace__slug", "user__username")
    list_select_related = ("workspace", "user")
    autocomplete_fields = ("workspace", "user")


@admin.register(models.RuleLevel, site=site)
class RuleLevelTable(Table):
    list_display = ("workspace", "code", "level")
    list_filter = ("level",)
    search_fields = ("code", "workspace__slug")
    list_select_related = ("workspace",)
    autocomplete_fields = ("workspace",)


@admin.register(models.Environment, site=site)
class EnvironmentTable(Kept):
    list_display = ("name", "workspace", "anonymous", "archived_at", "created_by", "updated_at")
    list_filter = ("workspace", "anonymous", ("archived_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "description")
    list_select_related = ("workspace", "created_by")
    form = DataForm
    fields = ("workspace", "name", "description", "tags", "archived_at", "anonymous", "created_by", "created_at")
    readonly_fields = ("workspace", "name", "anonymous", "created_by", "created_at")

    def save_model(self, request, obj, form, change):
        hold([obj.pk])
        super().save_model(request, obj, form, change)
        keep([obj.pk])


@admin.register(models.Version, site=site)
class VersionTable(History):
    list_display = ("__str__", "kind", "image", "definition_digest", "author", "created_at", "archived_at")
    list_filter = ("kind", "environment__workspace", ("archived_at", admin.EmptyFieldListFilter))
    search_fields = ("environment__name", "name", "definition_digest")
    list_select_related = ("environment__workspace", "author")
    date_hierarchy = "created_at"


@admin.register(models.Context, site=site)
class ContextTable(History):
    list_display = ("sha256", "workspace", "size", "created_at")
    list_filter = ("workspace",)
    search_fields = ("sha256",)
    list_select_related = ("workspace",)


@admin.register(models.Job, site=site)
class JobTable(History):
    list_display = ("name", "workspace", "environment_label", "submitted_by", "created_at")
    list_filter = ("workspace",)
    search_fields = ("name", "environment_label", "definition_digest")
    list_select_related = ("workspace", "submitted_by")


@admin.register(models.Code, site=site)
class CodeTable(History):
    list_display = ("name", "version", "workspace", "created_at")
    list_filter = ("workspace",)
    search_fields = ("name", "uri")
    list_select_related = ("workspace",)


@admin.register(models.Blob, site=site)
class BlobTable(History):
    list_display = ("path", "workspace", "size", "changed_at")
    list_filter = ("workspace",)
    search_fields = ("path", "sha256")
    list_select_related = ("workspace",)


@admin.register(models.Tombstone, site=site)
class TombstoneTable(History):
    list_display = ("environment_name", "version_name", "workspace", "deleted_at")
    list_filter = ("workspace",)
    search_fields = ("environment_name", "version_name")
    list_select_related = ("workspace",)


@admin.register(models.Build, site=site)
class BuildTable(History):
    list_display = ("number", "version", "state", "attempt", "reason", "worker", "created_at", "finished_at")
    list_filter = ("state", "reason", "workspace")
    search_fields = ("id", "version__environment__name", "error")
    list_select_related = ("version__environment__workspace",)
    date_hierarchy = "created_at"


@admin.register(models.BuildStep, site=site)
class BuildStepTable(History):
    list_display = ("name", "build_id", "attempt", "number", "kind", "cached", "state")
    list_filter = ("kind", "cached")
    search_fields = ("build__id", "name")


@admin.register(models.LogPiece, site=site)
class LogPieceTable(History):
    list_display = ("build_id", "first_line", "line_count", "stream", "at")
    search_fields = ("build__id",)


@admin.register(models.Worker, site=site)
class WorkerTable(Table):
    list_display = ("name", "host", "engine", "engine_version", "limits", "heartbeat_at", "draining")
    readonly_fields = ("name", "host", "engine", "engine_version", "capabilities", "heartbeat_at")

    @admin.display
    def limits(self, worker):
        return worker.capabilities.get("limits", "")

    def has_add_permission(self, request):
        return False


@admin.register(models.Hold, site=site)
class HoldTable(History):
    list_display = ("kind", "worker", "reason", "by", "since", "ended_at")
    list_filter = ("kind", ("ended_at", admin.EmptyFieldListFilter))
    list_select_related = ("by",)


@admin.register(models.Lock, site=site)
class LockTable(History):
    list_display = ("sha256", "workspace", "created_at")
    list_filter = ("workspace",)
    search_fields = ("sha256",)
    list_select_related = ("workspace",)


@admin.register(models.Image, site=site)
class ImageTable(History):
    list_display = ("name", "workspace", "size", "stand_in", "engine", "created_at")
    list_filter = ("workspace", "stand_in")
    search_fields = ("name", "image_key", "image_id", "repo_digest")
    list_select_related = ("workspace",)


@admin.register(models.ImagePackage, site=site)
class ImagePackageTable(History):
    list_display = ("name", "version", "manager", "asked", "image")
    list_filter = ("manager", "asked")
    search_fields = ("name",)
    list_select_related = ("image",)


@admin.register(models.PackageName, site=site)
class PackageNameTable(History):
    list_display = ("name", "plain", "workspace")
    list_filter = ("workspace",)
    search_fields = ("name", "plain")
    list_select_related = ("workspace",)


@admin.register(models.ApiToken, site=site)
class ApiTokenTable(Kept):
    list_display = ("name", "user", "scopes", "workspace", "expires_at", "last_used_at", "revoked_at", "created_at")
    list_filter = ("scopes", ("revoked_at", admin.EmptyFieldListFilter))
    search_fields = ("name", "user__username")
    list_select_related = ("user", "workspace")
    fields = ("name", "user", "scopes", "workspace", "expires_at", "last_used_at", "revoked_at", "created_at")
    readonly_fields = ("user", "scopes", "workspace", "last_used_at", "revoked_at", "created_at")
    actions = ("revoke",)

    @admin.action(description="Revoke selected tokens")
    def revoke(self, request, queryset):
        for token in queryset:
            revoke_token(token, by=request.user)
        self.message_user(request, "The selected tokens are useless from now on.")


@admin.register(models.AuditEvent, site=site)
class AuditEventTable(History):
    list_display = ("at", "actor", "token", "action", "workspace", "subject")
    list_filter = ("action",)
    search_fields = ("actor", "token", "subject", "workspace")
    date_hierarchy = "at"
