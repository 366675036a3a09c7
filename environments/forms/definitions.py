"""The form of each kind of definition. A valid form holds the Definition that was meant, and can make its Draft."""

from dataclasses import replace

from django import forms
from django.core.exceptions import ValidationError

from environments.definitions.digest import from_canonical
from environments.definitions.fixes import with_fixes
from environments.definitions.model import DefinitionError, Kind
from environments.definitions.names import MAX_NAME, check_name
from environments.definitions.subject import SOURCES
from environments.definitions.text import MAX_TEXT_BYTES, decode
from environments.forms.fields import SourceField, TagsField
from environments.services import drafts

MAX_SHOWN = 8  # problems told at a field; the panel beside it lists them all
NAME_HELP = "Letters, digits, “.”, “_” and “-”. It cannot be changed later."
NAME_TOO_LONG = f"The name is longer than {MAX_NAME} characters. Shorten it."
PLAIN_TYPING = {"class": "mono", "spellcheck": "false", "autocapitalize": "off"}


def image_field(label):
    missing = "Name an image, such as python:3.11-slim."
    return forms.CharField(
        label=label,
        max_length=512,
        error_messages={"required": missing},
        widget=forms.TextInput(attrs={**PLAIN_TYPING, "list": "images", "placeholder": "python:3.11-slim"}),
    )


def upload_field(label, accept, help_text=""):
    return forms.FileField(
        label=label,
        required=False,
        allow_empty_file=True,
        help_text=help_text,
        widget=forms.FileInput(attrs={"accept": accept}),
    )


class DefinitionForm(forms.Form):
    """What all kinds share. `origin` is the version it starts from, if any; an edit has no name to choose."""

    kind: Kind
    title = ""
    example = ""
    main = "text"  # the field most problems are told at
    built = None  # of a context: the ContextFiles that it is built from, without what .dockerignore names

    name = forms.CharField(
        max_length=MAX_NAME,
        help_text=NAME_HELP,
        error_messages={
            "required": "Give the environment a name.",
            "max_length": NAME_TOO_LONG,
        },
        widget=forms.TextInput(attrs={**PLAIN_TYPING, "autocomplete": "off"}),
    )
    description = forms.CharField(required=False, max_length=500)
    message = forms.CharField(
        label="What changed",
        required=False,
        max_length=500,
        widget=forms.TextInput(attrs={"placeholder": "Shown in the history"}),
    )
    tags = TagsField(required=False, help_text="key=value, one per line")
    build = forms.BooleanField(label="Build the image now", required=False, initial=True)

    def __init__(self, *args, workspace, origin=None, is_edit=False, **kwargs):
        super().__init__(*args, **kwargs)
        self.workspace, self.origin = workspace, origin
        self.definition, self.context_files, self.typed = None, None, ""
        self.problems, self.upload_problems = [], ()
        if is_edit:
            del self.fields["name"]
        if upload := self.files.get("upload"):
            self._take_over(upload)

    def _take_over(self, upload):
        """Put what was uploaded where it would stand had it been typed."""
        try:
            taken = self.take_over(upload)
        except DefinitionError as error:
            self.upload_problems = error.problems
            return
        self.data = self.data.copy()
        for field, value in taken.items():
            self.data[field] = value

    def take_over(self, upload):
        """{field: value} read from an uploaded file. Raises DefinitionError."""
        raise NotImplementedError

    def clean_upload(self):
        if self.upload_problems:
            raise ValidationError([_sentence(problem) for problem in self.upload_problems])

    def clean_name(self):
        name = self.cleaned_data["name"]
        if problems := check_name(name):
            raise ValidationError([_sentence(problem) for problem in problems])
        return name

    def clean(self):
        self.typed = self.cleaned_data.get("text", "")
        try:
            definition = self.read(self.cleaned_data)
        except DefinitionError as error:
            self._add_problems(error.problems)
            return
        self.definition = self._with_what_no_field_shows(definition)

    def read(self, values):
        """The Definition the fields say. Raises DefinitionError."""
        raise NotImplementedError

    @property
    def source_text(self):
        """The definition's text as typed, for the version and for the lines of its problems."""
        return self.typed

    def draft(self):
        """The Draft of a valid form."""
        values = self.cleaned_data
        return drafts.draft(
            self.workspace,
            self.definition,
            text=self.source_text,
            files=self.context_files,
            message=values["message"],
            description=values["description"],
            tags=values["tags"],
            parent=self.origin,
        )

    def draft_if_allowed(self):
        """The Draft of a valid form; None, and the form is invalid, if the rules of the workspace block it."""
        try:
            return self.draft()
        except DefinitionError as error:
            self._add_problems(error.problems)
            return None

    def with_text(self, text):
        """The same form as if this text had been typed instead."""
        data = self.data.copy()
        data["text"] = text
        return type(self)(data, workspace=self.workspace, origin=self.origin, is_edit="name" not in self.fields)

    def reopened(self):
        """The same form with everything typed in it, but not judged."""
        typed = {name: self[name].data for name in self.fields if name != "upload"}
        return type(self)(
            initial=typed, workspace=self.workspace, origin=self.origin, is_edit="name" not in self.fields
        )

    def field_for(self, problem):
        """Which field a problem of the definition is told at."""
        return "image" if problem.source == "image" else self.main

    def _with_what_no_field_shows(self, definition):
        """Operating system and routes stay as they were in the version this one starts from."""
        if not self.origin:
            return definition
        before = from_canonical(self.origin.definition)
        return replace(definition, os_type=before.os_type, inference_config=before.inference_config)

    def _add_problems(self, problems):
        self.problems = with_fixes(problems, {SOURCES[self.kind]: self.data.get("text", "")})
        by_field = {}
        for problem in self.problems:
            by_field.setdefault(self.field_for(problem), []).append(_sentence(problem))
        for field, sentences in by_field.items():
            if field in self.errors:
                continue
            left_out = len(sentences) - MAX_SHOWN
            more = [f"There are {left_out} more problems of this kind."] if left_out > 0 else []
            self.add_error(field, [*sentences[:MAX_SHOWN], *more])


