"""Pages that make a new environment: what to start with, then one form for each kind."""

from datetime import timedelta
from itertools import count

from django.http import Http404
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.http import urlencode
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from environments.definitions.digest import definition_digest
from environments.definitions.model import Kind
from environments.definitions.names import check_name
from environments.display import words
from environments.forms.choose import FROM, ChooseForm
from environments.models import Environment
from environments.pages.drafting import (
    FIRST_IMAGE,
    FORMS,
    initial_of,
    leave,
    saved_to,
    show,
    with_fix,
    with_other_rows,
)
from environments.pages.fragments import asked, vary, wants_part
from environments.pages.origins import origins
from environments.pages.review import REVIEW, SAVES, is_to_build, review
from environments.permissions import version_for, workspace_to_edit
from environments.services.versions import EnvironmentArchived, EnvironmentExists, publish_version

SENT_TWICE_WITHIN = timedelta(minutes=10)
BASED = (Kind.CONDA, Kind.PIP)  # packages on a base image
CARDS = [
    {
        "value": "conda",
        "title": "Conda file on a base image",
        "text": "Packages in a conda environment file, pip packages among them.",
        "example": "dependencies:\n  - python=3.11\n  - pip\n  - pip:\n      - scikit-learn",
    },
    {
        "value": "pip",
        "title": "requirements.txt on a base image",
        "text": "Packages as pip reads them, one per line.",
        "example": "numpy>=2\nscikit-learn==1.9.1",
    },
    {
        "value": "image",
        "title": "Existing image",
        "text": "An image that is already made, taken as it is. Its packages are read and listed.",
        "example": "python:3.11-slim",
    },
    {
        "value": "context",
        "title": "Build context",
        "text": "A Dockerfile with the files it needs, written here or uploaded as a zip.",
        "example": "FROM python:3.11-slim\nCOPY . /app\nRUN pip install /app",
    },
]


@require_safe
def choose(request, ws):
    """The chooser; with ?kind= it leads on to the form of that kind, or says what is missing.

    With ?look, and for htmx, it only narrows the list of environments to start from by ?q=.
    """
    workspace = workspace_to_edit(request.user, ws)
    looks = wants_part(request) or "look" in request.GET
    form = ChooseForm(initial=request.GET.dict()) if looks or not request.GET else ChooseForm(request.GET)
    if form.is_bound and form.is_valid():
        values = form.cleaned_data
        if values["kind"] != FROM:
            return redirect("environment-new-kind", ws, values["kind"])
        return redirect(address_from(ws, find_version(request.user, values["origin"])))
    text = asked(request.GET, "q")
    found, more = origins(request.user, ws, text)
    context = {
        "workspace": workspace,
        "form": form,
        "cards": [card | {"icon": words.KINDS[card["value"]].icon} for card in CARDS],
        "hops": _hops(ws),
        "origins": found,
        "more": more,
        "looked_for": text,
    }
    template = "create/_origins.html" if wants_part(request) else "create/choose.html"
    return vary(render(request, template, context, status=422 if form.errors else 200))


def find_version(user, reference):
    """The Version named `workspace/environment:version`, if user may see it. Raises Http404."""
    slug, _, rest = reference.partition("/")
    name, _, version = rest.rpartition(":")
    return version_for(user, slug, name, version)


def address_from(ws, version, kind=None):
    """Where a new environment is started from a version: of its kind, or of another it can be turned into."""
    return f"{reverse('environment-new-kind', args=[ws, kind or version.kind])}?{urlencode({'from': str(version)})}"


@require_http_methods(["GET", "HEAD", "POST"])
def new(request, ws, kind):
    """The form of one kind. POST checks it, changes its rows of files, shows its review, or saves and builds."""
    workspace, origin = _start(request, ws, kind)
    if request.method == "POST":
        return _answer(request, _sent(request, kind, workspace, origin))
    initial = {"image": FIRST_IMAGE} if kind in BASED else {}
    if origin:
        initial = initial_of(origin, kind) | {"name": _free_name(workspace, origin.environment.name)}
    return _show(request, FORMS[kind](initial=initial, workspace=workspace, origin=origin))


@require_POST
def check(request, ws, kind):
    """What is to be said about the definition, asked for by htmx as one types; without htmx the page, checked."""
    return _show(request, _sent(request, kind, *_start(request, ws, kind)))


