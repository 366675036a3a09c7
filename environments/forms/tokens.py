"""What a new token is to be called, may do, and how long it lasts."""

from django import forms
from django.conf import settings
from django.core.exceptions import ValidationError

from environments.models import ApiToken
from environments.models.tokens import Scope

USUAL_DAYS = 90
SCOPES = {
    Scope.READ: "Read: look at everything you may see",
    Scope.WRITE: "Write: make and change environments",
    Scope.BUILD: "Build: ask for builds, retry and cancel them",
}
EVERYWHERE = "All that you may see"


class TokenForm(forms.Form):
    name = forms.CharField(
        max_length=ApiToken._meta.get_field("name").max_length,
        help_text="Where it is used, such as “nightly builds”. The audit trail names it.",
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    scopes = forms.MultipleChoiceField(
        label="It may",
        choices=list(SCOPES.items()),
        initial=[Scope.READ],
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": "Choose at least one: a token that may do nothing is of no use."},
    )
    workspace = forms.ChoiceField(
        required=False, help_text="Bound to one, it finds nothing in any other, the public ones included."
    )
    days = forms.IntegerField(label="Days until it expires", min_value=1)

    def __init__(self, *args, user, places, **kwargs):
        """user makes the token; places: the Workspaces it may be for."""
        super().__init__(*args, **kwargs)
        self._user = user
        self._places = {place.slug: place for place in places}
        self.fields["workspace"].choices = [("", EVERYWHERE), *((slug, slug) for slug in self._places)]
        most, days = settings.TOKEN_DAYS, self.fields["days"]
        days.initial, days.max_value = min(USUAL_DAYS, most), most
        days.validators.append(forms.fields.validators.MaxValueValidator(most))
        days.widget.attrs["max"] = most
        days.help_text = f"At most {most}."

    def clean_name(self):
        name = self.cleaned_data["name"]
        if ApiToken.objects.usable().filter(user=self._user, name=name).exists():
            raise ValidationError("You have a token of this name. Choose another, or revoke that one first.")
        return name

    def clean_workspace(self):
        return self._places.get(self.cleaned_data["workspace"])