class PackagesForm(DefinitionForm):
    """A text that lists packages, on a base image. An uploaded file takes the place of the text."""

    accept = ""

    image = image_field("Base image")
    upload = upload_field("Upload", "", "Its text takes the place of the text above.")

    def take_over(self, upload):
        return {"text": decode(upload.read(MAX_TEXT_BYTES + 100), upload.name)}


class CondaForm(PackagesForm):
    kind = Kind.CONDA
    title = "New environment from a conda file"
    accept = ".yml,.yaml"
    example = """\
channels:
  - conda-forge
dependencies:
  - python=3.11
  - pip
  - pip:
      - numpy==2.4.6
      - scikit-learn==1.9.1
"""
    text = SourceField(
        language="yaml", label="conda.yml", error_messages={"required": "Write the conda file, or upload one."}
    )

    def read(self, values):
        return drafts.conda_definition(values.get("image", ""), values.get("text", ""))


class PipForm(PackagesForm):
    kind = Kind.PIP
    title = "New environment from requirements.txt"
    accept = ".txt,.in"
    example = "numpy==2.4.6\nscikit-learn==1.9.1\n"
    text = SourceField(
        language="requirements",
        label="requirements.txt",
        error_messages={"required": "Write the requirements, or upload the file."},
    )

    def read(self, values):
        return drafts.pip_definition(values.get("image", ""), values.get("text", ""))


class ImageForm(DefinitionForm):
    kind = Kind.IMAGE
    title = "New environment from an existing image"
    main = "image"
    image = image_field("Image")

    def read(self, values):
        return drafts.image_definition(values.get("image", ""))


def _sentence(problem):
    return " ".join(part for part in (str(problem), problem.remedy) if part)
