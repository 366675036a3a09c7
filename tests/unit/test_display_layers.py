from environments.display.layers import of_image

LAYERS = [{"digest": "a", "size": 30}, {"digest": "b", "size": 0, "made_by": "RUN true"}, {"digest": "c", "size": 70}]


def test_layers_of_the_base_are_told_from_those_made_above_it() -> None:
    shown = of_image(LAYERS, {"layers": 1})
    assert [row["is_base"] for row in shown["rows"]] == [True, False, False]
    assert (shown["total"], shown["of_base"], shown["own"]) == (100, 30, 70)
    assert [bar.tone for bar in shown["bars"]] == ["same", "new", "new"]
    assert [row["what"] for row in shown["rows"]] == ["", "RUN true", ""]


def test_of_an_image_whose_base_is_not_known_nothing_is_claimed() -> None:
    assert of_image(LAYERS, {})["of_base"] == 0
    assert of_image([], {})["total"] == 0
