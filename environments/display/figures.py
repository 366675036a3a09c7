"""Where the parts of the small pictures stand: digest print, version track, waterfall, layer bars. Pure geometry."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

PRINT_HEIGHT = 12
TRACK_STEP, SPAN_STEP = 11, 32
WATERFALL_WIDTH, SHORTEST_BAR = 136, 4
SPARK_HEIGHT, SPARK_STEP = 28, 6
LAYERS_WIDTH, LAYER_GAP, SEGMENT_GAP = 1000, 3, 5
OPEN_SEGMENT, DASH = 80, 6
NODES = {"failed": "bad"} | dict.fromkeys(("queued", "starting", "running", "exporting", "cancelling", "stuck"), "run")
NEVER_BUILT = {"cancelled", "unbuilt", "lost"}


@dataclass(frozen=True, slots=True)
class Bar:
    """A rectangle and the class that colours it."""

    x: float
    y: float
    width: float
    height: float
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Node:
    """A version on a track: where, which class, how large; halo marks the newest ready one."""

    x: int
    tone: str
    radius: float
    halo: bool = False
    label: str = ""


def digest_print(digest: str) -> list[Bar]:
    """Eight bars from the first eight hex digits, the first tallest marked "on". Fewer digits, fewer bars."""
    digits = [int(digit, 16) for digit in digest.rpartition(":")[2][:8] if digit in "0123456789abcdef"]
    tallest = digits.index(max(digits)) if digits else None
    heights = [round(3 + digit * (PRINT_HEIGHT - 3) / 15) for digit in digits]
    return [
        Bar(3 * place, PRINT_HEIGHT - height, 2, height, "on" if place == tallest else "")
        for place, height in enumerate(heights)
    ]


def node_tone(state: str) -> str:
    """The class of a version's node: "" ready, "bad", "run", or "none" for one that never had an image."""
    return "none" if state in NEVER_BUILT else NODES.get(state, "")


def track(states: Sequence[str]) -> list[Node]:
    """A node per version, oldest first; the last one is "now" if it is ready."""
    last = len(states) - 1
    nodes = []
    for place, state in enumerate(states):
        tone = node_tone(state)
        now = place == last and not tone
        nodes.append(Node(6 + TRACK_STEP * place, "now" if now else tone, 3.5 if now else 3 if tone else 2.5, now))
    return nodes


def span(labels: Sequence[str], states: Sequence[str], left: int, right: int) -> list[Node]:
    """A node per version of a lineage; `left` and `right` are the places of the two that are compared."""
    return [
        Node(12 + SPAN_STEP * place, "now", 4.5, place == right, label)
        if place in (left, right)
        else Node(12 + SPAN_STEP * place, node_tone(state), 3, False, label)
        for place, (label, state) in enumerate(zip(labels, states, strict=True))
    ]


def spark(days: Sequence[tuple[int, int, int]]) -> list[Bar]:
    """Bars of counted days, (good, bad, others) each: what failed stands below, and what is there can be seen."""
    scale = SPARK_HEIGHT / max(1, *(sum(day) for day in days))
    bars = []
    for place, (good, bad, others) in enumerate(days):
        failed = max(round(bad * scale, 1), 2) if bad else 0
        rest = max(round((good + others) * scale, 1), 2) if good + others else 0
        top = SPARK_HEIGHT - min(failed + rest, SPARK_HEIGHT)
        if rest:
            bars.append(Bar(SPARK_STEP * place, top, SPARK_STEP - 2, SPARK_HEIGHT - top - failed))
        if failed:
            bars.append(Bar(SPARK_STEP * place, SPARK_HEIGHT - failed, SPARK_STEP - 2, failed, "bad"))
    return bars


def waterfall(start: float, end: float, total: float, tone: str = "") -> Bar:
    """The place in time of one step; start, end and total are seconds since the build began. Never too short to see."""
    scale = WATERFALL_WIDTH / max(total, 0.001)
    width = min(max((end - start) * scale, SHORTEST_BAR), WATERFALL_WIDTH)
    x = min(max(start * scale, 0), WATERFALL_WIDTH - width)
    return Bar(round(x, 1), 1, round(width, 1), 6, tone)


def progress(tones: Sequence[str]) -> list[Bar]:
    """Equal segments for steps, each with its class: "done", "run", "bad" or ""."""
    width = (LAYERS_WIDTH + SEGMENT_GAP) / max(len(tones), 1)
    return [Bar(round(place * width, 1), 0, round(width - SEGMENT_GAP, 1), 6, tone) for place, tone in enumerate(tones)]


def open_progress(tones: Sequence[str]) -> list[Bar]:
    """The same while nobody knows how many will come: short segments, and dashes up to the end."""
    width = min(OPEN_SEGMENT, LAYERS_WIDTH / 2 / max(len(tones), 1))
    bars = [Bar(round(place * width, 1), 0, round(width - SEGMENT_GAP, 1), 6, tone) for place, tone in enumerate(tones)]
    first = round(len(tones) * width) + DASH
    return [*bars, *(Bar(x, 0, DASH, 6) for x in range(first, LAYERS_WIDTH - DASH + 1, 2 * DASH))]


def layer_bars(sizes: Sequence[int], shared: Sequence[bool], largest: int, tone: str) -> list[Bar]:
    """One bar per layer, on the scale of the larger image (bytes); layers both images have are "same"."""
    scale = (LAYERS_WIDTH - LAYER_GAP * len(sizes)) / max(largest, 1)
    widths = [max(size * scale, 1) for size in sizes]
    starts = [0.0]
    for width in widths:
        starts.append(starts[-1] + width + LAYER_GAP)
    return [
        Bar(round(x, 1), 0, round(after - x - LAYER_GAP, 1), 22, "same" if same else tone)
        for (x, after), same in zip(pairwise(starts), shared, strict=True)
    ]
