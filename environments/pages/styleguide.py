"""The style guide: every component once, with sample data. For those who write pages, and for the browser tests."""

import json
from datetime import timedelta
from types import SimpleNamespace

from django import forms
from django.core.paginator import Paginator
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from environments.definitions.model import Problem, Severity
from environments.diffing.text import diff_text
from environments.display import words
from environments.pages.logs import Chunk, Line, StepLog

CONDA = """\
name: torch-train
channels:
  - conda-forge
dependencies:
  - python=3.11
  - pip
  - pip:
      - torch==2.9.1  # from the index of the base
      - numpy
"""
EDITED = CONDA.replace("2.9.1", "2.9.2").replace("      - numpy\n", "      - numpy==2.3.4\n      - peft\n")
DOCKERFILE = "FROM python:3.11-slim\nCOPY requirements.txt /tmp/\nRUN pip install -r /tmp/requirements.txt\n"
DIGEST = "sha256:9f2c41ab77d0e36b5a1840cc27fe90d1c6a2f0417be853d9904ed1728b3c90d1"
LOG = (
    "\x1b[36minfo     libmamba\x1b[0m Searching for python-3.11.14",
    "conda-forge/linux-64        \x1b[32m✔ Done (1.1s)\x1b[0m",
    "     \x1b[32m━━━━━━━━━━━\x1b[91m╸\x1b[90m━━━━━━\x1b[0m 571.3/900.0 MB \x1b[31m84.2 MB/s\x1b[0m",
    "\x1b[91merror    libmamba\x1b[0m \x1b[1mopencv 4.12.0.88\x1b[0m does not exist <b>here</b>",
)


class SampleForm(forms.Form):
    name = forms.CharField(help_text="Letters, digits, dots, dashes. A name that exists gets a new version.")
    image = forms.ChoiceField(label="Base image", choices=[("python:3.11-slim", "python:3.11-slim")])
    message = forms.CharField(label="What changed", required=False)
    upload = forms.FileField(label="Upload a context", required=False, help_text="A zip of at most 64 MB.")
    solver = forms.ChoiceField(
        label="Rebuild", widget=forms.RadioSelect, choices=[("lock", "Same lock"), ("new", "Resolve again")]
    )
    build_now = forms.BooleanField(label="Build it now", required=False)
    text = forms.CharField(
        label="conda.yaml",
        initial=CONDA,
        required=False,
        widget=forms.Textarea(attrs={"data-editor": "yaml", "rows": 12}),
    )


@require_safe
def styleguide(request):
    """Every component with sample data; `?dialog=1` is the confirm page that opens as a dialog."""
    if "dialog" in request.GET:
        return render(request, "confirm.html", {"confirm": _confirm()})
    page = Paginator(range(38), 13).get_page(request.GET.get("page"))
    samples = {"page": page, "form": SampleForm({"name": "", "text": CONDA, "solver": "lock"}), "editor": SampleForm()}
    return render(request, "styleguide.html", samples | _texts() | _lists() | _builds() | _comparison())


def _confirm():
    return {
        "title": "Cancel build 42?",
        "consequences": ["It stops now.", "Version v5 stays without an image.", "The log so far is kept."],
        "url": "",
        "action": "Cancel the build",
        "cancel": "/styleguide/",
    }


def _texts():
    problems = [
        Problem("channel", Severity.ERROR, "Channel defaults is not allowed here", "Take conda-forge.", line=3),
        Problem("unpinned", Severity.WARNING, "numpy has no version", "A later rebuild may differ.", line=9),
        Problem("pip", Severity.HINT, "pip is not pinned", line=6),
    ]
    marks = [{"line": p.line, "severity": p.severity, "message": p.message} for p in problems]
    return {
        "conda": CONDA,
        "dockerfile": DOCKERFILE,
        "digest_value": DIGEST,
        "problems": problems,
        "marks": json.dumps(marks),
    }


