"""Every address of the studio, except the catalogue's and Django's admin, which studio/urls.py adds."""

from django.urls import include, path, register_converter
from django.urls.converters import StringConverter

from environments.pages import (
    accessibility,
    account,
    activity,
    build_list,
    builds,
    compare,
    connect,
    create,
    edit,
    environments,
    everywhere,
    health,
    history,
    home,
    jobs,
    lifecycle,
    package_story,
    problems,
    profile,
    queue,
    rebuild,
    retention,
    rules,
    sbom,
    styleguide,
    tokens,
    versions,
)


class NameConverter(StringConverter):
    """Names of environments and versions; the rule itself is models.environments.NAME_PATTERN."""

    regex = r"[A-Za-z0-9][A-Za-z0-9._-]*"


register_converter(NameConverter, "name")

# /w/<ws>/new/
create_urls = [
    path("", create.choose, name="environment-new"),
    path("name-check/", create.name_check, name="name-check"),
    path("<slug:kind>/", create.new, name="environment-new-kind"),
    path("<slug:kind>/check/", create.check, name="check"),
]


# Below an environment, and below a version: the names begin with `environment-` or `version-`.
def life_urls(noun):
    return [
        path("details/", lifecycle.details, name=f"{noun}-details"),
        path("duplicate/", lifecycle.duplicating, name=f"{noun}-duplicate"),
        path("archive/", lifecycle.archiving, name=f"{noun}-archive"),
        path("restore/", lifecycle.restoring, name=f"{noun}-restore"),
        path("delete/", lifecycle.deleting, name=f"{noun}-delete"),
    ]


# /w/<ws>/env/<env>/v/<version>/
version_urls = [
    path("", versions.overview, name="version"),
    path("definition/", versions.definition, name="version-definition"),
    path("packages/", versions.packages, name="version-packages"),
    path("sbom/", sbom.of_version, name="version-sbom"),
    path("lock/", versions.lock, name="version-lock"),
    path("context/", versions.context_files, name="version-context"),
    path("builds/", versions.builds, name="version-builds"),
    path("use/", versions.use, name="version-use"),
    path("edit/", edit.edit, name="version-edit"),
    path("take-over/", edit.take_over, name="version-take-over"),
    path("rebuild/", rebuild.rebuild, name="version-rebuild"),
    path("activity/", versions.activity, name="version-activity"),
    path("export.zip", lifecycle.export, name="version-export"),
    path("context.zip", lifecycle.context_archive, name="version-context-zip"),
    *life_urls("version"),
]

# /w/<ws>/env/<env>/
environment_urls = [
    path("", environments.environment, name="environment"),
    path("versions/", history.history, name="history"),
    path("packages/<path:package>/", package_story.story, name="package-story"),
    path("activity/", activity.environment_activity, name="environment-activity"),
    *life_urls("environment"),
    path("compare/<name:a>...<name:b>/", compare.compare, name="compare"),
    path("v/<name:version>/", include(version_urls)),
]

# /w/<ws>/builds/<build_id>/
build_urls = [
    path("", builds.build, name="build"),
    path("log/", builds.log, name="build-log"),
    path("raw.txt", builds.raw, name="build-raw"),
    path("sbom/", sbom.of_build, name="build-sbom"),
    path("cancel/", builds.cancel, name="build-cancel"),
    path("retry/", builds.retry, name="build-retry"),
    path("make-current/", builds.promote, name="build-promote"),
]

# /w/<ws>/
workspace_urls = [
    path("", environments.environment_list, name="environment-list"),
    path("new/", include(create_urls)),
    path("env/<name:env>/", include(environment_urls)),
    path("rules/", rules.rules, name="rules"),
    path("jobs/", jobs.job_list, name="job-list"),
    path("jobs/<name:job>/", jobs.job, name="job"),
    path("builds/", build_list.build_list, name="build-list"),
    path("builds/pause/", queue.pause, name="queue-pause"),
    path("builds/resume/", queue.resume, name="queue-resume"),
    path("builds/<uuid:build_id>/", include(build_urls)),
]

urlpatterns = [
    path("", home.home, name="home"),
    path("login/", account.login, name="login"),
    path("logout/", account.logout, name="logout"),
    path("theme/", account.theme, name="theme"),
    path("profile/", profile.profile, name="profile"),
    path("profile/tokens/", tokens.tokens, name="tokens"),
    path("profile/tokens/<int:number>/revoke/", tokens.revoke, name="token-revoke"),
    path("connect/", connect.connect, name="connect"),
    path("tls/ca.pem", connect.authority, name="authority"),
    path("accessibility/", accessibility.accessibility, name="accessibility"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("search/", everywhere.search, name="search"),
    path("compare/", compare.compare_any, name="compare-any"),
    path("compare/choose/", compare.choose, name="compare-choose"),
    path("problems/", problems.problem_list, name="problem-list"),
    path("problems/<slug:code>/", problems.problem, name="problem"),
    path("styleguide/", styleguide.styleguide, name="styleguide"),
    path("admin/retention/", retention.images, name="retention"),
    path("admin/retention/tidy/", retention.tidy_now, name="retention-tidy"),
    path("w/<slug:ws>/", include(workspace_urls)),
    path("api/v1/", include("environments.api.urls")),
    path("", include("environments.azure.urls")),
]
