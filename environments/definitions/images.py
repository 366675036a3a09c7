"""Names of container images: `[registry/]path[:tag][@digest]`.

The rules are those of github.com/distribution/reference, checked by hand so that the work stays linear.
"""

import re
import string
from dataclasses import dataclass

from environments.definitions.model import DefinitionError, Problem, Severity

MAX_NAME = 255  # registry and path together
MAX_TAG = 128
RESERVED = "scratch"  # the empty image: Docker knows the word only after FROM

_PART = re.compile(r"[a-z0-9]+(?:(?:\.|__?|-+)[a-z0-9]+)*")
_REGISTRY = re.compile(r"[A-Za-z0-9.-]+(?::[0-9]{1,5})?|\[[0-9a-fA-F:]+\](?::[0-9]{1,5})?")
# user:password@registry/…; a digest's “@” comes after the path, never before a “/”.
_LOGIN = re.compile(r"(?:[a-z]+://)?[^/@\s]+@[^/@\s]+/")
_TAG_LETTERS = frozenset(string.ascii_letters + string.digits + "_.-")
_DIGEST_LENGTHS = {"sha256": 64, "sha512": 128}
_HEX = frozenset("0123456789abcdef")
_EXAMPLE = "Write it like python:3.11-slim or registry.example.org/team/image:1.0."


@dataclass(frozen=True, slots=True)
class ImageReference:
    """The parts of an image reference; a part that is not there is ""."""

    path: str
    registry: str = ""
    tag: str = ""
    digest: str = ""

    def __str__(self) -> str:
        name = f"{self.registry}/{self.path}" if self.registry else self.path
        return name + (self.tag and f":{self.tag}") + (self.digest and f"@{self.digest}")


def split_image(reference: str) -> ImageReference:
    """Take an image reference apart. Raises DefinitionError (`image-reference`, or `image-credentials` for a login)."""
    reference = reference.strip()
    if _LOGIN.match(reference):
        message = "The image's name holds a user name or password, which would be stored with the version."
        remedy = "Remove it; an administrator sets up access to the registry."
        raise DefinitionError(Problem("image-credentials", Severity.ERROR, message, remedy, "image"))
    if complaint := _not_a_reference(reference):
        raise _refusal(*complaint)
    rest, _, digest = reference.partition("@")
    name, colon, tag = rest.rpartition(":")
    if not colon or "/" in tag:  # the last colon belongs to the registry's port
        name, tag = rest, ""
    registry, path = _split_name(name)
    image = ImageReference(path, registry, tag, digest)
    if complaint := _bad_part(image, reference):
        raise _refusal(*complaint)
    return image


def parse_image(reference: str) -> str:
    """Return the reference without surrounding space. Raises DefinitionError if it names no image."""
    return str(split_image(reference))


def _split_name(name: str) -> tuple[str, str]:
    first, slash, rest = name.partition("/")
    is_registry = slash and (first == "localhost" or "." in first or ":" in first)
    return (first, rest) if is_registry else ("", name)


def _not_a_reference(reference: str) -> tuple[str, str] | None:
    """The reason and remedy for what is plainly something else."""
    if not reference:
        return "The image is missing.", _EXAMPLE
    if "{{" in reference:
        return f"“{reference[:80]}” holds a placeholder that another tool would fill in.", "Write what it stands for."
    if any(character.isspace() for character in reference):
        return f"“{reference[:60]}” is no image name: it holds a space.", _EXAMPLE
    if "://" in reference:
        return f"“{reference[:60]}” is an address, not an image name.", "Leave out the part up to “://”."
    if reference == RESERVED:
        return "“scratch” is the empty image and cannot be used as a base here.", _EXAMPLE
    if reference.endswith((":", "@", "/")):
        return f"“{reference[:60]}” ends in the middle of an image name.", _EXAMPLE
    return None


def _bad_part(image: ImageReference, reference: str) -> tuple[str, str] | None:
    name = f"{image.registry}/{image.path}"
    if len(name) > MAX_NAME:
        return f"The image name is longer than {MAX_NAME} characters.", _EXAMPLE
    if image.registry and not _REGISTRY.fullmatch(image.registry):
        return f"“{image.registry}” is no registry name.", _EXAMPLE
    if image.path != image.path.lower():
        return f"“{image.path}” holds capital letters.", f"Image names are in small letters: {image.path.lower()}."
    if not all(_PART.fullmatch(part) for part in image.path.split("/")):
        return f"“{reference[:60]}” is no image name.", _EXAMPLE
    if image.tag and not _is_tag(image.tag):
        return f"“{image.tag[:60]}” is no tag of an image.", "A tag holds letters, digits, “_”, “.” and “-”."
    if image.digest and not _is_digest(image.digest):
        return f"“{image.digest[:60]}” is no image digest.", "A digest is sha256: and 64 hexadecimal digits."
    return None


def _is_tag(tag: str) -> bool:
    return len(tag) <= MAX_TAG and _TAG_LETTERS.issuperset(tag) and tag[0] not in ".-"


def _is_digest(digest: str) -> bool:
    algorithm, _, value = digest.partition(":")
    return _DIGEST_LENGTHS.get(algorithm) == len(value) and _HEX.issuperset(value)


def _refusal(message: str, remedy: str) -> DefinitionError:
    return DefinitionError(Problem("image-reference", Severity.ERROR, message, remedy, "image"))
