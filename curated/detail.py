"""One environment of the catalogue: what it is, how long it is looked after, what changed, and who uses it."""

from django.db.models import Count, Window
from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from curated.changelog import changelog
from curated.support import day, entry_of, patches_of
from environments.models import CURATED, Environment, Version
from environments.pages.fragments import asked
from environments.pages.snippets import cuda_of
from environments.pages.sources import source_of
from environments.permissions import editable_workspaces

RELEASES = 10
USERS_SHOWN = 8


@require_safe
def detail(request, env):
    """The page of one curated environment; `?ws=` is the workspace one comes from."""
    listed = Version.objects.visible_to(request.user).active().filter(environment__anonymous=False)
    curated = listed.filter(environment__workspace__slug=CURATED, environment__name=env)
    versions = list(curated.for_pages().newest_first()[: RELEASES + 1])
    if not versions:
        raise Http404
    newest, entry = versions[0], entry_of(env)
    environment, image = newest.environment, newest.image_built
    releases = changelog(versions)
    users, user_count = _users(environment, request.user)
    context = {
        "environment": environment,
        "version": newest,
        "entry": entry,
        "title": entry.title if entry else environment.name,
        "patches": patches_of(entry),
        "dates": _dates(entry),
        "image": image,
        "cuda": cuda_of(image) if image else "",
        "source": source_of(newest),
        "releases": releases[:RELEASES],
        "has_more": len(versions) > RELEASES,
        "users": users,
        "user_count": user_count,
        "may_start": editable_workspaces(request.user).exists(),
        "came_from": asked(request.GET, "ws"),
    }
    return render(request, "curated/detail.html", context)


def _dates(entry):
    """[(what, when)] of an entry's life, in order."""
    if not entry:
        return []
    support = entry.support
    named = {"Released": support.released, "Available until": support.available_until}
    return [(name, day(date)) for name, date in named.items()]


def _users(environment, user):
    """(the first environments user may see that were made from this one, how many there are), in one query."""
    made = Version.objects.filter(parent__environment=environment).exclude(environment=environment)
    found = Environment.objects.visible_to(user).listed().filter(pk__in=made.values("environment"))
    found = found.select_related("workspace").annotate(total=Window(Count("pk"))).order_by("workspace__slug", "name")
    users = list(found[:USERS_SHOWN])
    return users, users[0].total if users else 0
