"""What a new environment is made from."""

from django import forms

from environments.definitions.model import Kind

FROM = "from"
KINDS = [*(kind.value for kind in Kind), FROM]


class ChooseForm(forms.Form):
    """A kind, or `from` with the version to start from as `workspace/environment:version`."""

    kind = forms.ChoiceField(label="Start with", required=False, choices=[(kind, kind) for kind in KINDS])
    origin = forms.CharField(required=False, max_length=500, label="Environment")

    def clean(self):
        """Choosing an environment chooses its card, unless another one was chosen."""
        values = super().clean()
        kind = values["kind"] = values.get("kind") or (FROM if values.get("origin") else "")
        if not kind and "kind" not in self.errors:
            self.add_error("kind", "Choose what to start with.")
        if kind == FROM and not values.get("origin"):
            self.add_error("origin", "Choose the environment to start from.")
        return values
