"""The catalogue: one card for each curated environment."""

from dataclasses import dataclass

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponseRedirect
from django.views.decorators.http import require_http_methods

from curated.bundle import bundled_entries
from curated.catalog import Entry
from curated.support import patches_of, tone_of
from curated.sync import publish_catalogue
from environments.display import words
from environments.forms.fields import FacetForm
from environments.models import CURATED, Environment, Image, Version, Workspace
from environments.models.listing import hold
from environments.pages.fragments import render_results, wants_part
from environments.pages.search import Search
from environments.permissions import editable_workspaces, require_site_admin
from environments.services.audit import record
from environments.services.setup import ensure_workspaces

TONES = ("ok", "warn", "bad")  # the best looked after first
FACETS = {"use": "Use", "framework": "Framework", "accelerator": "Accelerator"}
SORTS = {"recommended": "Recommended", "newest": "Newest", "smallest": "Smallest"}
ALL, HERE = "all", "yes"


@dataclass
class Card:
    """What the catalogue shows of one environment; `entry` is None for one the bundle no longer holds.

    `hit` says which package a search found in its image.
    """

    version: Version
    image: Image | None
    entry: Entry | None
    hit: str = ""

    @property
    def title(self):
        return self.entry.title if self.entry else self.version.environment.name

    @property
    def support(self):
        return patches_of(self.entry)

    @property
    def tone(self):
        return tone_of(self.entry)

    @property
    def is_here(self):
        return bool(self.image and not self.image.removed_at)

    def value(self, facet):
        """What it counts as in a facet; "" for nothing."""
        if facet == "use":
            return self.entry.use if self.entry else ""
        return self.version.tags.get(facet, "")

    def has(self, text):
        """Whether the text is in its name, title, description or definition: the packages asked for."""
        parts = (self.version.environment.name, self.title, self.version.description, self.version.text)
        return any(text.lower() in part.lower() for part in parts)

    def fits(self, chosen, but=""):
        """Whether it passes the filters; `but` names one that is left out."""
        if but != "support" and chosen.get("support") != ALL and self.tone == "bad":
            return False
        if but != "here" and "here" in chosen and not self.is_here:
            return False
        return all(self.value(facet) in chosen[facet] for facet in FACETS if facet in chosen and facet != but)


class FilterForm(FacetForm):
    q = forms.CharField(required=False, max_length=200, label="Name or package")
    support = forms.ChoiceField(required=False, choices=[(ALL, ALL)])
    here = forms.ChoiceField(required=False, choices=[(HERE, HERE)])
    sort = forms.ChoiceField(required=False, choices=SORTS.items())

    def __init__(self, *args, cards, **kwargs):
        super().__init__(*args, **kwargs)
        for facet in FACETS:
            values = sorted({card.value(facet) for card in cards} - {""})
            self.fields[facet] = forms.MultipleChoiceField(required=False, choices=[(value, value) for value in values])


@require_http_methods(["GET", "HEAD", "POST"])
def catalogue(request):
    """Every published environment, searched and narrowed; ?ws= is where one comes from. POST loads the bundle."""
    if request.method == "POST":
        return _load(request)
    cards = _cards()
    chosen = FilterForm(request.GET, cards=cards).chosen()
    found, unread = _found(cards, chosen.get("q", ""))
    shown = sorted((card for card in found if card.fits(chosen)), key=_order(chosen.get("sort")))
    part = wants_part(request)
    context = {
        "part": part,
        "cards": shown,
        "total": len(cards),
        "chosen": chosen,
        "unread": unread,
        "filters": sum(name in chosen for name in ("support", "here", *FACETS)),
        "sorts": SORTS.items(),
        "facets": [_facet(name, found, chosen) for name in FACETS],
        "supported": sum(card.tone != "bad" for card in found if card.fits(chosen, but="support")),
        "with_ended": sum(card.fits(chosen, but="support") for card in found),
        "here": sum(card.is_here for card in found if card.fits(chosen, but="here")),
        "may_start": editable_workspaces(request.user).exists(),
        "came_from": {"ws": request.GET["ws"]} if request.GET.get("ws") else {},
    }
    return render_results(request, "curated/catalogue.html", context, context["came_from"] | chosen)


@transaction.atomic
def _load(request):
    """Publish what comes with the studio."""
    require_site_admin(request.user)
    ensure_workspaces()
    hold(Environment.objects.filter(workspace__slug=CURATED).values_list("pk", flat=True))
    created = [str(version) for version, is_new in publish_catalogue(bundled_entries()) if is_new]
    record(request.user, "curated.load", CURATED, Workspace.objects.get(slug=CURATED), published=created)
    messages.success(request, f"Published {words.plural(len(created), 'environment')}.")
    return HttpResponseRedirect(request.path, status=303)


def _cards():
    """A card for each listed environment of the workspace `curated`."""
    entries = {entry.name: entry for entry in bundled_entries()}
    newest = Version.objects.newest_of_each().for_pages()
    published = newest.filter(environment__workspace__slug=CURATED, environment__anonymous=False)
    return [Card(found, found.image_built, entries.get(found.environment.name)) for found in published]


def _found(cards, text):
    """(the cards that answer the text, each with the package of its image that does; what could not be read of it)."""
    if not text:
        return cards, ""
    search = Search(text, Workspace.objects.filter(slug=CURATED))
    environments = {card.version.environment_id: card.version.environment for card in cards}
    reasons = search.reasons(environments.values())
    for card in cards:
        card.hit = ", ".join(reasons.get(card.version.environment_id, ()))
    found = set()
    if search.terms:
        found.update(search.narrow(Environment.objects.filter(pk__in=environments)).values_list("pk", flat=True))
    shown = [card for card in cards if card.version.environment_id in found or card.has(text)]
    return shown, " ".join(search.unread)


def _order(sort):
    """The key to sort cards by. Recommended are those that are looked after and lie here, by title."""
    if sort == "newest":
        return lambda card: -card.version.created_at.timestamp()
    if sort == "smallest":
        return lambda card: (card.image is None, card.image.size if card.image else 0, card.title.lower())
    return lambda card: (TONES.index(card.tone), not card.is_here, card.title.lower())


def _facet(name, found, chosen):
    """A group of checkboxes, each with how many cards it would leave under the other filters."""
    fitting = [card.value(name) for card in found if card.fits(chosen, but=name)]
    values = sorted({*fitting, *chosen.get(name, [])} - {""})
    choices = [(value, fitting.count(value), value in chosen.get(name, [])) for value in values]
    return {"name": name, "label": FACETS[name], "choices": choices}
