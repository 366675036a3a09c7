"""What may be changed of an environment or a version after it was saved."""

from django import forms

from environments.forms.fields import TagsField

MOST_DESCRIPTION = 5_000  # characters


class DetailsForm(forms.Form):
    description = forms.CharField(required=False, max_length=MOST_DESCRIPTION, widget=forms.Textarea(attrs={"rows": 3}))
    tags = TagsField(required=False, help_text="key=value, one per line. Lists are searched by them.")
