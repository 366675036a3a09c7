"""How the image of a version is used: which name to call it by, and what the texts of display/usage.py must know."""

import re
import shlex
from collections.abc import Callable

from django.conf import settings
from django.db.models import Q

from environments.display import usage

DEFAULT_HOSTS = {"", "unix:///var/run/docker.sock", "unix:///run/docker.sock"}
CUDA = (
    Q(name__in=("cuda-version", "cudatoolkit", "cuda-cudart", "pytorch-cuda"))
    | Q(name__startswith="nvidia-cuda-runtime")
    | Q(name__startswith="cuda-cudart-")
)
PARTS_OF_A_RELEASE = re.compile(r"\d+\.\d+")

warners: list[Callable] = []  # each asked of a version: what to know before using it, as a sentence, or ""


def docker_command():
    """`docker`, told which engine to speak to where that is not the one it finds by itself."""
    if settings.DOCKER_COMMAND:
        return shlex.quote(settings.DOCKER_COMMAND)
    host = settings.DOCKER_HOST
    return "docker" if host in DEFAULT_HOSTS else f"docker -H {shlex.quote(host)}"


def image_reference(image):
    """What to call the image: the digest where a registry knows it, else a name that is made from what is in it."""
    return image.repo_digest if _is_shared(image) else image.name


def _is_shared(image):
    return bool(settings.STUDIO_REGISTRY and image.repo_digest)


def moving_name(version):
    """A name for whatever image is the newest, for those who give it to each: the studio gives names that stay."""
    environment = version.environment
    return f"{settings.IMAGE_PREFIX}/{environment.workspace.slug}/{usage.slug(environment.name)}:latest"


def naming_line(version, image):
    """The command that gives the moving name to the image."""
    docker, moving = docker_command(), moving_name(version)
    push = f" && {docker} push {moving}" if _is_shared(image) else ""
    return f"{docker} tag {image_reference(image)} {moving}{push}"


def cuda_of(image):
    """Which CUDA is in the image, as "12.4"; "" for none. Images recorded without that fact are looked into."""
    if "cuda" in image.facts:
        return image.facts["cuda"] or ""
    found = image.packages.filter(CUDA).order_by("name").values_list("version", flat=True).first()
    release = PARTS_OF_A_RELEASE.search(found or "")
    return release[0] if release else found or ""


def warning_of(version):
    """What to know before using the version, in one line."""
    return " ".join(filter(None, (warn(version) for warn in warners)))


def snippets(version, image, *, cuda="", moving=False):
    """Every way to use the version's image, the plain `docker run` first; by its moving name if asked for."""
    known = usage.Usage(
        name=version.environment.name,
        version=version.name,
        image=moving_name(version) if moving else image_reference(image),
        docker=docker_command(),
        has_python=bool(image.facts.get("python")),
        has_entrypoint=bool(image.facts.get("entrypoint")),
        command=tuple(image.facts.get("command") or ()),
        has_cuda=bool(cuda),
        is_moving=moving,
        is_shared=_is_shared(image),
    )
    return usage.snippets(known, warning_of(version))
