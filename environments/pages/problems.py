"""The documentation of every problem the studio can tell, made from the catalogue."""

from django.http import Http404
from django.shortcuts import render
from django.views.decorators.http import require_safe

from environments.definitions.catalogue import CATALOGUE, FAMILY, Topic, entry_of
from environments.definitions.levels import SETTABLE
from environments.definitions.model import Severity
from environments.display.words import STATUSES


@require_safe
def problem_list(request):
    """All of them by topic; `?severity=` keeps those of one severity."""
    chosen = request.GET.get("severity", "")
    shown = [entry for entry in CATALOGUE.values() if not _is_severity(chosen) or entry.severity == chosen]
    topics = [(topic, [entry for entry in shown if entry.topic == topic]) for topic in Topic]
    context = {
        "topics": [(topic, entries) for topic, entries in topics if entries],
        "count": len(shown),
        "choices": _choices(chosen),
    }
    return render(request, "problems/list.html", context)


def _is_severity(text):
    return text in {severity.value for severity in Severity}


def _choices(chosen):
    words = {"": "All"} | {severity.value: f"{STATUSES[severity].word}s" for severity in Severity}
    current = chosen if chosen in words else ""
    return [
        {"label": word, "url": f"?severity={value}" if value else "?", "current": value == current}
        for value, word in words.items()
    ]


@require_safe
def problem(request, code):
    """One code, also one of the family that another program gives."""
    entry = entry_of(code)
    if entry is None:
        raise Http404
    rule = code.removeprefix(f"{FAMILY}-") if code != entry.code else ""
    context = {"entry": entry, "code": code, "rule": rule, "settable": entry.code in SETTABLE}
    context["ends_builds"] = entry.topic == Topic.BUILD
    return render(request, "problems/detail.html", context)
