"""How the packages of a lock are spread over layers."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from environments.locking.layers import MOST_LAYERS, SMALL, Layer, in_layers, laid_out, read_layers, write_layers
from environments.locking.pip import pins

HEAVY = {"numpy", "torch"}
names = st.sampled_from(["numpy", "torch", *(f"small{n}" for n in range(40))])
locks = st.dictionaries(names, st.sampled_from(["1", "2"]), max_size=42)


def lock(**versions: str) -> str:
    return "".join(f"{name}=={version} \\\n    --hash=sha256:aa\n" for name, version in sorted(versions.items()))


def texts(text: str, before: dict[str, str] | None = None) -> dict[str, str]:
    return {"pip": text, "layers": write_layers(laid_out(text, HEAVY, before or {}))}


def many(version: str = "1") -> dict[str, str]:
    return {f"small{n}": version for n in range(SMALL + 1)}


def layers_of(locked: dict[str, str]) -> list[str]:
    return [" ".join(name for name, _ in pins(text)) for text in in_layers(locked).values() if text]


def test_the_largest_packages_lie_below_the_others() -> None:
    first = texts(lock(numpy="1", six="1", torch="1"))
    assert in_layers(first) == {"conda": "", "heavy": lock(numpy="1", torch="1"), "pip": lock(six="1")}


def test_what_is_added_goes_on_top_of_what_the_parent_has() -> None:
    first = texts(lock(numpy="1", **many()))
    second = texts(lock(numpy="1", six="1", **many()), first)
    assert layers_of(second)[:2] == layers_of(first)
    assert layers_of(second)[2:] == ["six"]
    third = texts(lock(numpy="1", six="1", tqdm="1", torch="1", **many()), second)
    assert list(in_layers(third)) == ["conda", "heavy", "pip", "heavy-2", "pip-2"]
    assert layers_of(third)[2:] == ["torch", "six tqdm"]


@pytest.mark.parametrize(
    ("changed", "kept"), [({"six": "2"}, 2), ({"small3": "2"}, 1), ({"numpy": "2"}, 0)], ids=["top", "middle", "bottom"]
)
def test_layers_are_kept_up_to_the_first_that_changed(changed: dict[str, str], kept: int) -> None:
    first = texts(lock(numpy="1", **many()))
    second = texts(lock(numpy="1", six="1", **many()), first)
    third = texts(lock(**({"numpy": "1", "six": "1", **many()} | changed)), second)
    pairs = zip(layers_of(second), layers_of(third), strict=False)
    same = [one for one, other in pairs if one == other and not set(changed) & set(one.split())]
    assert len(same) == kept


def test_a_small_top_layer_is_made_anew_rather_than_covered() -> None:
    first = texts(lock(numpy="1", six="1"))
    assert layers_of(texts(lock(numpy="1", six="1", tqdm="1"), first)) == ["numpy", "six tqdm"]


def test_layers_do_not_pile_up_for_ever() -> None:
    versions = {"numpy": "1"} | many()
    locked = texts(lock(**versions))
    for step in range(5 * MOST_LAYERS):
        versions |= {f"new{step}x{n}": "1" for n in range(SMALL + 1)}
        locked = texts(lock(**versions), locked)
        assert len(layers_of(locked)) <= MOST_LAYERS + 2


def test_a_lock_without_layers_is_one() -> None:
    assert in_layers({"pip": lock(six="1"), "conda": "c"}) == {"conda": "c", "pip": lock(six="1")}


def test_options_stand_in_every_layer() -> None:
    text = "--index-url https://index.example/simple\n" + lock(numpy="1", six="1")
    assert all(layer.startswith("--index-url") for name, layer in in_layers(texts(text)).items() if name != "conda")


@given(locks, locks)
def test_the_layers_hold_the_lock_and_nothing_else(before: dict[str, str], after: dict[str, str]) -> None:
    found = in_layers(texts(lock(**after), texts(lock(**before))))
    assert sorted(pin for text in found.values() for pin in pins(text)) == sorted(after.items())


@given(st.lists(st.builds(Layer, st.booleans(), st.lists(names, min_size=1).map(tuple))))
def test_layers_are_read_as_they_were_written(layers: list[Layer]) -> None:
    assert read_layers(write_layers(layers)) == layers
