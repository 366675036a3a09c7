"""The images that builds start from: found, checked for whose they are, pinned."""

from contextlib import suppress

from django.conf import settings
from django.db.models import Exists, OuterRef

from environments.builder.errors import CannotBuild
from environments.definitions.digest import from_canonical
from environments.definitions.dockerfile import check_dockerfile, rewrite_dockerfile
from environments.definitions.images import split_image
from environments.definitions.model import DefinitionError
from environments.definitions.render import CACHE_NAME
from environments.engine.mirrors import full_name
from environments.engine.protocol import EngineError, ImageUnavailable
from environments.models import CURATED, Build, Version

IMAGES = "studio"  # what names of built images begin with, behind the registry if there is one
PINNED, TOOLS = "studio-base", "studio-tools"
MOST_LIKELY = 20  # versions of each sort


def image_name(workspace, key):
    """The full name an image of this key has on the engine that built it."""
    return f"{settings.IMAGE_PREFIX}/{workspace.slug}:{key[:32]}"


def find_image(job, reference, role="base image"):
    """Return the ImageInfo of an image that a definition names, fetched if need be, with a step of its own.

    Every name from a definition goes through here: the engine holds the images of all workspaces, and would hand out
    any of them. Raises CannotBuild, ImageUnavailable.
    """
    with job.recorder.step("base", f"Find the {role} {reference}") as log:
        is_built_here = require_allowed(reference, job.workspace)
        pull = bool(settings.STUDIO_REGISTRY) or not is_built_here
        image = _looked_up(job, reference, pull, log)
        log(f"{image.image_id} {image.os_type}/{image.architecture}")
        if image.served_by:
            log(f"served by {image.served_by}")
        if image.is_stand_in:
            log("This is a stand-in, not the real image: no container registry can be reached from here.")
    job.pulse.check()
    return image


def _looked_up(job, reference, pull, log):
    """The image that is here or else pulled; for a build that resolves again, the one its registry has by now."""
    if not (pull and job.is_anew) or "@" in reference:
        return job.engine.find_image(reference, pull=pull, still_wanted=job.pulse.check)
    try:
        return job.engine.find_image(reference, afresh=True, still_wanted=job.pulse.check)
    except ImageUnavailable:
        with suppress(ImageUnavailable):
            held = job.engine.find_image(reference, pull=False)
            log("No registry could say which image this name means now, so the one that is here is used.")
            return held
        raise


def find_base(job, reference, role="base image"):
    """find_image for an image that the engine is to build from, so that its ONBUILD instructions run as well."""
    image = find_image(job, reference, role)
    for instruction in image.triggers:
        for source in _sources_of_trigger(reference, instruction):
            find_image(job, source)
    return image


def get_to_know(engine):
    """Look into the bases that builds are likely to want, those the engine has, so that no build waits for that."""
    for reference in _likely_bases():
        with suppress(EngineError):
            engine.probe(engine.find_image(reference, pull=False).image_id)


def _likely_bases():
    """Of the curated environments and the newest builds: references, each once."""
    newest = Version.objects.order_by("-pk").values_list("definition", flat=True)
    curated = newest.filter(environment__workspace__slug=CURATED)
    texts = [*curated[:MOST_LIKELY], *newest.filter(Exists(Build.objects.filter(version=OuterRef("pk"))))[:MOST_LIKELY]]
    return dict.fromkeys(image for text in texts if (image := from_canonical(text).image))


def pin(job, base):
    """Name the base by its id, so that it cannot move between the probe and the build; the log shows its own name.

    FROM with a digest would not do: an image that came through a mirror has no digest under its own name.
    """
    name = f"{PINNED}:{base.image_id.removeprefix('sha256:')[:32]}"
    job.engine.tag(base.image_id, name)
    job.recorder.mask.show_as(f"docker.io/library/{name}", base.reference)
    job.recorder.mask.show_as(name, base.reference)
    return name


def require_allowed(reference, workspace):
    """Say whether the studio built what is named. Raises CannotBuild unless it did so for workspace, or for all."""
    repository = _repository(reference)
    if repository in {_repository(name) for name in (PINNED, TOOLS)}:
        raise CannotBuild(f"{reference} is a name the studio keeps for its own work: choose another base image.")
    if repository == _repository("sha256"):
        raise CannotBuild(f"{reference} is the id of an image, which any workspace may have: give the image's name.")
    for prefix in {IMAGES, settings.IMAGE_PREFIX}:
        if repository in {_repository(f"{prefix}/{slug}") for slug in (workspace.slug, CURATED)}:
            return True
        if repository.startswith(_repository(f"{prefix}/any").removesuffix("any")):
            raise CannotBuild(
                f"{reference} is an image of another workspace: choose one of the workspace {workspace.slug}, "
                "a curated one, or one from a registry."
            )
    return False


def _repository(reference):
    """`python:3.11` -> `docker.io/library/python`. The names of registries are the same in capital letters."""
    image = split_image(full_name(reference))
    return f"{image.registry}/{image.path}".lower()


def _sources_of_trigger(reference, instruction):
    """The images an ONBUILD instruction takes files from. Raises CannotBuild if no Dockerfile here might hold it."""
    text = f"FROM scratch\n{instruction}"
    try:
        sources = [base.image for base in check_dockerfile(text).bases]
        has_caches = rewrite_dockerfile(text, cache_prefix=CACHE_NAME) != text
    except DefinitionError as error:
        raise _refused_trigger(reference, instruction, error.problems[0].message) from error
    if has_caches:
        raise _refused_trigger(reference, instruction, "its cache would be shared with other workspaces.")
    return sources


def _refused_trigger(reference, instruction, reason):
    return CannotBuild(f"{reference} brings “ONBUILD {instruction[:80]}”, which cannot run here: {reason}")
