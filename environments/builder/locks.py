"""Locks packages in the engine's sandbox, so that nothing that a definition names runs on the worker."""

import hashlib
import json
from contextlib import suppress
from functools import partial

from django.db.models import Case, F, Q, When

from environments.builder.archives import PLAIN, write_tar
from environments.definitions.asked import constraints, pip_requirements
from environments.definitions.specs import match_spec, spec_name
from environments.engine.protocol import BuildFailed, BuildRequest, Built, EngineError
from environments.locking import conda, pip
from environments.locking.layers import laid_out, write_layers
from environments.models import CURATED, Build, Lock

MOST_LOCK_BYTES = 20_000_000
MOST_PRINTED = 100_000  # characters: a package that is asked what it needs may print what it likes


def locked(job, target, site):
    """The workspace's Lock of what the definition asks for. Raises LockError with the resolver's explanation.

    Made afresh if that was asked for; else what the version before has stays as it is where it fits."""
    before = _lock_before(job)
    texts = {"conda": _solve(job, target, site)} if target.needs_conda else {}
    if requirements := pip_requirements(job.definition):
        with job.recorder.step("lock", f"Lock {_count(len(requirements))}") as log:
            texts |= _resolve(job, target, site, requirements, texts.get("conda", ""), before, log)
            log(f"{_count(len(pip.pins(texts['pip'])))} locked")
    return _store(job.workspace, texts, target)


def _lock_before(job):
    """The texts of the lock of the version this one was made from, or else of the one before it; {} without any."""
    if job.is_anew:
        return {}
    builds = Build.objects.filter(lock__workspace__slug__in=(job.workspace.slug, CURATED))
    earlier = Q(version__environment=job.version.environment_id, version__sequence__lt=job.version.sequence)
    of_parent = Q(version=job.version.parent_id)
    found = builds.filter(earlier | of_parent, pk=F("version__current_build")).order_by(
        Case(When(of_parent, then=0), default=1), "-version__sequence"
    )
    build = found.select_related("lock").first()
    return build.lock.texts if build else {}


def _count(number, noun="package"):
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _solve(job, target, site):
    """Conda's part of the lock."""
    specs = conda_specs(job.definition)
    channels = conda.channels_of(job.definition.conda.channels, specs, job.engine.served_channel)
    dockerfile, files = conda.solve_context(
        specs,
        channels,
        platform=target.platform,
        virtual_packages=target.virtual_packages,
        site=site,
        nonce=job.engine_build_id,
    )
    with job.recorder.step("lock", f"Solve {_count(len(specs), 'conda package')}") as log:
        for name, address in served_channels(job, channels).items():
            log(f"{name} is served by {address}")
        (text,) = _answer(job, dockerfile, files, [conda.LOCK_PATH], partial(_explained, target.note), log)
        if target.note:
            log(target.note)
        log(f"{_count(len(conda.conda_packages_of(text)))} locked")
    return text


def _explained(note, output):
    said = conda.explain(output)
    return f"{note}\n{said}" if note and said else said


def conda_specs(definition):
    """What the solver is asked for: as conda does, with pip where the file has packages for it but does not ask."""
    specs = list(definition.conda.dependencies)
    if definition.conda.pip and not any(spec_name(spec) == "pip" for spec in specs):
        specs.append("pip")
    return [match_spec(spec) for spec in specs]


def served_channels(job, channels):
    """{channel: where a mirror serves it}, of those that one does."""
    found = {name: job.engine.served_channel(name) for name in channels}
    return {name: address for name, address in found.items() if address != name}


def _resolve(job, target, site, requirements, conda_lock, before, log):
    """pip's part of the lock, and how it is laid out in layers."""
    kept = "" if conda_lock else before.get("pip", "")  # beside conda, what conda brings is preferred
    wanted, limits = constraints(requirements)
    explain = pip.explain
    if not job.workspace.network:
        wanted, explain = [line.rstrip("\n") for line in pip.wheels_only(wanted)], pip.explain_wheels
    dockerfile, files = pip.lock_context(
        pip.through_mirrors(wanted, job.engine.served_index),
        limits,
        base=target.pinned,
        site=site,
        nonce=job.engine_build_id,
        conda_lock=conda_lock,
        kept=kept,
    )
    text, sizes = _answer(job, dockerfile, files, [pip.LOCK_PATH, pip.SIZES_PATH], explain, log)
    lock = pip.finished(text, requirements)
    if stayed := set(pip.pins(lock)) & set(pip.pins(kept)):
        log(f"{_count(len(stayed))} kept as the version before has it; resolve again to look for newer ones")
    brought = {package.name.lower() for package in conda.conda_packages_of(conda_lock)}
    if replaced := [f"{name} {version}" for name, version in pip.pins(lock) if name in brought]:
        log(f"pip needs other versions than conda brings, and replaces them: {', '.join(replaced)}")
    layers = laid_out(lock, pip.heavy_packages(sizes), before)
    return {"pip": lock, "layers": write_layers(layers)}


def _answer(job, dockerfile, files, paths, explain, log):
    """The texts an engine build leaves at `paths`; its image is dropped again."""
    request = BuildRequest(
        build_id=job.engine_build_id,
        context=write_tar(
            {path: (content, PLAIN) for path, content in files.items()} | {"Dockerfile": (dockerfile.encode(), PLAIN)}
        ),
        dockerfile_path="Dockerfile",
        labels={"studio.lock": "1"},
    )
    image_id = _run(job, request, explain, log)
    try:
        return [text.decode() for text in job.engine.read_files(image_id, paths, max_bytes=MOST_LOCK_BYTES)]
    except (FileNotFoundError, ValueError) as error:
        raise pip.LockError("The resolver left no lock that can be read.") from error
    finally:
        with suppress(EngineError):
            job.engine.remove_image(image_id)


def _run(job, request, explain, log):
    """Run the build quietly: of what it prints only the resolver's explanation of a failure is logged."""
    printed = ""
    try:
        for event in job.engine.build(request, still_wanted=job.pulse.check):
            if isinstance(event, Built):
                return event.image_id
            printed = (printed + getattr(event, "text", ""))[-MOST_PRINTED:]
    except BuildFailed as error:
        said = explain(printed) or str(error)
        for line in said.splitlines():
            log(line)
        raise pip.LockError(said) from error
    raise EngineError("The engine ended the build of the lock without an image.")


def _store(workspace, texts, target):
    facts = {"python": conda.locked_python(texts.get("conda", "")) or target.probe.python, "glibc": target.probe.glibc}
    facts |= {"platform": f"linux/{target.probe.architecture}"}
    if "conda" in texts:
        facts["virtual_packages"] = target.virtual_packages
    channels = list(dict.fromkeys(package.channel for package in conda.conda_packages_of(texts.get("conda", ""))))
    decisive = {name: text for name, text in texts.items() if name != "layers"}
    content = json.dumps([decisive, facts, channels], sort_keys=True)
    lock, _ = Lock.objects.get_or_create(
        workspace=workspace,
        sha256=hashlib.sha256(content.encode()).hexdigest(),
        defaults={"texts": texts, "target": facts, "channels": channels},
    )
    return lock
