"""Azure ML environment YAML, and the one door to the readers of every other text of a definition.

The keys are those of the published schema (azuremlschemas, `environment.schema.json`) and two of ours:
`requirements_file`, pip requirements on a base image, and `args` of a build, values for its Dockerfile's ARGs.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType

from environments.definitions.build_args import check_build_args
from environments.definitions.conda import parse_conda, read_conda, write_conda
from environments.definitions.fields import Fields
from environments.definitions.findings import MAX_PROBLEMS, Findings, refusal
from environments.definitions.guard import Node, Scalar, Table, read_yaml
from environments.definitions.images import parse_image
from environments.definitions.includes import Includes
from environments.definitions.model import Conda, Context, Definition, DefinitionError, Kind
from environments.definitions.names import check_name, check_version_name
from environments.definitions.requirements import parse_requirements
from environments.definitions.text import clean_text, decode, ended

__all__ = ["Document", "clean_text", "parse_conda", "parse_environment", "parse_image", "parse_requirements"]

SOURCE = "environment.yml"
KEYS = frozenset(
    [
        *("$schema", "name", "version", "description", "tags", "properties", "os_type", "inference_config"),
        *("image", "conda_file", "requirements_file", "build"),
    ]
)
# What `az ml environment show` adds; it says nothing about the definition.
IGNORED_KEYS = frozenset({"id", "creation_context", "resourceGroup"})
BUILD_KEYS = frozenset({"path", "dockerfile_path", "args"})
ROUTES = ("liveness_route", "readiness_route", "scoring_route")
OS_TYPES = {"linux": "Linux", "windows": "Windows"}

_CONDA_KEYS = frozenset({"dependencies", "channels"})


@dataclass(frozen=True, slots=True)
class Document:
    """An environment file as read. `name` and `version` are "" where it gives none.

    `text` is the conda or requirements text (written anew for an inline mapping). `build_path` names the context's
    folder; the digest of the definition's context is then still "" and for the caller to fill in.
    """

    definition: Definition
    name: str = ""
    version: str = ""
    description: str = ""
    tags: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    properties: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    text: str = ""
    build_path: str | None = None


def parse_environment(text: str, files: Mapping[str, bytes] | None = None, *, curated: bool = False) -> Document:
    """Read an environment YAML (or JSON) and the files it names, given as {path: bytes}.

    Raises DefinitionError with everything that is wrong, in this text and in those files. Only curated environments
    may have a reserved name.
    """
    root = read_yaml(text, SOURCE)
    if not isinstance(root, Table):
        raise refusal(SOURCE, root.mark, "no-environment", "This is no environment file.", "Begin with “name: …”.")
    if _CONDA_KEYS.intersection(root.nodes) and not KEYS.intersection(root.nodes) - {"name"}:
        message = "This is a conda environment file, not an environment's YAML."
        raise refusal(SOURCE, root.mark, "conda-file", message, "Choose a base image for it, or name it as conda_file.")
    return _Reader(root, files).read(curated)


class _Reader:
    """Reads one environment file, noting every error before it gives up."""

    def __init__(self, root: Table, files: Mapping[str, bytes] | None) -> None:
        self.findings = Findings(SOURCE)
        self.fields = Fields(root, self.findings)
        self.build = self.fields.inner("build", BUILD_KEYS)
        self.files = files
        self.text = ""

    def read(self, curated: bool) -> Document:
        self._check_keys()
        name, version = self.fields.text("name"), self.fields.text("version")
        self._check_names(name, version, curated)
        definition = self._definition()
        document = Document(
            definition=definition,
            name=name,
            version=version,
            description=self.fields.text("description"),
            tags=self.fields.texts("tags"),
            properties=self.fields.texts("properties"),
            text=self.text,
            build_path=self._build_path(),
        )
        self.findings.raise_if_any()
        return document

    def _check_keys(self) -> None:
        unknown = [key for key in self.fields.table.nodes if key not in KEYS | IGNORED_KEYS]
        for key in unknown[:MAX_PROBLEMS]:
            close = get_close_matches(key[:40], KEYS, n=1)
            remedy = f"Did you mean “{close[0]}”?" if close else "Remove it."
            self._error(key, "unknown-key", f"“{key[:40]}” is no key of an environment.", remedy)

    def _check_names(self, name: str, version: str, curated: bool) -> None:
        problems = check_name(name, curated=curated) if name else []
        for key, found in (("name", problems), ("version", check_version_name(version) if version else [])):
            for problem in found:
                self.findings.error(self.fields.mark(key), problem.code, problem.message, problem.remedy)

    def _definition(self) -> Definition:
        self._check_combination()
        conda = self._conda() if self.fields.has("conda_file") else None
        requirements = self._requirements() if self.fields.has("requirements_file") else ()
        context = self._context() if self.fields.has("build") else None
        return Definition(
            kind=self._kind(),
            image=self._image(),
            conda=conda,
            requirements=requirements,
            context=context,
            os_type=self._os_type(),
            inference_config=self._inference_config(),
        )

    def _kind(self) -> Kind:
        kinds = {"build": Kind.CONTEXT, "conda_file": Kind.CONDA, "requirements_file": Kind.PIP}
        return next((kind for key, kind in kinds.items() if self.fields.has(key)), Kind.IMAGE)

    def _check_combination(self) -> None:
        has = self.fields.has
        if has("image") and has("build"):
            message = "“image” and “build” exclude each other."
            self._error("build", "image-and-build", message, "Keep “image” for a base image, or “build” for a context.")
        if not has("image") and not has("build"):
            message = "Neither “image” nor “build” says what the environment is made from."
            self._error("", "no-image", message, "Add “image: …” or “build:” with a “path:”.")
        for key in ("conda_file", "requirements_file"):
            if has(key) and has("build"):
                message = f"“{key}” needs “image”; a build context installs its packages in its Dockerfile."
                self._error(key, "packages-and-build", message, f"Remove “{key}” or “build”.")
        if has("conda_file") and has("requirements_file"):
            message = "“conda_file” and “requirements_file” exclude each other."
            self._error(
                "requirements_file", "conda-and-pip", message, "List the requirements under “pip:” in the conda file."
            )

    def _image(self) -> str:
        node = self.fields.table.nodes.get("image")
        if not isinstance(node, Scalar) or node.is_null:
            self.fields.text("image")  # complains of a list or mapping
            return ""
        try:
            return parse_image(node.value)
        except DefinitionError as error:
            for problem in error.problems:
                self._error("image", problem.code, problem.message, problem.remedy)
            return ""

    def _conda(self) -> Conda | None:
        node = self.fields.table.nodes["conda_file"]
        try:
            if isinstance(node, Table):
                conda = read_conda(node, SOURCE, Includes(self.files))
                self.text = write_conda(conda)
                return conda
            self.text, source, includes = self._packages_text("conda_file", node)
            conda = parse_conda(self.text, source, includes)
            if includes.count:
                self.text = write_conda(conda)
            return conda
        except DefinitionError as error:
            self.findings.add(error.problems)
            return None

    def _requirements(self) -> tuple[str, ...]:
        try:
            node = self.fields.table.nodes["requirements_file"]
            self.text, source, includes = self._packages_text("requirements_file", node)
            lines = parse_requirements(self.text, source, includes)
            if includes.count:
                self.text = "".join(f"{line}\n" for line in lines)
            return lines
        except DefinitionError as error:
            self.findings.add(error.problems)
            return ()

    def _packages_text(self, key: str, node: Node) -> tuple[str, str, Includes]:
        """The text a key holds or names, what to call it in problems, and the files it may name in turn.

        Raises DefinitionError.
        """
        if not isinstance(node, Scalar):
            message = f"“{key}” is neither a path nor the text of a file."
            raise refusal(SOURCE, node.mark, "packages-text", message, "Name the file, or write its text after “|”.")
        if "\n" in node.value:
            return ended(clean_text(node.value, key)), key, Includes(self.files)
        path = self.fields.path(key)
        if self.files and path in self.files:
            return ended(decode(self.files[path], path)), path, Includes(self.files, path)
        message = f"“{key}” names {node.value[:80]}, which is not among the files given."
        raise refusal(SOURCE, node.mark, "file-missing", message, "Add the file, or write its text here after “|”.")

    def _context(self) -> Context:
        path = self.build.path("dockerfile_path") if self.build else ""
        return Context(digest="", dockerfile_path=path or "Dockerfile", args=self._build_args())

    def _build_args(self) -> Mapping[str, str]:
        written = self.build.inner("args", None) if self.build else None
        if written is None:
            return MappingProxyType({})
        args = {name: written.text(name) for name in written.table.nodes}
        check_build_args(args, self.findings, written.table.marks)
        return MappingProxyType(args)

    def _build_path(self) -> str | None:
        if not self.build:
            return None
        written = self.build.text("path")
        if not written:
            self._error("build", "build-path", "“build” has no “path”.", "Name the folder with the Dockerfile, or “.”.")
        elif "://" in written:
            message = "A build context is not fetched from an address."
            self._error("build", "build-address", message, "Send its files along, and name their folder as “path”.")
            return None
        return self.build.path("path") or "."

    def _os_type(self) -> str:
        written = self.fields.text("os_type") or "linux"
        if written.lower() not in OS_TYPES:
            self._error("os_type", "os-type", f"“{written[:40]}” is no os_type.", "Write linux or windows.")
        return OS_TYPES.get(written.lower(), "Linux")

    def _inference_config(self) -> Mapping[str, object]:
        inference = self.fields.inner("inference_config", frozenset(ROUTES))
        if not inference:
            return MappingProxyType({})
        routes = {name: inference.inner(name, frozenset({"port", "path"})) for name in ROUTES if inference.has(name)}
        read = {
            name: {"port": route.port("port"), "path": route.text("path")} for name, route in routes.items() if route
        }
        return MappingProxyType(read)

    def _error(self, key: str, code: str, message: str, remedy: str) -> None:
        self.findings.error(self.fields.mark(key) if key else None, code, message, remedy)