def _start(request, ws, kind):
    """The workspace, and the version the environment starts from, if any."""
    workspace = workspace_to_edit(request.user, ws)
    if kind not in FORMS:
        raise Http404
    reference = asked(request.POST, "from") or asked(request.GET, "from")
    return workspace, find_version(request.user, reference) if reference else None


def _sent(request, kind, workspace, origin):
    return FORMS[kind](request.POST, request.FILES, workspace=workspace, origin=origin)


def _free_name(workspace, wanted):
    """The name, or with the first number behind it that is not taken."""
    taken = set(workspace.environments.filter(name__startswith=wanted).values_list("name", flat=True))
    names = (wanted if number == 1 else f"{wanted}-{number}" for number in count(1))
    return next(name for name in names if name not in taken)


def _show(request, form, **context):
    """The page, its name field checked as one leaves it."""
    ws = form.workspace.slug
    form.fields["name"].widget.attrs |= {
        "hx-get": reverse("name-check", args=[ws]),
        "hx-trigger": "change",
        "hx-target": "#id_name_helptext",
    }
    check_url = reverse("check", args=[ws, form.kind.value])
    return show(request, form, heading=_title(form), hops=_hops(ws), check_url=check_url, **context)


def _title(form):
    """What is being made: from a version, or from nothing but its kind."""
    return f"New environment from {form.origin.environment.name} {form.origin.label}" if form.origin else form.title


def _hops(ws):
    kinds = reverse("environment-new", args=[ws])
    return [{"label": "Kind", "url": kinds}, {"label": "Definition"}, {"label": "Review"}]


def _answer(request, form):
    action = request.POST.get("action", "check")
    if reopened := with_other_rows(form, action):
        return _show(request, reopened)
    mended, fix = with_fix(form, action)
    if mended:
        return _show(request, mended, fix=fix)
    if action not in {REVIEW, *SAVES} or wants_part(request) or not form.is_valid():
        return _show(request, form)
    drafted = form.draft_if_allowed()
    if drafted is None:
        return _show(request, form)
    name = form.cleaned_data["name"]
    if action == REVIEW:
        return _review(request, form, name)
    try:
        version, _ = publish_version(form.workspace, name, drafted, author=request.user, must_be_new=True)
    except EnvironmentExists as error:
        return _taken(request, form, error.environment)
    return leave(request, version, build=is_to_build(form, action))


def _review(request, form, name):
    if taken := form.workspace.environments.filter(name=name).first():
        return _another(request, form, taken)
    return review(request, form, heading=f"{_title(form)}: {name}", hops=_hops(form.workspace.slug))


def _taken(request, form, environment):
    """The name is another environment's, or the same form was sent before."""
    if sent_before := _sent_before(environment, form, request.user):
        return saved_to(request, sent_before.newest_build() or sent_before)
    return _another(request, form, environment)


def _another(request, form, environment):
    """The form, with what can be done about a name that another environment has."""
    if environment.archived_at:
        form.add_error("name", str(EnvironmentArchived(environment)))
        return _show(request, form)
    form.add_error("name", f"“{environment.name}” exists already. Edit it, or choose another name.")
    if latest := environment.latest():
        edit_url = reverse("version-edit", args=[form.workspace.slug, environment.name, latest.name])
        way_on = format_html('<a href="{}">Edit {} {}</a>', edit_url, environment.name, latest.label)
        form["name"].help_text = way_on
    return _show(request, form)


def _sent_before(environment, form, user):
    """The version the same form made a moment ago: someone pressed the button twice."""
    made = environment.versions.filter(
        sequence=1,
        author=user,
        definition_digest=definition_digest(form.definition),
        created_at__gt=timezone.now() - SENT_TWICE_WITHIN,
    )
    return made.first()


@require_safe
def name_check(request, ws):
    """What the form says about a name: free, taken (with the way to edit it), or no name at all."""
    workspace = workspace_to_edit(request.user, ws)
    name = request.GET.get("name", "").strip()
    problems = check_name(name) if name else []
    context = {
        "workspace": workspace,
        "name": name,
        "problems": problems,
        "taken": None if problems else Environment.objects.filter(workspace=workspace, name=name).first(),
    }
    template = "create/name_check.html"
    return vary(render(request, f"{template}#note" if wants_part(request) else template, context))
