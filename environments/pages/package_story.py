"""The page of one package of an environment: in which version it entered, moved and left."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from environments.display import words
from environments.permissions import environment_for
from environments.services.package_story import package_story

MOST_TURNS = 200


@require_safe
def story(request, ws, env, package):
    """Http404 if none of the images that are looked at had it."""
    found = environment_for(request.user, ws, env)
    told = package_story(found, package) if "\0" not in package else None
    if told is None or not told.holding:
        raise Http404
    context = {
        "environment": found,
        "name": package,
        "story": told,
        "turns": told.turns[:MOST_TURNS],
        "more": len(told.turns[MOST_TURNS:]),
        "summary": _summary(package, told),
    }
    return render(request, "environments/package_story.html", context)


def _summary(name, story):
    """Where the package stands now, and in how many versions it was."""
    newest = "" if story.is_complete else "the newest "
    counted = f"In {story.holding} of {newest}{words.plural(story.built, 'built version')}."
    if not story.now:
        last = next(turn for turn in story.turns if turn.kind == "removed")
        return f"{name} is no longer in {story.newest.label}: it left in {last.version.label}. {counted}"
    versions = ", ".join(dict.fromkeys(package.version for package in story.now))
    why = (
        "asked for by name"
        if any(package.asked for package in story.now)
        else "pulled in by another package or the base"
    )
    return f"{name} {versions} is in {story.newest.label}, {why}. {counted}"
