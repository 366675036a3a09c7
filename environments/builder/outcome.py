"""What is kept of a built image, and whether an equal one is already there or under way."""

import time

from django.db import transaction

from environments.builder.bases import image_name
from environments.builder.needs import extras_asked, needed_by
from environments.definitions.asked import found_as_asked
from environments.definitions.frameworks import cuda_version
from environments.diffing.changes import package_key
from environments.engine.protocol import ImageUnavailable
from environments.models import CURATED, Build, Environment, Image, ImagePackage, State, Workspace
from environments.models.images import BASE_IMAGE, record_packages
from environments.models.listing import keep

ASKED_EVERY = 0.2  # seconds
LONGEST_STEP = 1000  # characters of what made a layer


def made_elsewhere(job, key):
    """The recorded Image of this key, waited for while another of its builds makes it; None if that is ours."""
    if made := _made_or_ours(job, key):
        return made[0]
    with job.recorder.step("joined", "Wait for another build, which is making the same image"):
        while not (made := _made_or_ours(job, key)):
            time.sleep(ASKED_EVERY)
            job.pulse.check()
    return made[0]


def _made_or_ours(job, key):
    """(Image,) if there is one, (None,) if this build is the one to make it from now on, () if another is at it.

    A twin that has recorded its image is waited for until it succeeded, so that the build that made it can be named.
    """
    if _twins(job, key).exists():
        return ()
    if image := reusable_image(job, key):
        return (image,)
    if not _is_ours_to_make(job, key):
        return ()
    return (reusable_image(job, key),)  # asked again: a twin may have ended in between


def _is_ours_to_make(job, key):
    """Write the key down unless a twin was first. Builds of a workspace do so one after another, holding its row."""
    with transaction.atomic():
        Workspace.objects.select_for_update(no_key=True).get(pk=job.workspace.pk)
        ours = Build.objects.filter(state=State.RUNNING, pk=job.build.pk, attempt=job.build.attempt)
        return not _twins(job, key).exists() and ours.update(image_key=key) > 0


def _twins(job, key):
    """Other builds of the workspace that are making the image of this key."""
    running = Build.objects.filter(state=State.RUNNING, image_key=key, workspace=job.workspace)
    return running.exclude(pk=job.build.pk)


def reusable_image(job, key):
    """The recorded Image of this key, of this workspace or else curated, if the engine still holds it; or None.

    One that retention is about to remove is marked before it goes, and passed over.
    """
    images = Image.objects.filter(image_key=key, removed_at=None, workspace__slug__in=(job.workspace.slug, CURATED))
    for image in sorted(images, key=lambda image: image.workspace_id != job.workspace.pk):
        try:
            job.engine.find_image(image.name, pull=False)
        except ImageUnavailable:
            continue
        return image
    return None


def record_image(job, plan, image_id):
    """Record the image and every package in it, replacing what was recorded of an equal image since lost."""
    name = image_name(job.workspace, plan.image_key)
    if plan.request is None:  # a build names its image itself
        job.engine.tag(image_id, name)
    info = job.engine.find_image(name, pull=False)
    base = _base_of(info, plan.bases)
    brought = {_identity(package) for package in job.engine.packages(base.image_id)} if base else set()
    packages = job.engine.packages(image_id)
    needers = needed_by(packages, extras_asked(job.definition))
    asked = found_as_asked(plan.asked, [(package.manager, package.name) for package in packages])
    values = {
        "name": name,
        "image_id": info.image_id,
        "repo_digest": info.repo_digest,
        "size": info.size,
        "layers": [_layer(job.recorder.mask, layer) for layer in info.layers],
        "facts": _facts(info, job.engine.probe(image_id), packages) | _base_facts(job.recorder.mask, base),
        "engine": job.build.worker,
        "made_with": job.workspace.builds_like(job.definition.kind),
        "stand_in": plan.stand_in,
        "removed_at": None,
    }
    with transaction.atomic():
        image, is_new = Image.objects.update_or_create(
            workspace=job.workspace, image_key=plan.image_key, defaults=values
        )
        if not is_new:
            image.packages.all().delete()
        record_packages(image, [_row(image, package, asked, brought, needers) for package in packages])
    if not is_new:  # after the transaction: who holds an environment may be waiting for the image
        keep(Environment.objects.filter(image=image).values_list("pk", flat=True))
    return image


def _base_of(info, bases):
    """Of the images a build starts from, the one the image lies on: a Dockerfile may take only files from others."""
    below = [base for base in bases if base.layers and base.layers == info.layers[: len(base.layers)]]
    return max(below, key=lambda base: len(base.layers), default=None)


def _identity(package):
    return package.manager, package.name, package.version


def _row(image, package, asked, brought, needers):
    return ImagePackage(
        image=image,
        manager=package.manager,
        name=package.name,
        version=package.version,
        source=", ".join(filter(None, [package.source, BASE_IMAGE if _identity(package) in brought else ""])),
        asked=(package.manager, package.name) in asked,
        required_by=needers.get(package_key(package), []),
    )


def _layer(mask, layer):
    return {"digest": layer.digest, "size": layer.size, "made_by": mask(layer.made_by)[:LONGEST_STEP]}


def _base_facts(mask, base):
    """The base image as it was: its name, its digest (or the engine's id), its variables, which layers are its own."""
    if base is None:
        return {}
    digest = base.repo_digest or base.image_id
    facts = {"name": base.reference, "digest": digest, "layers": len(base.layers), "size": base.size}
    return {"base": facts | {"environment": {name: mask(value) for name, value in base.environment.items()}}}


def _facts(info, probe, packages):
    return {
        "python": probe.python,
        "cuda": cuda_version(info.environment, ((package.name, package.version) for package in packages)),
        "glibc": probe.glibc,
        "system": probe.system,
        "system_id": probe.system_id,
        "system_version": probe.system_version,
        "platform": f"{info.os_type}/{info.architecture}",
        "user": info.user,
        "entrypoint": list(info.entrypoint),
        "command": list(info.command),
    }
