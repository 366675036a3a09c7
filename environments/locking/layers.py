"""Which packages of a pip lock share a layer of the image. A matter of speed alone: what is installed is the same.

The largest packages lie lowest, in a layer that environments with the same ones share. What a new version adds goes
into a layer of its own on top of those that its parent has, so that an edit installs, and stores, only what is new.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from packaging.utils import canonicalize_name

from environments.locking import pip

SMALL = 20  # packages: a top layer of no more is made anew rather than covered by another
MOST_LAYERS = 8  # then the next version starts from two again
LIGHT, HEAVY = "pip", "heavy"  # what the names of layers begin with, see render()


@dataclass(frozen=True, slots=True)
class Layer:
    """The normalised names of the packages installed together, and whether they are large ones."""

    heavy: bool
    names: tuple[str, ...]


def laid_out(lock: str, heavy: Collection[str], before: Mapping[str, str]) -> list[Layer]:
    """The layers of a lock, lowest first. `heavy` are names, `before` the texts of the parent's lock, {} without one.

    The parent's layers are kept up to the first that holds something which is not in this lock just so.
    """
    packages, earlier = _by_name(lock), _by_name(before.get("pip", ""))
    kept: list[Layer] = []
    for layer in read_layers(before.get("layers", "")):
        if any(packages.get(name) != earlier.get(name, "") for name in layer.names):
            break
        kept.append(layer)
    if len(kept) >= MOST_LAYERS:
        kept = []
    if kept and not kept[-1].heavy and len(kept[-1].names) <= SMALL:
        kept.pop()
    placed = {name for layer in kept for name in layer.names}
    rest = [name for name in packages if name not in placed]
    new = [Layer(large, tuple(name for name in rest if (name in heavy) is large)) for large in (True, False)]
    return kept + [layer for layer in new if layer.names]


def write_layers(layers: Iterable[Layer]) -> str:
    """One layer a line: its kind, then its names."""
    return "".join(f"{' '.join([HEAVY if layer.heavy else LIGHT, *layer.names])}\n" for layer in layers)


def read_layers(text: str) -> list[Layer]:
    """What write_layers() wrote."""
    return [Layer(kind == HEAVY, tuple(names)) for kind, *names in map(str.split, text.splitlines())]


def in_layers(texts: Mapping[str, str]) -> dict[str, str]:
    """The texts of a lock as they are installed one after the other: "conda", then "heavy", "pip", "heavy-2" ..."""
    found = {"conda": texts.get("conda", "")}
    rest = texts.get("pip", "")
    layers = read_layers(texts.get("layers", "")) or [Layer(heavy=False, names=())]
    for layer in layers[:-1]:
        chosen, rest = pip.split(rest, layer.names)
        found[_next_name(layer, found)] = chosen
    found[_next_name(layers[-1], found)] = rest
    return found


def _next_name(layer: Layer, taken: Mapping[str, str]) -> str:
    name = HEAVY if layer.heavy else LIGHT
    count = sum(one.partition("-")[0] == name for one in taken)
    return f"{name}-{count + 1}" if count else name


def _by_name(lock: str) -> dict[str, str]:
    """{normalised name: its lines} of each package in a lock; a name that stands twice, for two markers, has both."""
    found: dict[str, str] = {}
    for entry in pip.entries(lock):
        if name := pip.name_of(entry):
            found[canonicalize_name(name)] = found.get(canonicalize_name(name), "") + entry
    return found
