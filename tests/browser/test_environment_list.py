"""The list of environments is narrowed, sorted and gone back to without a page being loaded."""

import re

import pytest
from playwright.sync_api import expect

from environments.models import State
from tests.cast import make_build, make_version

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def listed(watched, studio, sign_in, vision, alice):
    """The list of a ready, a failed and an unbuilt environment."""
    make_build(make_version(vision, "ready-one", "torch", author=alice), packages=[("pip", "torch", "2.8.0")])
    make_build(make_version(vision, "broken", author=alice), State.FAILED, error="no")
    make_version(vision, "idle", author=alice)
    sign_in(alice)
    watched.goto(f"{studio}/w/vision/")
    return watched


def names(page):
    return page.locator("tbody .name")


def box(page, name):
    return page.get_by_role("checkbox", name=name)


def test_counts_follow_what_is_chosen_and_the_box_keeps_the_focus(listed):
    box(listed, "PyTorch").check()
    expect(names(listed)).to_have_text(["ready-one"])
    expect(listed).to_have_url(re.compile(r"/w/vision/\?framework=PyTorch$"))
    expect(listed.locator("#facets label", has_text="Ready").locator(".count")).to_have_text("1")
    expect(listed.locator("#facets label", has_text="Failed")).to_have_count(0)
    expect(box(listed, "PyTorch")).to_be_focused()
    expect(listed.locator("#announce")).to_have_text("1 environment")


def test_an_order_stays_when_a_filter_is_added_and_back_undoes_the_filter(listed):
    listed.get_by_role("link", name="Name").click()
    expect(names(listed)).to_have_text(["broken", "idle", "ready-one"])
    box(listed, "Ready").check()
    expect(names(listed)).to_have_text(["ready-one"])
    expect(listed).to_have_url(re.compile(r"/w/vision/\?status=ready&sort=name$"))
    listed.go_back()
    expect(names(listed)).to_have_text(["broken", "idle", "ready-one"])
    expect(box(listed, "Ready")).not_to_be_checked()
    listed.go_forward()
    expect(names(listed)).to_have_text(["ready-one"])
    expect(box(listed, "Ready")).to_be_checked()


def test_what_was_typed_is_searched_and_can_be_taken_away(listed):
    listed.get_by_label("Filter by name, tag or package").fill("torch>=2")
    expect(listed.locator("tbody mark")).to_have_text("has torch 2.8.0")
    listed.get_by_role("link", name="Remove filter: “torch>=2”").click()
    expect(names(listed)).to_have_count(3)
    expect(listed.get_by_label("Filter by name, tag or package")).to_have_value("")


def test_on_a_phone_a_version_without_an_image_has_its_ring_and_nothing_ends_in_a_dot(listed):
    listed.set_viewport_size({"width": 320, "height": 700})
    row = listed.locator("tbody tr", has_text="idle")
    expect(row.locator("circle.none")).to_be_visible()
    empty = "[...document.querySelectorAll('td .sub:empty')].map((sub) => getComputedStyle(sub, '::before').content)"
    assert set(listed.evaluate(empty)) == {"none"}


def test_no_column_moves_with_what_is_listed_and_the_heading_counts_it(listed):
    places = "heads => heads.map(head => head.getBoundingClientRect().x)"
    before = listed.locator("thead th").evaluate_all(places)
    expect(listed.locator("#shown")).to_have_text("3")
    box(listed, "Failed").check()
    expect(names(listed)).to_have_text(["broken"])
    expect(listed.locator("#shown")).to_have_text("1 of 3")
    assert listed.locator("thead th").evaluate_all(places) == before
