"""What the engine says of a Dockerfile, as engine/wording.py puts it, and of the images it names."""

from functools import partial

from environments.hints.model import kind

of_error = partial(kind, of_error=True)
STEP = r"The step [\s\S]{1,3000}?"

DOCKERFILES = (
    of_error(
        "build-unknown-instruction",
        "Line {at} of the Dockerfile begins with “{instruction}”, which is no instruction.",
        r"Line (?P<at>\d{1,6}) of the Dockerfile cannot be read: unknown instruction: (?P<instruction>[^\s.]{1,60})",
    ),
    of_error(
        "build-unknown-flag", "Line {at} of the Dockerfile has a flag or a mount that is not known here: {said}.",
        r"Line (?P<at>\d{1,6}) of the Dockerfile cannot be read: (?P<said>(?:[Uu]nknown flag|unsupported mount type"
        r"|invalid mount).{0,120}?)\.?$",
    ),
    of_error(
        "build-bad-dockerfile", "Line {at} of the Dockerfile cannot be read: {said}.",
        r"Line (?P<at>\d{1,6}) of the Dockerfile cannot be read: (?P<said>.{1,200}?)\.?$",
    ),
    of_error(
        "build-bad-dockerfile", "The Dockerfile cannot be read: {said}.",
        r"The build failed: (?P<said>(?:[A-Z]{3,12} (?:must have|requires)|base name) .{1,120}?)\.?$",
        r"The (?P<said>Dockerfile is empty)",
    ),
    of_error(
        "build-no-dockerfile", "The build context holds no {file}.",
        r"The build context holds no (?P<file>[^\n]{1,200})\.$",
    ),
    of_error(
        "build-not-in-context", "“{file}” is not among the files of the build context.",
        STEP + r"names /?(?P<file>[^\n]{1,300}), which is not in the build context",
    ),
    of_error(
        "build-not-in-stage", "“{file}” is not in the stage or the image it is copied from.",
        STEP + r"names (?P<file>[^\n]{1,300}), which is not in the stage or image it copies from",
    ),
    of_error(
        "build-needs-secret", "The step asks for a secret or an SSH key, and builds here are given none.",
        STEP + r"asks for a secret or an SSH key",
    ),
    of_error(
        "build-unknown-user", "The image has no user “{user}”.",
        r"The build failed: [\s\S]{0,3000}?unable to find user (?P<user>[^\s:]{1,60})",
    ),
    of_error(
        "build-image-name", "“{image}” is not the name of an image.",
        r"The image (?P<image>\S{1,300}) is not here and that is not the name of an image",
    ),
    of_error(
        "build-image-processor", "The image “{image}” is not made for the processor of this machine.",
        r"The image (?P<image>\S{1,300}) is not here and its registry has none for this machine's processor",
    ),
    of_error(
        "build-image-credentials", "The registry gives the image “{image}” only to who signs in.",
        r"The image (?P<image>\S{1,300}) is not here and its registry asks for credentials",
    ),
    of_error(
        "build-no-such-image", "The registry has no image “{image}”.",
        r"The image (?P<image>\S{1,300}) is not here and its registry has no such image",
    ),
    of_error(
        "build-registry", "The image “{image}” is not here, and its registry could not be asked.",
        r"The image (?P<image>\S{1,300}) is not here and (?:its registry|the engine)",
    ),
    of_error(
        "build-channel-unreachable", "The host of the channel “{channel}” cannot be reached from the engine.",
        r"(?:.{1,300}\n)?The channel (?P<channel>\S{1,500}) could not be read: its host cannot be reached",
    ),
    of_error(
        "build-no-channel", "The channel “{channel}” could not be read.",
        r"(?:.{1,300}\n)?The channel (?P<channel>\S{1,500}) could not be read",
    ),
    of_error(
        "build-python-asked", "The file asks for Python {wanted}, and the base image has another.",
        r"The file asks for Python (?P<wanted>[0-9.]{1,20}), but the base image",
    ),
    of_error(
        "build-engine-disk", "The disk of the container engine is full.", r"The engine's disk is full",
    ),
    of_error(
        "build-timed-out", "A program was stopped because it took too long.", STEP + r"ended with exit code 124\b",
    ),
    of_error(
        "build-killed", "Something killed the step: most often that is the system, when memory runs out.",
        STEP + r"was killed \(exit code 137\)",
    ),
)  # fmt: skip
