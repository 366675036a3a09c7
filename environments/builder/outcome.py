"""What is kept of a built image, and whether an equal one is already there or under way."""

import time

from django.db import transaction
from django.db.models import Exists
from packaging.utils import canonicalize_name

from environments.builder.bases import image_name
from environments.engine.protocol import ImageUnavailable
from environments.models import CURATED, Build, Image, ImagePackage, State

ASKED_EVERY = 0.2  # seconds


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
    """(Image,) if there is one, (None,) if this build is the one to make it from now on, () if another is at it."""
    if image := reusable_image(job, key):
        return (image,)
    running = Build.objects.filter(state=State.RUNNING)
    twins = running.filter(image_key=key, version__environment__workspace=job.workspace).exclude(pk=job.build.pk)
    ours = running.filter(~Exists(twins), pk=job.build.pk, attempt=job.build.attempt).update(image_key=key)
    return (None,) if ours else ()


def reusable_image(job, key):
    """The recorded Image of this key, of this workspace or else curated, if the engine still holds it; or None."""
    images = Image.objects.filter(image_key=key, workspace__slug__in=(job.workspace.slug, CURATED))
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
    job.engine.tag(image_id, name)
    info = job.engine.find_image(name, pull=False)
    probe = job.engine.probe(image_id)
    packages = job.engine.packages(image_id)
    values = {
        "name": name,
        "image_id": info.image_id,
        "repo_digest": info.repo_digest,
        "size": info.size,
        "layers": [{"digest": layer.digest, "size": layer.size} for layer in info.layers],
        "facts": _facts(info, probe),
        "engine": job.build.worker,
        "stand_in": plan.stand_in,
    }
    with transaction.atomic():
        image, _ = Image.objects.update_or_create(workspace=job.workspace, image_key=plan.image_key, defaults=values)
        image.packages.all().delete()
        ImagePackage.objects.bulk_create(
            [_row(image, package, plan.asked) for package in packages], batch_size=500, ignore_conflicts=True
        )
    return image


def _row(image, package, asked):
    name = canonicalize_name(package.name) if package.manager == "pip" else package.name
    return ImagePackage(
        image=image,
        manager=package.manager,
        name=package.name,
        version=package.version,
        source=package.source,
        asked=(package.manager, name) in asked,
    )


def _facts(info, probe):
    return {
        "python": probe.python,
        "glibc": probe.glibc,
        "system": probe.system,
        "platform": f"{info.os_type}/{info.architecture}",
        "user": info.user,
        "entrypoint": list(info.entrypoint),
        "command": list(info.command),
    }
