"""Figures that are drawn: to a scale, along time, or as a lineage. Their shapes come from display/figures.py."""

from django import template
from django.utils import timezone

from environments.display import figures, words
from environments.display.layers import of_image

register = template.Library()


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
def progress(states, is_counted=True):
    """One segment per step; states are those of words.step_status. Until all are known the bar has no end."""
    tones = {"done": "done", "succeeded": "done", "running": "run", "failed": "bad"}
    draw = figures.progress if is_counted else figures.open_progress
    return {"bars": draw([tones.get(str(state), "") for state in states])}


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
