"""From a definition to what the engine is asked for, one function a kind."""

from dataclasses import dataclass, field

from django.conf import settings

from environments.builder.archives import PLAIN, read_tar, write_tar
from environments.builder.bases import find_base, find_image, image_name, pin
from environments.builder.errors import CannotBuild
from environments.builder.locks import locked, served_channels
from environments.definitions.asked import conda_packages, packages_asked, python_requirement
from environments.definitions.dockerfile import base_images, check_dockerfile, rewrite_dockerfile
from environments.definitions.instructions import read_flags, split_trigger
from environments.definitions.model import Kind
from environments.definitions.pythons import python_satisfies
from environments.definitions.render import PIP_LOCK, TOOLS, Site, image_key, render
from environments.engine.protocol import BuildRequest, ImageInfo, Probe
from environments.locking import conda, pip
from environments.locking.cache import cache_id
from environments.locking.layers import in_layers
from environments.models import Lock


@dataclass(frozen=True)
class Target:
    """What packages are locked and installed for.

    `pinned` is the name the engine holds the base under, `note` why conda has to bring another Python, if it does.
    """

    base: ImageInfo
    probe: Probe
    pinned: str
    needs_conda: bool
    note: str = ""

    @property
    def platform(self):
        """As conda calls it; "" where it has none."""
        return conda.PLATFORMS.get(self.probe.architecture, "")

    @property
    def virtual_packages(self):
        return conda.virtual_packages(self.platform, self.probe.glibc, self.base.environment.get("CUDA_VERSION", ""))


@dataclass
class Plan:
    """What decides the image, and how to get it: build `request`, or take `image_id` as it is."""

    image_key: str
    base_digest: str
    stand_in: bool
    bases: tuple[ImageInfo, ...] = ()  # one of them is what the image is built on
    asked: set = field(default_factory=set)  # (manager, name) of each package that the definition names
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
        bases=(base,),
        image_id=base.image_id,
        served_by=_served(base),
    )


def _plan_context(job):
    """Every FROM is fetched first, so that mirrors count and a missing base is told in one sentence.

    Nobody but its steps knows what they fetch: so to resolve again is to run them all, into an image of its own.
    """
    context = job.version.context
    with context.archive.open("rb") as archive:
        files = read_tar(archive)
    path, args = job.definition.context.dockerfile_path, job.definition.context.args
    dockerfile = files[path][0].decode("utf-8", "replace")
    references = base_images(dockerfile, args)
    if TOOLS in references:
        _lend(job, dockerfile, files)
    bases = [find_base(job, reference) for reference in references if reference != TOOLS]
    prefix = caches_of(job.workspace)["context"]
    files[path] = (rewrite_dockerfile(dockerfile, cache_prefix=prefix, args=args).encode(), 0o644)
    base_digest = " ".join(_digest(base) for base in bases)
    network = job.workspace.network
    key = image_key(
        base_digest=base_digest,
        context_digest=context.sha256,
        dockerfile_path=path,
        network=network,
        build_args=args,
        made_anew_by=str(job.build.pk) if job.is_anew else "",
    )
    return Plan(
        image_key=key,
        base_digest=base_digest,
        stand_in=any(base.is_stand_in for base in bases),
        bases=tuple(bases),
        request=_request(job, key, write_tar(files), path, network=network, build_args=args, anew=job.is_anew),
        served_by={name: served for base in bases for name, served in _served(base).items()},
    )


def _lend(job, dockerfile, files):
    """Have the tools ready for a Dockerfile that was taken over from the studio's own, and mirrors in its locks.

    Raises CannotBuild for one that would keep them in its image, which would then depend on them and tell of this site.
    """
    for instruction in check_dockerfile(dockerfile, job.definition.context.args).instructions:
        keyword, arguments = split_trigger(instruction)
        flags = read_flags(arguments)
        is_start = keyword == "FROM" and flags.rest.split()[0] == TOOLS
        if is_start or (keyword in {"COPY", "ADD"} and TOOLS in flags.values("from")):
            raise CannotBuild(
                f"Line {instruction.first}: {TOOLS} is lent, and may only be mounted: "
                f"RUN --mount=type=bind,from={TOOLS},target=…"
            )
    job.engine.tag(job.engine.tools_image(), f"{TOOLS}:latest")
    for path in filter(PIP_LOCK.fullmatch, list(files)):
        content, mode = files[path]
        files[path] = (_through_mirrors(job, content.decode("utf-8", "replace")).encode(), mode)


def _plan_packages(job):
    """Conda and pip kinds: the base's Python is measured, the packages are locked for it, the template is filled."""
    target = _target(job)
    site = _site(job, target)
    lock = job.build.lock or locked(job, target, site)
    job.pulse.check()
    with job.recorder.timed("render"):
        return _plan_from(job, target, site, lock)


