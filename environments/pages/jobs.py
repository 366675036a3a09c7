"""Jobs that Azure's clients submitted: in which environment each was."""

from django.core.paginator import Paginator
from django.shortcuts import render
from django.views.decorators.http import require_safe

from environments.definitions.digest import from_canonical
from environments.definitions.parse import Document
from environments.definitions.write import write_environment
from environments.models import Job
from environments.permissions import job_for, workspace_for

PER_PAGE = 25
MOST_COMMAND = 10_000  # characters shown


@require_safe
def job_list(request, ws):
    """The jobs of a workspace, the newest first."""
    workspace = workspace_for(request.user, ws)
    rows = Job.objects.filter(workspace=workspace).select_related("workspace", "submitted_by", "image")
    page = Paginator(rows.defer("definition", "properties"), PER_PAGE).get_page(request.GET.get("page"))
    return render(request, "jobs/list.html", {"workspace": workspace, "page": page, "rows": list(page.object_list)})


@require_safe
def job(request, ws, job):
    """A job: the version, the definition and the image it was submitted in, whatever became of them since."""
    row = job_for(request.user, ws, job)
    command = row.properties.get("command")
    definition = from_canonical(row.definition)
    context = {
        "job": row,
        "version": row.version,
        "image": row.image,
        "build": row.build,
        "command": command[:MOST_COMMAND] if isinstance(command, str) else "",
        "told": {name: row.properties.get(key) for key, name in TOLD.items() if _is_text(row.properties.get(key))},
        "definition": write_environment(Document(definition, build_path="." if definition.context else None)),
    }
    return render(request, "jobs/job.html", context)


TOLD = {"displayName": "Display name", "experimentName": "Experiment", "computeId": "Compute", "codeId": "Code"}


def _is_text(value):
    return isinstance(value, str) and bool(value.strip())
