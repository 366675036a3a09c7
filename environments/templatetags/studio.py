"""The small parts of every page as template tags; `/styleguide/` shows each. Words and shapes come from display/."""

from itertools import zip_longest

from django import template
from django.utils.html import format_html
from django.utils.text import slugify

from environments.display import words
from environments.templatetags.drawing import drawn_icon

register = template.Library()


@register.simple_tag
def icon(name, label="", classes=""):
    """An icon of the sprite: beside a word without `label`, alone with it."""
    return drawn_icon(name, label, classes)


@register.simple_tag
def status(state, boxed=False):
    """Icon, word and colour of a key of words.STATUSES (or of a words.Status); boxed in headings."""
    state = as_status(state)
    classes = " ".join(part for part in ("status", state.tone, "boxed" if boxed else "") if part)
    return format_html('<span class="{}">{}{}</span>', classes, status_icon(state), state.word)


@register.simple_tag
def status_icon(state, label=False):
    """Only the icon of a state, turning while it is alive; `label` names it for those who cannot see it."""
    state = as_status(state)
    classes = " ".join(
        part for part in ("spin" if state.icon == "loader" else "", f"c-{state.tone}" if state.tone else "") if part
    )
    return icon(state.icon, state.word if label else "", classes)


def as_status(state):
    return state if isinstance(state, words.Status) else words.STATUSES[str(state)]


@register.simple_tag
def step_icon(state, ended=False):
    """The icon of a build step in this state; ended: its build is over."""
    return status_icon(words.step_status(str(state), ended=ended), label=True)


@register.simple_tag
def kind(name):
    """Icon and word of a kind of definition."""
    return format_html('<span class="cluster nowrap">{}{}</span>', icon(words.KINDS[name].icon), words.KINDS[name].word)


@register.simple_tag
def change_status(kind):
    """The words.Status of a kind of package change, for {% change_status change.kind as found %}."""
    return words.CHANGES[str(kind)]


@register.simple_tag
def glyph(kind, count=None):
    """The sign of a kind of package change; with a count it says how many there are."""
    found = words.CHANGES[str(kind)]
    sign = format_html('<span class="glyph {}">{}</span>', found.tone, icon(found.icon))
    return (
        sign if count is None else format_html('<span class="change">{}{} {}</span>', sign, count, found.word.lower())
    )


@register.simple_tag
def turn_glyph(kind):
    """The sign of a turn in the story of a package, as that of the change it is."""
    return glyph({"up": "updated", "down": "downgraded", "asked": "channel", "pulled": "channel"}.get(kind, kind))


@register.inclusion_tag("components/_crumbs.html")
def crumbs(*pairs):
    """A breadcrumb: label, address, label, address, ...; a last label without address is the page itself."""
    return {"crumbs": list(zip_longest(pairs[::2], pairs[1::2], fillvalue=""))}


@register.inclusion_tag("components/_tree.html")
def tree(files):
    """A file tree from [{"path", "size"}, ...]; a file with `reason` was refused, or is of its `tone`."""
    root: dict = {}
    for file in files:
        *folders, name = file["path"].split("/")
        place = root
        for folder in folders:
            place = place.setdefault(f"{folder}/", {})
        place[name] = file
    return {"entries": _entries(root), "outermost": True}


def _entries(folder):
    """Folders first, then files, each by name."""
    folders = [
        {"name": name[:-1], "entries": _entries(inside)} for name, inside in sorted(folder.items()) if name[-1:] == "/"
    ]
    return folders + [{"name": name, "file": file} for name, file in sorted(folder.items()) if name[-1:] != "/"]


@register.simple_block_tag
def panel(content, title, id="", note=""):
    """A titled box around what stands inside: {% panel "Steps" id="steps" note="11" %} ... {% endpanel %}."""
    id = id or slugify(title)
    note = format_html('<span class="end sm muted">{}</span>', note) if note else ""
    return format_html(
        '<section class="panel" aria-labelledby="{0}"><header><h2 id="{0}">{1}</h2>{2}</header>{3}</section>',
        id,
        title,
        note,
        content,
    )


@register.simple_block_tag
def banner(content, tone="info", name=""):
    """A sentence across the page: info, ok, warn or bad; name is another icon than the tone's own."""
    icons = {"info": "info", "ok": "check", "warn": "warn", "bad": "fail"}
    return format_html(
        '<div class="banner {}">{}<div class="grow">{}</div></div>', tone, icon(name or icons[tone]), content
    )
