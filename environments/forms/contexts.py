"""The form of a build context: typed here file by file, or uploaded as a zip."""

from django import forms

from environments.contexts import DOCKERFILE, ContextFiles, from_texts, read_zip
from environments.definitions.build_args import SOURCE as ARGS
from environments.definitions.digest import from_canonical
from environments.definitions.instructions import SOURCE
from environments.definitions.model import DefinitionError, Kind, Problem, Severity
from environments.forms.definitions import PLAIN_TYPING, DefinitionForm, upload_field
from environments.forms.fields import ArgsField, FilesField, SourceField
from environments.models import Context
from environments.services import drafts
from environments.services.contexts import context_of, load_context, store_context
from environments.uploads import MAX_EXPANDED_BYTES, MAX_FILES, MAX_UPLOAD_BYTES, checked_paths

MIB = 1024 * 1024
WRITE, UPLOAD = "write", "upload"
MOST_EDITABLE = 10  # files
LARGEST_EDITABLE = 20_000  # bytes
LIMITS = (
    f"At most {MAX_UPLOAD_BYTES // MIB} MB, {MAX_EXPANDED_BYTES // MIB} MB unpacked and {MAX_FILES:,} files. "
    "Links and paths that leave the folder are refused."
)
IGNORED = {"reason": "ignored", "tone": "ignored"}  # what the tree is told of a file that .dockerignore names
NOTHING_UPLOADED = Problem(
    "upload-missing", Severity.ERROR, "No zip has been uploaded.", "Choose one, or write the files here.", UPLOAD
)


class ContextForm(DefinitionForm):
    """Written: the Dockerfile, the typed files, and those of the version before that cannot be edited here.

    A zip that could be read is stored at once under its digest, so that it need not be sent again when another field
    is wrong; `stored` is that digest, looked up in this workspace only.
    """

    kind = Kind.CONTEXT
    title = "New environment from a build context"
    example = "FROM python:3.11-slim\nCOPY hello.py /app/hello.py\nRUN python /app/hello.py\n"

    way = forms.ChoiceField(
        label="Files",
        choices=[(WRITE, "Write them here"), (UPLOAD, "Upload a zip")],
        initial=WRITE,
        widget=forms.RadioSelect,
    )
    text = SourceField(language="dockerfile", label="Dockerfile", required=False)
    extra = FilesField(label="More files", required=False, help_text="For the Dockerfile to COPY.")
    upload = upload_field("Zip file", ".zip,application/zip", LIMITS)
    stored = forms.CharField(required=False, widget=forms.HiddenInput, max_length=64)
    dockerfile_path = forms.CharField(
        label="Path of the Dockerfile",
        initial=DOCKERFILE,
        max_length=255,
        widget=forms.TextInput(attrs=PLAIN_TYPING),
    )

    args = ArgsField(
        label="Build arguments", required=False, help_text="NAME=value, one per line: for ARGs of the Dockerfile"
    )

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        self.before, _, self.kept = read_origin(self.origin)

    def take_over(self, upload):
        context = store_context(self.workspace, read_zip(upload))
        return {"stored": context.sha256, "way": UPLOAD}

    @property
    def uploaded(self):
        """The Context of the zip that was sent, now or before; None without one."""
        digest = (self["stored"].value() or "").replace("\0", "")
        return Context.objects.filter(workspace=self.workspace, sha256=digest).first() if digest else None

    @property
    def uploaded_files(self):
        """The manifest of the zip; files that its .dockerignore leaves out are marked in it."""
        ignored = set(self.built.ignored) if self.built and self.is_upload else ()
        return [file | (IGNORED if file["path"] in ignored else {}) for file in self.uploaded.manifest]

    @property
    def is_upload(self):
        return self["way"].value() == UPLOAD

    @property
    def main(self):
        return UPLOAD if self.is_upload else "text"

    def read(self, values):
        path = values.get("dockerfile_path", DOCKERFILE)
        self.context_files = self._files(values, path)
        definition = drafts.context_definition(self.context_files, path, values.get("args", {}))
        self.built = self.context_files.for_build(path)
        return definition

    def _files(self, values, path):
        if values.get("way") == UPLOAD:
            if not (uploaded := self.uploaded):
                raise DefinitionError(NOTHING_UPLOADED)
            return load_context(uploaded)
        return self._written(values, path)

    def _written(self, values, path):
        texts = dict(values.get("extra", {}))
        if dockerfile := values.get("text", ""):
            texts[path] = dockerfile.replace("\r\n", "\n")
        typed = from_texts(texts)
        files = {**self.kept.files, **typed.files}
        checked_paths(list(files))
        return ContextFiles(files, self._executables(files, typed))

    def _executables(self, files, typed):
        """What was executable stays so and what was not does not become it; a new file says so by itself."""
        return (self.before.executables | (typed.executables - self.before.files.keys())) & files.keys()

    def field_for(self, problem):
        if problem.source == ARGS:
            return ARGS
        if self.is_upload:
            return UPLOAD
        return "text" if problem.source == SOURCE or problem.code == "no-dockerfile" else "extra"

    @property
    def source_text(self):
        """The Dockerfile that counts: the typed one, or that of the zip."""
        return self.context_files.dockerfile(self.cleaned_data.get("dockerfile_path", DOCKERFILE))


def read_origin(version):
    """(all files, texts a page can edit, the others) of what a version is built from: ContextFiles, {path: text},
    ContextFiles. Its Dockerfile is in neither of the last two.
    """
    if not version:
        return ContextFiles({}), {}, ContextFiles({})
    files = context_of(version)
    context = from_canonical(version.definition).context
    dockerfile_path = context.dockerfile_path if context else DOCKERFILE
    texts = {}
    for path in sorted(files.files):
        content = files.files[path]
        if path != dockerfile_path and len(texts) < MOST_EDITABLE and len(content) <= LARGEST_EDITABLE:
            texts |= _as_text(path, content)
    return files, texts, files.folder(".", without={*texts, dockerfile_path})


def _as_text(path, content):
    """{path: text}, or nothing for what is no text."""
    try:
        text = content.decode()
    except UnicodeDecodeError:
        return {}
    return {} if "\0" in text or "\r" in text else {path: text}
