"""The layers of one image as a figure and a table."""

from collections.abc import Iterable, Mapping, Sequence
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
