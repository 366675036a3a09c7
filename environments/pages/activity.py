"""Who did what to an environment or a version, in words."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_safe

from environments.display import words
from environments.models.builds import Reason
from environments.permissions import environment_for
from environments.services.activity import activity_of_environment

PER_PAGE = 25


def shown_activity(environment, activity, page):
    """{"page", "events"} of what services.activity tells."""
    events, addresses = activity
    page = Paginator(events, PER_PAGE).get_page(page)
    return {"page": page, "events": [_told(event, environment, addresses) for event in page.object_list]}


def _told(event, environment, addresses):
    return {
        "event": event,
        "what": words.ACTIONS.get(event.action, words.Status(event.action, "info")),
        "subject": _short(event.subject, str(environment)),
        "url": addresses.get(event.subject, ""),
        "more": list(_more(event)),
    }


def _short(subject, environment):
    """`vision/train:2` as v2, `build 7 of vision/train:2` as build 7 of v2."""
    if subject == environment:
        return "the environment"
    before, _, version = subject.rpartition(f"{environment}:")
    return before + words.version_label(version)


def _more(event):
    """What a row says beyond the deed, as sentences."""
    before, after = event.detail.get("before"), event.detail.get("after")
    if event.action.endswith(".describe"):
        yield from (f"{name.capitalize()}: {_shown(before[name])} → {_shown(after[name])}" for name in after)
    if reason := event.detail.get("reason"):
        yield str(dict(Reason.choices).get(reason, reason)).capitalize()
    if event.action == "data.change":
        yield f"Fields: {', '.join(event.detail['fields'])}"
    if event.action in ("version.delete", "environment.delete"):
        counts = {"version": len(event.detail["versions"]), "build": event.detail["builds"]}
        yield " and ".join(words.plural(count, noun) for noun, count in counts.items()) + " went"


def _shown(value):
    text = ", ".join(f"{key}={said}" for key, said in value.items()) if isinstance(value, dict) else value
    return f"“{text}”" if text else "none"


@require_safe
def environment_activity(request, ws, env):
    """What people did to the environment and its versions."""
    found = environment_for(request.user, ws, env)
    shown = shown_activity(found, activity_of_environment(found), request.GET.get("page"))
    return render(request, "lifecycle/activity.html", {"environment": found, **shown})
