"""From what a person typed or a program sent to a Draft. Raises DefinitionError with everything that is wrong."""

from environments.contexts import ContextFiles
from environments.definitions.conda import parse_conda
from environments.definitions.dockerfile import check_dockerfile
from environments.definitions.images import parse_image
from environments.definitions.model import Context, Definition, Kind
from environments.definitions.requirements import parse_requirements
from environments.services.contexts import store_context
from environments.services.versions import Draft


def conda_definition(image: str, text: str) -> Definition:
    """A conda file on a base image."""
    return Definition(kind=Kind.CONDA, image=parse_image(image), conda=parse_conda(text))


def pip_definition(image: str, text: str) -> Definition:
    """Requirements, as pip reads them, on a base image."""
    return Definition(kind=Kind.PIP, image=parse_image(image), requirements=parse_requirements(text))


def image_definition(image: str) -> Definition:
    """An existing image as it is."""
    return Definition(kind=Kind.IMAGE, image=parse_image(image))


def context_definition(files: ContextFiles, dockerfile_path: str = "Dockerfile") -> Definition:
    """A build context; its Dockerfile is read and refused here if it is none, or asks for rights it cannot have."""
    check_dockerfile(files.dockerfile(dockerfile_path))
    return Definition(kind=Kind.CONTEXT, context=Context(digest=files.digest, dockerfile_path=dockerfile_path))


def draft(workspace, definition: Definition, *, text: str = "", files: ContextFiles | None = None, **facts) -> Draft:
    """A Draft of the definition, its context stored. `facts` are Draft's name, message, description, tags, parent."""
    context = store_context(workspace, files) if files else None
    return Draft(definition=definition, text=text, context=context, **facts)
