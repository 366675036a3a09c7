"""Turns `azureml:NAME:VERSION` and `azureml:NAME@latest` into a version."""

from environments.models import CURATED, Environment
from environments.references import Reference


def resolve(reference: Reference, workspace):
    """Return the Version meant, looked for in workspace and then among the curated ones; None if there is none.

    Archived versions are still fetched by name; `latest` passes over them.
    """
    for slug in (workspace.slug, CURATED):
        environment = Environment.objects.filter(workspace__slug=slug, name=reference.name).first()
        if environment:
            if reference.version:
                return environment.versions.for_pages().filter(name=reference.version).first()
            return environment.latest()
    return None
