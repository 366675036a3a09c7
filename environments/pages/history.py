"""Every version of an environment, newest first, with what changed from the one before; any two can be compared."""

from django.http import Http404
from django.views.decorators.http import require_safe

from environments.pages.changes import changes_along
from environments.pages.fragments import asked, render_page
from environments.pages.states import lineage_entry, newest_builds, with_newest_build
from environments.permissions import environment_for

PER_PAGE = 25


@require_safe
def history(request, ws, env):
    """The newest versions; `?before=N` shows those older than sequence N, for htmx only their rows."""
    found = environment_for(request.user, ws, env)
    versions = with_newest_build(found.versions.for_pages()).newest_first()
    start = asked(request.GET, "before")
    if start and not (start.isascii() and start.isdigit() and len(start) < 10):
        raise Http404
    older = versions.filter(sequence__lt=int(start)) if start else versions
    rows = list(older[: PER_PAGE + 1])
    shown, changes = rows[:PER_PAGE], changes_along(rows)
    builds = newest_builds(shown)
    context = {
        "environment": found,
        "entries": [lineage_entry(version, builds, changes) for version in shown],
        "count": found.versions.count(),
        "is_older": bool(start),
        "next": shown[-1].sequence if len(rows) > PER_PAGE else None,
    }
    return render_page(request, "environments/history.html", "more", context)
