"""Fields the studio's forms are made of. What a person typed always comes back as it was typed."""

from django import forms
from django.core.exceptions import ValidationError

from environments.definitions.build_args import MAX_ARGS

MAX_TAGS = 50
MAX_TAG_KEY = 100
MAX_TAG_VALUE = 256


class SourceField(forms.Field):
    """A definition's text. Kept to the letter, NUL too: the parsers say what is wrong with it, and where."""

    def __init__(self, *, language, **kwargs):
        attrs = {"data-editor": language, "spellcheck": "false", "autocapitalize": "off", "rows": 16}
        super().__init__(widget=forms.Textarea(attrs=attrs), **kwargs)

    def to_python(self, value):
        return (value or "").replace("\r\n", "\n")

    def has_changed(self, initial, data):
        return (initial or "") != (data or "")


class TagsField(forms.CharField):
    """`key=value`, one per line, as a dict; shown again as lines."""

    most, too_many = MAX_TAGS, f"There are more than {MAX_TAGS} tags. Keep those people search for."

    def __init__(self, **kwargs):
        widget = forms.Textarea(attrs={"rows": 3, "spellcheck": "false", "class": "mono"})
        super().__init__(widget=widget, strip=False, **kwargs)  # an empty first line counts too

    def prepare_value(self, value):
        return "\n".join(f"{key}={text}" for key, text in value.items()) if isinstance(value, dict) else value

    def clean(self, value):
        lines = [(number, line.strip()) for number, line in enumerate(super().clean(value).splitlines(), start=1)]
        tags = {}
        for number, line in lines:
            if line:
                key, text = self.read_line(number, line)
                if key in tags:
                    raise ValidationError(f"Line {number}: “{key}” appears a second time. Keep one of the two.")
                tags[key] = text
        if len(tags) > self.most:
            raise ValidationError(self.too_many)
        return tags

    def read_line(self, number, line):
        """(key, value) of a line that is not blank. Raises ValidationError."""
        key, equals, text = (part.strip() for part in line.partition("="))
        if not equals or not key:
            raise ValidationError(f"Line {number}: “{line[:60]}” is no tag. Write it like framework=pytorch.")
        if len(key) > MAX_TAG_KEY or len(text) > MAX_TAG_VALUE:
            raise ValidationError(
                f"Line {number}: the tag is too long. "
                f"A key has at most {MAX_TAG_KEY} characters, a value {MAX_TAG_VALUE}."
            )
        return key, text


class ArgsField(TagsField):
    """`NAME=value`, one per line, of build arguments; which of them may be given the definition says."""

    most, too_many = MAX_ARGS, f"There are more than {MAX_ARGS} build arguments. Write defaults into the Dockerfile."

    def read_line(self, number, line):
        name, equals, value = (part.strip() for part in line.partition("="))
        if not equals or not name:
            raise ValidationError(
                f"Line {number}: “{line[:60]}” is no build argument. Write it like CUDA_VERSION=12.4."
            )
        return name, value


class FilesWidget(forms.Widget):
    """Rows of a file's name and its text; the page adds and removes rows by posting the form."""

    template_name = "create/_files.html"
    use_fieldset = True

    def get_context(self, name, value, attrs):
        context = super().get_context(name, value, attrs)
        context["widget"]["rows"] = value or []
        return context

    def value_from_datadict(self, data, files, name):
        """[(name, text), ...] of every row, blank ones too."""
        return list(zip(data.getlist(f"{name}_name"), data.getlist(f"{name}_text"), strict=False))

    def id_for_label(self, id_):
        return ""  # it is a group, and has a legend


class FilesField(forms.Field):
    """Text files as {path: text}. Rows without a name and text are passed over."""

    widget = FilesWidget

    def clean(self, value):
        files = {}
        for number, (name, text) in enumerate(value or [], start=1):
            name = name.strip()
            if not name and text.strip():
                raise ValidationError(f"File {number} has no name. Give it one, or remove it.")
            if name in files:
                raise ValidationError(f"“{name[:60]}” is there twice. Rename one of the two.")
            if name:
                files[name] = text.replace("\r\n", "\n")
        return files


class FacetForm(forms.Form):
    """What the address of a list narrows it to."""

    def chosen(self):
        """{field: value} of what is set and makes sense; the rest of the address is passed over."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}
