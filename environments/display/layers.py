"""The layers of one image as a figure and a table."""

from collections.abc import Iterable, Mapping, Sequence
from itertools import zip_longest
from typing import Any

from environments.display import figures, words


def of_image(layers: Sequence[Mapping[str, Any]], base: Mapping[str, Any]) -> dict[str, Any]:
    """From Image.layers and what its facts know of the base image: from the base up, sizes in bytes, bars to scale."""
    rows = [
        {**layer, "is_base": number < base.get("layers", 0), "what": words.layer_name(layer.get("made_by", ""))}
        for number, layer in enumerate(layers)
    ]
    total, of_base = _total(rows), _total(row for row in rows if row["is_base"])
    bars = figures.layer_bars([row["size"] for row in rows], [row["is_base"] for row in rows], total, "new")
    return {"rows": rows, "bars": bars, "total": total, "base": base, "of_base": of_base, "own": total - of_base}


def _total(rows: Iterable[Mapping[str, Any]]) -> int:
    return sum(row["size"] for row in rows)


def compared_layers(*images: tuple[Sequence[Mapping[str, Any]], Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Rows of a table of two images' layers, each given with what is known of its base image: what made them, both
    sizes in bytes (None where a side has none), the difference, and whether it is one and the same layer.

    The base image is one row. Layers of the same name are paired in their order.
    """
    old, new = (_named(layers, base) for layers, base in images)
    rows = []
    for name in dict.fromkeys([*new, *old]):
        for before, after in zip_longest(old.get(name, ()), new.get(name, ())):
            sizes = [side and side["size"] for side in (before, after)]
            same = bool(before and after) and before["digest"] == after["digest"]
            difference = (sizes[1] or 0) - (sizes[0] or 0)
            rows.append({"what": name, "old": sizes[0], "new": sizes[1], "difference": difference, "same": same})
    return rows


def _named(layers: Sequence[Mapping[str, Any]], base: Mapping[str, Any]) -> dict[str, list[dict[str, Any]]]:
    count = base.get("layers", 0)
    found: dict[str, list[dict[str, Any]]] = {}
    if count:
        digests = " ".join(layer["digest"] for layer in layers[:count])
        found["Base image"] = [{"digest": digests, "size": _total(layers[:count])}]
    for layer in layers[count:]:
        name = words.layer_name(layer.get("made_by", "")) or "not told"
        found.setdefault(name, []).append(dict(layer))
    return found
