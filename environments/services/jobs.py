"""Recording the jobs that Azure's clients submit, each with the very version it named."""

from django.db import IntegrityError, transaction

from environments.models import Job
from environments.models.builds import Reason
from environments.services.audit import record
from environments.services.builds import request_build


class JobExists(Exception):
    """A job of this name was submitted in another environment."""

    def __init__(self, job):
        super().__init__(f"The job {job.name} was submitted in {job.environment_label}. Give the new one another name.")


def submit_job(workspace, name, version, *, asked_for, properties, by, may_build):
    """Return (job, created). One that is there gets the new properties, if it names the same version.

    A version without an image is built now, if may_build: that is when it is first used. Raises JobExists.
    """
    known = Job.objects.filter(workspace=workspace, name=name).first()
    if known is None:
        try:
            return _record(workspace, name, version, asked_for, properties, by, may_build), True
        except IntegrityError:
            known = Job.objects.get(workspace=workspace, name=name)
    if (known.definition_digest, known.environment_label) != (version.definition_digest, str(version)):
        raise JobExists(known)
    Job.objects.filter(pk=known.pk).update(properties=properties)
    known.properties = properties
    return known, False


@transaction.atomic
def _record(workspace, name, version, asked_for, properties, by, may_build):
    image, build = version.image_built, version.current_build
    if may_build and (image is None or image.removed_at):
        build = request_build(version, by=by, reason=Reason.REQUEST)
        image = build.image or image
    job = Job.objects.create(
        workspace=workspace,
        name=name,
        asked_for=asked_for,
        environment_label=str(version),
        definition=version.definition,
        definition_digest=version.definition_digest,
        version=version,
        build=build,
        image=image,
        properties=properties,
        submitted_by=by,
    )
    record(by, "job.submit", job, workspace, environment=job.environment_label)
    return job
