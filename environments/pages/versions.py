"""The pages of one version; each tab is an address of its own."""

from django.core.paginator import Paginator
from django.db.models import Q
from django.http import Http404, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from environments.definitions.digest import from_canonical
from environments.models import Build, ImagePackage, State
from environments.pages.activity import shown_activity
from environments.pages.changes import changes_along
from environments.pages.counting import count_of
from environments.pages.fragments import asked, render_page
from environments.pages.hints import shown_hints
from environments.pages.locks import download, lock_tab
from environments.pages.logs import last_words
from environments.pages.packages import packages_tab
from environments.pages.relations import growth, made_from
from environments.pages.snippets import cuda_of, naming_line, snippets, warning_of
from environments.pages.sources import MOST_SHOWN, context_file, environment_file, generated_dockerfile, source_of
from environments.pages.states import (
    build_key,
    build_rows,
    lineage_entry,
    newest_builds,
    version_keys,
    with_newest_build,
    with_progress,
)
from environments.permissions import Right, may, version_for
from environments.services.activity import activity_of_version
from environments.services.checks import problems_in

LINEAGE = 5
MOST_VERSIONS = 200  # the newest, in a select, and so many around an older one that is shown:
AROUND = 10
PER_PAGE = 25
FAILED_LINES = 20
TABS = ("Overview", "Definition", "Packages", "Lock", "Context", "Builds", "Use", "Activity")
TAB_URLS = {"Overview": "version"} | {tab: f"version-{tab.lower()}" for tab in TABS[1:]}


def _page(version, tab, build=None, **context):
    """What all tabs share: heading, version select, tabs with counts. build: the newest, if known."""
    environment = version.environment
    if version.current_build:
        version.current_build.version = version  # its address is made from it
    build = build or _with_counts(version.builds, version).order_by("-number").first()
    versions = _offered(version)
    counts = {
        "Packages": build.package_count if version.image_built else None,
        "Context": len(version.context.manifest) if version.context else None,
        "Builds": build.build_count if build else 0,
    }
    return context | {
        "environment": environment,
        "version": version,
        "versions": versions,
        "latest": next((known["name"] for known in versions if not known["archived_at"]), None),
        "previous": next((known["name"] for known in versions if known["sequence"] < version.sequence), None),
        "build": build,
        "build_key": build_key(build) if build else "",
        "statuses": _statuses(version, build),
        "image": version.image_built,
        "tabs": _tabs(version, tab, counts),
        "tab": tab,
    }


def _offered(version):
    """[{"name", "sequence", "archived_at"}] of the versions to go to from this one, itself among them, newest first."""
    environment, place = version.environment, version.sequence
    newest = Q(sequence__gt=environment.last_sequence - MOST_VERSIONS)
    around = Q(sequence__range=(place - AROUND, place + AROUND))
    return list(environment.versions.filter(newest | around).newest_first().values("name", "sequence", "archived_at"))


def _with_counts(builds, version):
    """Builds with progress, and with `build_count` of the version and `package_count` of its image."""
    image = version.image_built
    packages = ImagePackage.objects.filter(image=image.pk if image else None)
    counts = {"build_count": count_of(version.builds), "package_count": count_of(packages)}
    return with_progress(builds.for_pages()).annotate(**counts)


def _statuses(version, build):
    """One whose image was removed is not ready."""
    keys = version_keys(version, build)
    is_gone = version.image_built and version.image_built.removed_at
    return tuple("gone" if is_gone and key == "ready" else key for key in keys)


def _tabs(version, current, counts):
    shown = [tab for tab in TABS if tab != "Context" or version.context]
    place = [version.environment.workspace.slug, version.environment.name, version.name]
    return [
        {"label": tab, "url": reverse(TAB_URLS[tab], args=place), "count": counts.get(tab), "current": tab == current}
        for tab in shown
    ]


@require_safe
def overview(request, ws, env, version):
    found = version_for(request.user, ws, env, version)
    lineage, build = _lineage(found)
    context = _page(found, "Overview", build, problems=_problems(found), lineage=lineage)
    context["newer_parent"], context["meant"] = _newer_parent(found, request.user), from_canonical(found.definition)
    if context["image"]:
        context["made_from"] = made_from(found, request.user)
        context["cuda"], context["grown"] = cuda_of(context["image"]), growth(context["lineage"])
    if context["image"] and not context["image"].removed_at:
        context["snippets"] = snippets(found, context["image"], cuda=context["cuda"])
    elif context["build"] and context["build"].state == State.FAILED:
        context["hints"] = shown_hints(context["build"])
        context |= last_words(context["build"], FAILED_LINES)
    return render(request, "versions/overview.html", context)


def _problems(version):
    files = [file["path"] for file in version.context.manifest] if version.context else None
    meant, text = from_canonical(version.definition), source_of(version).text
    return problems_in(meant, text, version.environment.workspace, files)


