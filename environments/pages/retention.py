"""Images and disk, for site admins: what stays, what would go and why, and the button that lets it go."""

import shutil

from django.conf import settings
from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.views.decorators.http import require_http_methods, require_safe

from environments.display.words import plural, size
from environments.pages.fragments import asked
from environments.permissions import require_site_admin
from environments.services.retention import ask_for_tidy, last_tidy, plan

PER_PAGE = 50
MOST_NAMED = 20


@require_safe
def images(request):
    """All images, or with `?which=` those that stay or go."""
    require_site_admin(request.user)
    made = plan()
    shown = {"": made.verdicts, "goes": made.going, "stays": made.staying}
    which = asked(request.GET, "which")
    which = which if which in shown else ""
    words = {"": "All", "goes": "Would go", "stays": "Stay"}
    context = {
        "plan": made,
        "page": Paginator(shown[which], PER_PAGE).get_page(request.GET.get("page")),
        "which": which,
        "choices": [(key, word, len(shown[key])) for key, word in words.items()],
        "free": shutil.disk_usage(settings.DATA_DIR).free,
        "last": last_tidy(),
        "terms": settings,
    }
    return render(request, "retention/images.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
def tidy_now(request):
    """GET lists what goes, POST has a worker do it."""
    require_site_admin(request.user)
    if request.method == "POST":
        ask_for_tidy(by=request.user)
        messages.success(request, "A worker was asked to tidy up. What it did is shown here once it is done.")
        return HttpResponseRedirect(reverse("retention"), status=303)
    confirm = {
        "title": "Tidy up now?",
        "text": "Each image is asked about once more just before it goes.",
        "consequences": list(_consequences(plan())),
        "url": request.path,
        "action": "Tidy up",
        "cancel": reverse("retention"),
    }
    return render(request, "confirm.html", {"confirm": confirm})


def _consequences(made):
    if made.trouble:
        yield f"The engine was not asked, so a worker decides for itself: {made.trouble}"
    for verdict in made.going[:MOST_NAMED]:
        yield f"{verdict.image.name}, {size(verdict.image.size)}, goes. {verdict.reason}"
    if len(made.going) > MOST_NAMED:
        yield f"{len(made.going) - MOST_NAMED} more go as well; the page lists them all."
    if made.cache_over:
        yield f"{size(made.cache_over)} of build cache goes."
    left = made.leftovers
    if left.logs:
        yield f"{plural(left.logs, 'log')} of old builds go; the steps and errors stay."
    if left.all_contexts:
        yield f"{plural(left.all_contexts, 'build context')} that no version names go."
    if not (made.going or made.cache_over or left):
        yield "Nothing would go as things stand."
