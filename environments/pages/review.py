"""The review of a form before it is saved: what the definition holds, what comes of it, and what a build is held to."""

from collections import Counter

from django.conf import settings
from django.shortcuts import render

from environments.definitions.asked import python_requirement
from environments.definitions.dockerfile import base_images
from environments.definitions.model import Kind
from environments.display import words
from environments.engine.limits import MB
from environments.pages.drafting import panel_of

REVIEW = "review"
SAVES = {"save": None, "save-build": True, "save-only": False}  # whether it is built too; None: as the form's box says
NO_TEXT_HERE = {"target": "", "fixable": False, "marks": "[]"}  # that problems could point into, or edits be made in
MOST_LINES = 12  # shown of a Dockerfile
NOT_SENT_ON = ("csrfmiddlewaretoken", "action")


def review(request, form, base=None, **context):
    """The page about a valid form. All that was typed stands in it, to be saved or taken back to the form."""
    panel = panel_of(form, base) | NO_TEXT_HERE
    context |= {
        "form": form,
        "workspace": form.workspace,
        "origin": form.origin,
        "base": base,
        "panel": panel,
        "kind": words.KINDS[form.kind.value],
        "images": _images(form),
        "python": python_requirement(form.definition) if form.kind in (Kind.CONDA, Kind.PIP) else "",
        "sources": Counter(package.source for package in panel["reading"].packages).items(),
        "files": form.built,
        "dockerfile": _beginning(form.source_text) if form.kind == Kind.CONTEXT else None,
        "limits": _limits(),
        "typed": typed_in(form, NOT_SENT_ON),
    }
    return render(request, "create/review.html", context)


def is_to_build(form, action):
    """Whether a button that saves asks for a build as well."""
    chosen = SAVES[action]
    return form.cleaned_data["build"] if chosen is None else chosen


def typed_in(form, without):
    """[(name, value)] of all that was sent with a form, to stand in hidden fields of another page."""
    return [(name, value) for name, values in form.data.lists() for value in values if name not in without]


def _beginning(text):
    """The first lines of a Dockerfile, and a note where there are more."""
    lines = text.splitlines()
    more = len(lines) - MOST_LINES
    note = f"the first {MOST_LINES} of {len(lines)} lines" if more > 0 else ""
    return {"text": "\n".join(lines[:MOST_LINES]), "note": note}


def _images(form):
    return (
        base_images(form.source_text, form.definition.context.args)
        if form.kind == Kind.CONTEXT
        else [form.definition.image]
    )


def _limits():
    """What holds for each build here: seconds, and of one step MB and processes where the engine is ours."""
    limits = {"time": settings.BUILD_TIME_LIMIT}
    if settings.ENGINE_CGROUP_PARENT:
        limits |= {"memory": settings.BUILD_MEMORY // MB, "processes": settings.BUILD_PROCESSES}
    return limits
