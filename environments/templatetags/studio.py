"""The small parts of every page as template tags; `/styleguide/` shows each. Words and shapes come from display/."""

from datetime import UTC
from itertools import zip_longest

from django import template
from django.utils import timezone
from django.utils.html import format_html
from django.utils.text import slugify

from environments.definitions.catalogue import entry_of
from environments.definitions.fixes import fix_key
from environments.display import figures, smoke, words
from environments.display.layers import of_image
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


@register.inclusion_tag("components/_digest.html")
def digest(value, copy=False):
    """The digest print and the short digest, with a button that copies all of it if asked for."""
    return {"bars": figures.digest_print(value), "value": value, "short": words.short_digest(value), "copy": copy}


@register.inclusion_tag("components/_track.html")
def track(states):
    """The last six versions as nodes; states are keys of words.STATUSES, oldest first."""
    states = [str(state) for state in states][-6:]
    nodes = figures.track(states)
    spoken = ", ".join(words.STATUSES[state].word.lower() for state in states)
    return {"nodes": nodes, "spoken": spoken, "count": len(nodes), "width": 3 + figures.TRACK_STEP * len(nodes)}


@register.inclusion_tag("components/_span.html")
def span(labels, states, before, after):
    """A lineage with the compared stretch drawn in: labels and states oldest first, before and after are two labels."""
    labels = list(labels)
    left, right = sorted((labels.index(before), labels.index(after)))
    nodes = figures.span(labels, [str(state) for state in states], left, right)
    return {"nodes": nodes, "left": nodes[left], "right": nodes[right], "width": nodes[-1].x + 12, "last": nodes[-1]}


@register.inclusion_tag("components/_waterfall.html")
def waterfall(step, build_start, build_end=None):
    """Where a step (with started_at, completed_at, state) lies in the time of its build, which stops what runs."""
    if not step.started_at or not build_start:
        return {"bar": None}
    build_ends = build_end or timezone.now()
    moments = (step.started_at, step.completed_at or build_ends, build_ends)
    start, end, total = ((moment - build_start).total_seconds() for moment in moments)
    tone = "bad" if step.state == "failed" else "" if step.completed_at or build_end else "run"
    return {"bar": figures.waterfall(start, end, total, tone)}


@register.inclusion_tag("components/_progress.html")
def progress(states):
    """One segment per step; states are those of words.step_status."""
    tones = {"done": "done", "succeeded": "done", "running": "run", "failed": "bad"}
    return {"bars": figures.progress([tones.get(str(state), "") for state in states])}


@register.inclusion_tag("components/_spark.html")
def spark(days):
    """The builds of each day, as (good, bad, others), oldest first; the text beside it says what it shows."""
    return {
        "bars": figures.spark(days),
        "width": figures.SPARK_STEP * len(days) - 2,
        "height": figures.SPARK_HEIGHT,
    }


@register.inclusion_tag("components/_layers.html")
def layers(before, after, before_label, after_label):
    """Two images' layers ([{"digest", "size"}]) to one scale, and what a host that has the first downloads."""
    common = {layer["digest"] for layer in before} & {layer["digest"] for layer in after}
    largest = max(_total(before), _total(after))
    rows = [
        _layer_row(before_label, before, common, largest, "old"),
        _layer_row(after_label, after, common, largest, "new"),
    ]
    download = _total(layer for layer in after if layer["digest"] not in common)
    return {"rows": rows, "before": before_label, "after": after_label, "download": download}


@register.inclusion_tag("components/_image_layers.html")
def image_layers(image):
    """The layers of one recorded Image from the base up: a bar to scale, and for each its size and what made it."""
    return of_image(image.layers, image.facts.get("base", {}))


def _total(image):
    return sum(layer["size"] for layer in image)


def _layer_row(label, image, common, largest, tone):
    shared = [layer["digest"] in common for layer in image]
    bars = figures.layer_bars([layer["size"] for layer in image], shared, largest, tone)
    return {"label": label, "size": _total(image), "count": len(image), "bars": bars}


@register.simple_tag
def when(moment):
    """A moment as relative text, the exact time as its title: in UTC, or in the zone a person has chosen."""
    if moment is None:
        return ""
    told = timezone.localtime(moment)
    moment = moment.astimezone(UTC)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>',
        moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        told.strftime("%Y-%m-%d %H:%M:%S %Z"),
        words.ago((timezone.now() - moment).total_seconds()),
    )


@register.simple_tag
def size(count):
    """Bytes as people read them; a dash where there is no number."""
    return "–" if count is None else words.size(count)


@register.simple_tag
def duration(seconds):
    """Seconds as people read them; nothing where there is no number."""
    return "" if seconds is None else words.duration(seconds)


@register.simple_tag
def version_label(name):
    return words.version_label(str(name))


@register.simple_tag
def change(before, after):
    """A new package version, marked from its first component that differs from the one before."""
    if not before or not after:
        return after or "–"
    same, different = words.split_change(before, after)
    return format_html("{}<b>{}</b>", same, different) if different else same


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


@register.filter
def explained(code):
    """The catalogue's entry for the code of a problem."""
    return entry_of(code)


@register.filter
def edit_key(fix):
    """The name under which a form asks for an edit."""
    return fix_key(fix)


@register.filter
def smoke_findings(output):
    """What a smoke test found, read from Build.check_output."""
    return smoke.findings(output)


@register.filter
def step_name(name):
    return words.step_name(name)


@register.filter
def initials(name):
    return words.initials(str(name))


@register.filter
def person(user):
    """How people call a user; what nobody did, the studio did."""
    return (user.get_full_name() or user.get_username()) if user else "the studio"


@register.filter
def plural(count, noun):
    """{{ 2|plural:"build" }} is 2 builds; {{ 2|plural:"copy,copies" }} is 2 copies."""
    return words.plural(count, *noun.split(","))


@register.filter
def soon(seconds):
    return words.soon(seconds)


@register.filter
def late(position):
    return words.late(position)


@register.filter
def busy(load):
    """How many workers are busy, of a services.queue.Load."""
    return words.busy(load.running, load.slots)


@register.filter
def role_word(role):
    return words.ROLES.get(role, role)