def _plan_from(job, target, site, lock):
    definition, compile_bytecode = job.definition, job.workspace.compile_bytecode
    texts = {name: lock.texts[name] for name in ("conda", "pip") if name in lock.texts}
    try:
        rendered = render(
            definition,
            base=target.pinned,
            locks=_to_install(job, lock),
            site=site,
            user=target.base.user,
            compile_bytecode=compile_bytecode,
        )
    except ValueError as error:
        raise CannotBuild(f"{target.base.reference} cannot be built on: {error}") from error
    files = {**rendered.files, "Dockerfile": rendered.dockerfile.encode()}
    variables = definition.conda.variables if definition.conda else None
    key = image_key(
        base_digest=_digest(target.base),
        locks=texts,
        variables=variables,
        compile_bytecode=compile_bytecode,
        network=job.workspace.network,
    )
    return Plan(
        image_key=key,
        base_digest=_digest(target.base),
        stand_in=target.base.is_stand_in,
        bases=(target.base,),
        asked=packages_asked(definition),
        lock=lock,
        request=_request(job, key, write_tar({path: (text, PLAIN) for path, text in files.items()}), "Dockerfile"),
        served_by=_served(target.base) | served_channels(job, lock.channels),
    )


def _to_install(job, lock):
    """The layers of a lock, with mirrors put in; wheels only, where a workspace's steps may not reach the network."""
    texts = {name: _through_mirrors(job, text) for name, text in in_layers(lock.texts).items()}
    if job.workspace.network:
        return texts
    return {
        name: text if name == "conda" else "".join(pip.wheels_only(text.splitlines(keepends=True)))
        for name, text in texts.items()
    }


def _through_mirrors(job, text):
    return "".join(pip.through_mirrors(text.splitlines(keepends=True), job.engine.served_index))


def _target(job):
    """What the packages are for. Raises CannotBuild for a base that cannot hold them."""
    base = find_base(job, job.definition.image)
    with job.recorder.timed("probe"):
        probe = job.engine.probe(base.image_id)
    lock = job.build.lock
    by_conda = "conda" in lock.texts if lock else needs_conda(job.definition, probe.python)
    target = Target(base, probe, pin(job, base), by_conda, _note(job.definition, base, probe))
    if target.needs_conda and not target.platform:
        raise CannotBuild(f"Conda has no packages for {base.reference}, which is for {probe.architecture}.")
    if not target.needs_conda and not probe.python:
        raise CannotBuild(
            f"{base.reference} has no Python, and packages need one: choose a base image with Python, "
            "such as python:3.11-slim."
        )
    return target


def needs_conda(definition, python):
    """Whether conda has to bring anything: packages, or another Python than `python`, which the base has ("": none)."""
    if definition.kind != Kind.CONDA:
        return False
    wanted = python_requirement(definition)
    fits = bool(python) and (not wanted or python_satisfies(wanted, python))
    return bool(conda_packages(definition)) or not fits


def _note(definition, base, probe):
    wanted = python_requirement(definition)
    if definition.kind != Kind.CONDA or not wanted or not probe.python or python_satisfies(wanted, probe.python):
        return ""
    return (
        f"The file asks for Python {wanted}, but the base image {base.reference} has Python {probe.python}, "
        "so conda brings another one."
    )


def _site(job, target):
    installer = settings.CONDA_INSTALLER
    if target.needs_conda:
        is_base = installer == target.base.reference
        installer = target.pinned if is_base else pin(job, find_base(job, installer, "image that installs conda"))
    return Site(tools=job.engine.tools_image(), caches=caches_of(job.workspace), installer=installer)


def caches_of(workspace):
    """{tool: the name of its cache in this workspace}."""
    return {tool: cache_id(settings.SECRET_KEY, workspace.slug, tool) for tool in ("uv", "conda", "context")}


_PLANS = {
    Kind.IMAGE: _plan_image,
    Kind.CONTEXT: _plan_context,
    Kind.CONDA: _plan_packages,
    Kind.PIP: _plan_packages,
}


def _digest(image):
    return image.repo_digest or image.image_id


def _served(image):
    return {image.reference: image.served_by} if image.served_by else {}


def _request(job, key, context, dockerfile_path, *, network=True, build_args=None, anew=False):
    """Steps that a user wrote may have to do without `network`; our own have to fetch what they install."""
    return BuildRequest(
        build_id=job.engine_build_id,
        context=context,
        dockerfile_path=dockerfile_path,
        tags=(image_name(job.workspace, key),),
        labels={"studio.workspace": job.workspace.slug, "studio.image_key": key},
        network=network,
        build_args=build_args,
        no_cache=anew,
    )
