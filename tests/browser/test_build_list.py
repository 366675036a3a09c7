"""The list of builds tells by itself what becomes of them, and holds still meanwhile."""

import pytest
from playwright.sync_api import expect

from environments.models import State
from tests.cast import make_build, make_version

pytestmark = pytest.mark.django_db(transaction=True)


def left_edges(page):
    return page.locator("thead th").evaluate_all("cells => cells.map(cell => cell.getBoundingClientRect().left)")


def test_a_row_that_tells_more_by_and_by_moves_no_column(watched, studio, sign_in, vision, alice):
    build = make_build(make_version(vision, "train", author=alice), State.RUNNING)
    sign_in(alice)
    watched.goto(f"{studio}/w/vision/builds/")
    before = left_edges(watched)
    build.enter(
        State.FAILED, error="The step RUN make -C /src/of/everything all ended with exit code 1, and printed much."
    )
    expect(watched.locator("tbody")).to_contain_text("The step RUN make")
    assert left_edges(watched) == before


@pytest.mark.parametrize("width", [320, 1280])
def test_how_busy_the_queue_is_stands_beside_its_icon(watched, studio, sign_in, vision, alice, width):
    for name in ("one", "other"):
        make_build(make_version(vision, name, author=alice), State.QUEUED)
    sign_in(alice)
    watched.set_viewport_size({"width": width, "height": 800})
    watched.goto(f"{studio}/w/vision/builds/")
    icon, words = (watched.locator(f"#queue-line p > {name}").bounding_box() for name in ("svg", "span"))
    assert words["x"] >= icon["x"] + icon["width"]
    assert words["y"] < icon["y"] + icon["height"]
