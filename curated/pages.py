"""The catalogue: one card for each curated environment. Its versions have their pages in the workspace `curated`."""

from dataclasses import dataclass
from datetime import date

from django import forms
from django.utils import timezone
from django.views.decorators.http import require_safe

from curated.bundle import bundled_entries
from curated.catalog import Entry
from environments.display import words
from environments.models import CURATED, Image, Version
from environments.pages.fragments import render_page
from environments.permissions import editable_workspaces

PATCHES = {
    "ok": words.Status("Patches until {}", "shield", "ok"),
    "warn": words.Status("Patches end on {}", "warn", "warn"),
    "bad": words.Status("Patches ended on {}", "fail", "bad"),
}


@dataclass(frozen=True)
class Card:
    """What the catalogue shows of one environment; `entry` is None for one the bundle no longer holds."""

    version: Version
    image: Image | None
    entry: Entry | None
    today: date

    @property
    def title(self):
        return self.entry.title if self.entry else self.version.environment.name

    @property
    def support(self):
        """A words.Status saying how long patches come, None where nobody said so."""
        if not self.entry:
            return None
        until = self.entry.support.patches_until
        said = PATCHES[self.entry.support.tone(self.today)]
        return words.Status(said.word.format(f"{until.day} {until:%b %Y}"), said.icon, said.tone)

    def has(self, text):
        """Whether the text is in its name, title, description or definition: the packages asked for."""
        parts = (self.version.environment.name, self.title, self.version.description, self.version.text)
        return any(text.lower() in part.lower() for part in parts)


class FilterForm(forms.Form):
    q = forms.CharField(required=False, max_length=200, label="Name or package")
    use = forms.MultipleChoiceField(required=False)

    def __init__(self, *args, uses, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["use"].choices = [(use, use) for use in uses]

    def chosen(self):
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}


@require_safe
def catalogue(request):
    """Every published environment, searched by ?q= and narrowed by ?use=; ?ws= is where one comes from."""
    cards = _cards()
    uses = sorted({card.entry.use for card in cards if card.entry})
    chosen = FilterForm(request.GET, uses=uses).chosen()
    found = [card for card in cards if card.has(chosen.get("q", ""))]
    shown = [card for card in found if "use" not in chosen or (card.entry and card.entry.use in chosen["use"])]
    context = {
        "cards": shown,
        "total": len(cards),
        "chosen": chosen,
        "uses": [(use, sum(bool(card.entry) and card.entry.use == use for card in found)) for use in uses],
        "may_start": editable_workspaces(request.user).exists(),
    }
    return render_page(request, "curated/catalogue.html", "results", context)


def _cards():
    """A card for each listed environment of the workspace `curated`, in the order of their titles."""
    entries = {entry.name: entry for entry in bundled_entries()}
    newest = Version.objects.newest_of_each().for_pages()
    published = newest.filter(environment__workspace__slug=CURATED, environment__anonymous=False)
    today = timezone.localdate()
    cards = [Card(found, found.image_built, entries.get(found.environment.name), today) for found in published]
    return sorted(cards, key=lambda card: card.title.lower())
