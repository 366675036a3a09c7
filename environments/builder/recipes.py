"""From a definition to what the engine is asked for, one function a kind."""

from dataclasses import dataclass, field

from django.conf import settings

from environments.builder.archives import read_tar, site_files, write_tar
from environments.builder.bases import find_base, find_image, image_name, pin
from environments.builder.errors import CannotBuild
from environments.builder.locks import locked
from environments.definitions.dockerfile import base_images, rewrite_dockerfile
from environments.definitions.model import Kind
from environments.definitions.pythons import python_satisfies
from environments.definitions.render import conda_packages, image_key, pip_requirements, python_requirement, render
from environments.engine.protocol import BuildRequest
from environments.locking.cache import cache_id
from environments.models import Lock


@dataclass
class Plan:
    """What decides the image, and how to get it: build `request`, or take `image_id` as it is."""

    image_key: str
    base_digest: str
    stand_in: bool
    asked: tuple[str, ...] = ()
    lock: Lock | None = None
    request: BuildRequest | None = None
    image_id: str = ""
    served_by: dict = field(default_factory=dict)


def plan(job):
    """Find out everything that decides the image. Raises CannotBuild, LockError, EngineError."""
    if job.definition.os_type.lower() == "windows":
        raise CannotBuild("This definition is for Windows, and no engine here can build Windows images.")
    return _PLANS[job.definition.kind](job)


def _plan_image(job):
    base = find_image(job, job.definition.image)
    return Plan(
        image_key=image_key(base_digest=_digest(base)),
        base_digest=_digest(base),
        stand_in=base.is_stand_in,
        image_id=base.image_id,
        served_by=_served(base),
    )


def _plan_context(job):
    """Every FROM is fetched first, so that mirrors count and a missing base is told in one sentence."""
    context = job.version.context
    with context.archive.open("rb") as archive:
        files = read_tar(archive)
    path = job.definition.context.dockerfile_path
    dockerfile = files[path][0].decode("utf-8", "replace")
    bases = [find_base(job, reference) for reference in base_images(dockerfile)]
    prefix = cache_id(settings.SECRET_KEY, job.workspace.slug, "context")
    files[path] = (rewrite_dockerfile(dockerfile, cache_prefix=prefix).encode(), 0o644)
    base_digest = " ".join(_digest(base) for base in bases)
    key = image_key(base_digest=base_digest, context_digest=context.sha256, dockerfile_path=path)
    return Plan(
        image_key=key,
        base_digest=base_digest[:600],
        stand_in=any(base.is_stand_in for base in bases),
        request=_request(job, key, write_tar(files), path),
        served_by={name: served for base in bases for name, served in _served(base).items()},
    )


def _plan_packages(job):
    """Conda and pip kinds: the base's Python is measured, the packages are locked for it, the template is filled."""
    definition = job.definition
    base = find_base(job, definition.image)
    probe = job.engine.probe(base.image_id)
    _check_python(definition, base, probe)
    requirements = pip_requirements(definition)
    tools = job.engine.tools_image()
    cache = cache_id(settings.SECRET_KEY, job.workspace.slug, "uv")
    pinned = pin(job, base)
    lock = job.build.lock or locked(job, base, probe, pinned, tools=tools, cache=cache, requirements=requirements)
    job.pulse.check()
    text = lock.texts.get("pip", "")
    rendered = render(definition, base=pinned, lock=text, tools=tools, cache_id=cache, user=base.user)
    files = {path: (content, 0o644) for path, content in rendered.files.items()} | site_files()
    variables = definition.conda.variables if definition.conda else None
    key = image_key(base_digest=_digest(base), lock=text, variables=variables)
    return Plan(
        image_key=key,
        base_digest=_digest(base),
        stand_in=base.is_stand_in,
        asked=requirements,
        lock=lock,
        request=_request(
            job, key, write_tar(files | {"Dockerfile": (rendered.dockerfile.encode(), 0o644)}), "Dockerfile"
        ),
        served_by=_served(base),
    )


_PLANS = {
    Kind.IMAGE: _plan_image,
    Kind.CONTEXT: _plan_context,
    Kind.CONDA: _plan_packages,
    Kind.PIP: _plan_packages,
}


def _check_python(definition, base, probe):
    if not probe.python:
        raise CannotBuild(
            f"{base.reference} has no Python, and packages need one: choose a base image with Python, "
            "such as python:3.11-slim."
        )
    wanted = python_requirement(definition)
    if wanted and not python_satisfies(wanted, probe.python):
        raise CannotBuild(
            f"The file asks for Python {wanted}, but the base image {base.reference} has Python {probe.python}: "
            f"ask for python={'.'.join(probe.python.split('.')[:2])}, or choose a base image with Python {wanted}."
        )
    if others := conda_packages(definition):
        named = ", ".join(others[:5]) + (" and others" if len(others) > 5 else "")
        raise CannotBuild(
            f"Conda packages cannot be solved here yet ({named}): move them to the pip: section to build this version."
        )


def _digest(image):
    return image.repo_digest or image.image_id


def _served(image):
    return {image.reference: image.served_by} if image.served_by else {}


def _request(job, key, context, dockerfile_path):
    return BuildRequest(
        build_id=job.engine_build_id,
        context=context,
        dockerfile_path=dockerfile_path,
        tags=(image_name(job.workspace, key),),
        labels={"studio.workspace": job.workspace.slug, "studio.image_key": key},
    )
