"""From what a person typed or a program sent to a Draft. Raises DefinitionError with everything that is wrong."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings

from environments.contexts import ContextFiles
from environments.copied import missing_files
from environments.definitions.asked import conda_packages, pip_requirements
from environments.definitions.build_args import checked_build_args
from environments.definitions.conda import parse_conda
from environments.definitions.dockerfile import NO_ARGS, check_dockerfile
from environments.definitions.images import parse_image
from environments.definitions.model import Context, Definition, DefinitionError, Kind, Problem, Severity
from environments.definitions.pythons import python_told
from environments.definitions.render import Site, render
from environments.definitions.requirements import parse_requirements
from environments.definitions.wanted import Wanted, wanted_packages
from environments.services.checks import problems_in, refuse_blocked
from environments.services.contexts import store_context
from environments.services.versions import Draft
from environments.uploads import refuse

MB = 1024**2


@dataclass(frozen=True)
class Reading:
    """What the studio makes of a definition before anything is saved. `dockerfile` is "" where none is written.

    `python` says which Python is used, as far as is known.
    """

    problems: tuple[Problem, ...]
    packages: tuple[Wanted, ...] = ()
    dockerfile: str = ""
    python: str = ""


def conda_definition(image: str, text: str) -> Definition:
    """A conda file on a base image."""
    return Definition(kind=Kind.CONDA, **_read(image=(parse_image, image), conda=(parse_conda, text)))


def pip_definition(image: str, text: str) -> Definition:
    """Requirements, as pip reads them, on a base image."""
    return Definition(kind=Kind.PIP, **_read(image=(parse_image, image), requirements=(parse_requirements, text)))


def image_definition(image: str) -> Definition:
    """An existing image as it is."""
    return Definition(kind=Kind.IMAGE, image=parse_image(image))


def context_definition(
    files: ContextFiles, dockerfile_path: str = "Dockerfile", args: Mapping[str, str] = NO_ARGS
) -> Definition:
    """A build context; its Dockerfile is read and refused here if it is none, or asks for rights it cannot have.

    Every way in leads through here, so its size is bounded here too. What .dockerignore names is no part of it: neither
    of its digest here nor of what draft() stores.
    """
    dockerfile = check_dockerfile(files.dockerfile(dockerfile_path), checked_build_args(args))
    built = files.for_build(dockerfile_path)
    if built.size > settings.BUILD_CONTEXT:
        message = (
            f"The build context has {-(-built.size // MB)} MB, and a build here takes {settings.BUILD_CONTEXT // MB}."
        )
        raise refuse("context-too-large", message, "Name what the build does not need in a .dockerignore.")
    missing = missing_files(dockerfile, built.files, built.ignored)
    if errors := [found for found in missing if found.severity == Severity.ERROR]:
        raise DefinitionError(*errors)
    return Definition(kind=Kind.CONTEXT, context=Context(built.digest, dockerfile_path, args))


def draft(workspace, definition: Definition, *, text: str = "", files: ContextFiles | None = None, **facts) -> Draft:
    """A Draft of the definition, its context stored. `facts` are Draft's name, message, description, tags, parent.

    Raises DefinitionError for what the rules of the workspace do not let be saved.
    """
    built = _built(definition, files)
    refuse_blocked(workspace, definition, text, built.files if built else None)
    context = store_context(workspace, built) if built else None
    return Draft(definition=definition, text=text, context=context, **facts)


def read_over(definition: Definition, text: str = "", workspace=None, files: ContextFiles | None = None) -> Reading:
    """What there is to say about a definition, the packages it names, and the Dockerfile it would be built with.

    In a workspace its own levels of the rules count; `files` are those of a build context.
    """
    built = _built(definition, files)
    return Reading(
        problems_in(definition, text, workspace, built.files if built else None),
        wanted_packages(definition),
        preview_dockerfile(definition),
        python_told(definition),
    )


def preview_dockerfile(definition: Definition) -> str:
    """The Dockerfile the studio would write, with stand-ins for what a build finds out. "" where it writes none."""
    if definition.kind not in (Kind.CONDA, Kind.PIP):
        return ""
    locks = {"conda": "\n".join(conda_packages(definition)), "pip": "\n".join(pip_requirements(definition))}
    return render(
        definition, base=definition.image, locks=locks, site=Site(installer=settings.CONDA_INSTALLER)
    ).dockerfile


def _built(definition, files):
    """The ContextFiles that the engine gets, None for a definition without a context."""
    return files.for_build(definition.context.dockerfile_path) if files and definition.context else None


def _read(**readers: tuple[Callable[[str], Any], str]) -> dict[str, Any]:
    """Apply each (reader, text), so that a person hears of the problems of all at once."""
    values, problems = {}, []
    for name, (reader, text) in readers.items():
        try:
            values[name] = reader(text)
        except DefinitionError as error:
            problems += error.problems
    if problems:
        raise DefinitionError(*problems)
    return values
