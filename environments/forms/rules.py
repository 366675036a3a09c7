"""The levels of all rules of a workspace, in one form."""

from django import forms

from environments.definitions.catalogue import CATALOGUE, Topic
from environments.definitions.levels import SETTABLE, Level

CHOICES = [(Level.OFF.value, "Off"), (Level.WARN.value, "Warn"), (Level.BLOCK.value, "Block saving")]


class RulesForm(forms.Form):
    """A field for each rule, named by its code; one that was not sent stays as it is."""

    def __init__(self, *args, levels, may_change, **kwargs):
        super().__init__(*args, **kwargs)
        for code in SETTABLE:
            self.fields[code] = forms.ChoiceField(
                label=CATALOGUE[code].title,
                choices=CHOICES,
                initial=levels.get(code, Level.WARN.value),
                required=False,
                disabled=not may_change,
                widget=forms.Select(attrs={"class": "auto"}),
            )

    @property
    def topics(self):
        """[(topic, [(entry, field)])] in the order of the catalogue."""
        rows = [(CATALOGUE[code], self[code]) for code in SETTABLE]
        topics = [(topic, [(entry, field) for entry, field in rows if entry.topic == topic]) for topic in Topic]
        return [(topic, fields) for topic, fields in topics if fields]

    @property
    def wanted(self):
        """{code: level} of a valid form."""
        return {code: level for code, level in self.cleaned_data.items() if level}