def _lists():
    return {
        "statuses": words.STATUSES,
        "kinds": words.KINDS,
        "ansi_codes": [*range(30, 38), *range(90, 98)],
        "tabs": [{"label": "Overview", "url": "#", "current": True}, {"label": "Packages", "url": "#", "count": 214}],
        "steps_bar": [{"label": word, "url": "#"} for word in ("Kind", "Definition", "Review")],
        "choices": [{"label": "Unified", "url": "#", "current": True}, {"label": "Split", "url": "#"}],
        "facts": [("Size", "6.92 GB in 14 layers"), ("System", "Debian 12, linux/amd64"), ("Python", "3.11.14")],
        "cards": [
            {
                "value": "conda",
                "icon": "flask",
                "title": "Conda packages",
                "text": "On a base image.",
                "example": CONDA,
            },
            {"value": "image", "icon": "cube", "title": "Existing image", "text": "Taken as it is, by its digest."},
            {"value": "context", "icon": "folder", "title": "Build context", "text": "A Dockerfile and its files."},
        ],
        "files": [
            {"path": "Dockerfile", "size": 412},
            {"path": "src/train.py", "size": 18_204},
            {"path": "src/data/labels.csv", "size": 2_400_000},
            {"path": "src/link", "size": 0, "reason": "is a symbolic link"},
        ],
    }


def _builds():
    now = timezone.now()
    start = now - timedelta(seconds=58)
    build = SimpleNamespace(started_at=start, finished_at=now)
    names = ("Pull python:3.11-slim", "COPY requirements.lock /tmp/", "RUN pip install -r /tmp/requirements.lock")
    seconds, began, steps = (41.0, 0.1, 16.4), start, []
    for name, lasted in zip(names, seconds, strict=True):
        ended = began + timedelta(seconds=lasted)
        steps.append(_step(name, lasted, began, ended))
        began = ended
    steps[1].cached = True
    steps[2].state, steps[2].error = "failed", "exit code 1"
    steps.append(_step("Export the image", None, None, None, state="queued"))
    lines = [Line(1502 + place, text, hit=place == 3) for place, text in enumerate(LOG)]
    log = StepLog([Chunk(lines[0].n, lines[-1].n, lines)], total=1509, shown=len(lines), is_cut=True)
    return {
        "build": build,
        "steps": steps,
        "lines": lines,
        "log": log,
        "step_states": ["done", "done", "failed", "queued"],
    }


def _step(name, seconds, started, completed, state="succeeded"):
    return SimpleNamespace(
        name=name, seconds=seconds, started_at=started, completed_at=completed, state=state, cached=False, error=""
    )


def _comparison():
    now = timezone.now()
    changes = (
        ("torch", "pip", "2.8.0+cu126", "2.9.1+cu128", "updated", False),
        ("protobuf", "pip", "6.32.1", "5.29.5", "downgraded", True),
        ("peft", "pip", "", "0.17.1", "added", False),
        ("horovod", "pip", "0.28.1", "", "removed", False),
    )
    fields = ("name", "manager", "before", "after", "kind", "major")
    old = [
        {"digest": "a", "size": 2_040_000_000},
        {"digest": "b", "size": 524_000_000},
        {"digest": "c", "size": 3_870_000_000},
    ]
    new = [
        {"digest": "a", "size": 2_040_000_000},
        {"digest": "b", "size": 524_000_000},
        {"digest": "d", "size": 4_120_000_000},
    ]
    return {
        "changes": [dict(zip(fields, change, strict=True)) for change in changes],
        "rows": diff_text(CONDA, EDITED),
        "days": [(number * 7 % 5, number % 9 == 4, number % 11 == 0) for number in range(30)],
        "old_layers": old,
        "new_layers": new,
        "labels": ["v1", "v2", "v3", "v4", "v5"],
        "states": ["ready", "failed", "ready", "ready", "ready"],
        "versions": [
            _version("5", "Move to PyTorch 2.9 and CUDA 12.8", "ready", "now", now - timedelta(minutes=12)),
            _version("4", "Add bitsandbytes", "ready", "", now - timedelta(days=9)),
            _version("3-rc", "Try Python 3.13", "failed", "bad", now - timedelta(days=36)),
        ],
    }


def _version(name, message, state, tone, created_at):
    return {
        "name": name, "label": words.version_label(name), "message": message, "state": state, "tone": tone,
        "created_at": created_at, "author": "Ana Ruiz", "url": "#", "summary": "+4 −2 ~29 packages",
    }  # fmt: skip
