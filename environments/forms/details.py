"""What may be changed of an environment or a version after it was saved."""

from django import forms

from environments.forms.fields import TagsField
from environments.models import Environment

MOST_DESCRIPTION = 5_000  # characters


class DetailsForm(forms.Form):
    description = forms.CharField(required=False, max_length=MOST_DESCRIPTION, widget=forms.Textarea(attrs={"rows": 3}))
    tags = TagsField(
        required=False,
        help_text="key=value, one per line. Searches find an environment by its tags and those of its newest version.",
    )


class DataForm(forms.ModelForm):
    """The row of an environment as site admins change it among the raw data."""

    tags = TagsField(required=False, help_text="key=value, one per line")

    class Meta:
        model = Environment
        fields = ("description", "tags", "archived_at")