def _lineage(version):
    """The versions up to this one as a list that is also a graph, and the newest build of this one."""
    earlier = version.environment.versions.filter(sequence__lte=version.sequence).newest_first()
    versions = list(
        with_newest_build(earlier).select_related("author", "current_build__image", "context")[: LINEAGE + 1]
    )
    builds, changes = newest_builds(versions, _with_counts(Build.objects, version)), changes_along(versions)
    return [lineage_entry(known, builds, changes) for known in versions[:LINEAGE]], builds.get(version.pk)


def _newer_parent(version, user):
    """The newest version of the environment this one was made from, if that has moved on and user may see it."""
    parent = version.parent
    if not parent or parent.environment_id == version.environment_id:
        return None
    if not may(user, Right.VIEW, parent.environment.workspace):
        return None
    newest = parent.environment.latest()
    return newest if newest and newest.sequence > parent.sequence else None


@require_safe
def definition(request, ws, env, version):
    """The text as typed, the Dockerfile made from it; with `?download=1` the text as a file, with
    `?download=environment` the version as an environment YAML."""
    found = version_for(request.user, ws, env, version)
    wants_all = asked(request.GET, "download") == "environment"
    source = environment_file(found) if wants_all else source_of(found)
    if "download" in request.GET:
        name = f"{env}-{version}-{source.name}"
        headers = {"Content-Disposition": content_disposition_header(True, name)}
        return HttpResponse(source.text, content_type="text/plain; charset=utf-8", headers=headers)
    meant = from_canonical(found.definition)
    context = _page(found, "Definition", source=source, generated=generated_dockerfile(found), meant=meant)
    return render(request, "versions/definition.html", context)


@require_safe
def packages(request, ws, env, version):
    """Every package in the image, filtered by name, manager and why it is there."""
    found = version_for(request.user, ws, env, version)
    if found.image_built is None:
        return render(request, "versions/packages.html", _page(found, "Packages"))
    context = _page(found, "Packages", **packages_tab(found, request.GET))
    return render_page(request, "versions/packages.html", "results", context)


@require_safe
def lock(request, ws, env, version):
    """What the image was built from, to the file; `?download=` is the key of a format to have it in."""
    found = version_for(request.user, ws, env, version)
    if "download" in request.GET:
        return download(found, request.GET["download"])
    context = _page(found, "Lock", **lock_tab(found, request.GET))
    if context["lock"] is None:
        return render(request, "versions/lock.html", context)
    return render_page(request, "versions/lock.html", "results", context)


@require_safe
def context_files(request, ws, env, version):
    """The files of a build context; `?file=PATH` shows one that is text."""
    found = version_for(request.user, ws, env, version)
    if found.context is None:
        raise Http404
    path = request.GET.get("file") or from_canonical(found.definition).context.dockerfile_path
    shown = context_file(found.context, path)
    if shown is None:
        raise Http404
    context = _page(found, "Context", file=shown, path=path, most_shown=MOST_SHOWN)
    return render(request, "versions/context.html", context)


@require_safe
def builds(request, ws, env, version):
    found = version_for(request.user, ws, env, version)
    every = _with_counts(found.builds, found).order_by("-number")
    first, paginator = list(every[:PER_PAGE]), Paginator(every, PER_PAGE)
    paginator.count = first[0].build_count if first else 0
    page = paginator.get_page(request.GET.get("page"))
    rows = build_rows(first if page.number == 1 else page.object_list)
    context = _page(found, "Builds", first[0] if first else None, page=page, rows=rows)
    return render(request, "versions/builds.html", context)


@require_safe
def use(request, ws, env, version):
    """How to run the image; `?as=` is the key of a snippet, `?tag=moving` has it name what is the newest one day."""
    found = version_for(request.user, ws, env, version)
    image = found.image_built
    if not image or image.removed_at:
        return render(request, "versions/use.html", _page(found, "Use"))
    moving = request.GET.get("tag") == "moving"
    ways = snippets(found, image, cuda=cuda_of(image), moving=moving)
    chosen = next((way for way in ways if way.key == request.GET.get("as")), ways[0])
    suffix = "&tag=moving" if moving else ""
    context = {
        "snippet": chosen,
        "choices": [{"label": way.label, "url": f"?as={way.key}{suffix}", "current": way == chosen} for way in ways],
        "names": [
            {"label": "Pinned", "url": f"?as={chosen.key}", "current": not moving},
            {"label": "Moving tag", "url": f"?as={chosen.key}&tag=moving", "current": moving},
        ],
        "naming": naming_line(found, image) if moving else "",
        "warning": warning_of(found),
    }
    return render(request, "versions/use.html", _page(found, "Use", **context))


@require_safe
def activity(request, ws, env, version):
    """Who did what to it, to its builds and to its environment."""
    found = version_for(request.user, ws, env, version)
    shown = shown_activity(found.environment, activity_of_version(found), request.GET.get("page"))
    return render(request, "versions/activity.html", _page(found, "Activity", **shown))
