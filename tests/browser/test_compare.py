"""Choosing and comparing versions in a browser: with the keyboard alone, with htmx, and without JavaScript."""

import re

import pytest
from playwright.sync_api import expect

from tests.cast import make_build, make_version, make_workspace

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def long(vision):
    """30 built versions of vision/train and one of curated/base."""
    make_build(make_version(make_workspace("curated"), "base", "numpy"), packages=[("pip", "numpy", "1.26.0")])
    for number in range(30):
        packages = [("pip", "numpy", f"2.{number}"), *(("pip", f"p{n}", str(number // 20)) for n in range(60))]
        make_build(make_version(vision, "train", f"x=={number}"), packages=packages)


def test_any_two_versions_of_a_long_history_are_compared_by_keyboard(watched, studio, sign_in, alice, long):
    sign_in(alice)
    page = watched
    page.goto(f"{studio}/w/vision/env/train/versions/")
    page.get_by_role("link", name="Load 25 more").focus()
    page.keyboard.press("Enter")
    oldest = page.get_by_label("From v1", exact=True)
    oldest.focus()
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    expect(oldest).to_be_checked()
    expect(page.get_by_label("To v30", exact=True)).to_be_checked()
    page.get_by_role("button", name="Compare").focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/compare/1...30/")
    expect(page.locator("h1")).to_have_text("train v1 to v30")


def test_packages_are_narrowed_in_place(watched, studio, sign_in, alice, long):
    sign_in(alice)
    page = watched
    page.goto(f"{studio}/w/vision/env/train/compare/1...30/")
    page.get_by_role("link", name="Show 11 more").click()
    expect(page.locator(".pkgs tbody tr")).to_have_count(61)
    page.get_by_role("link", name=re.compile("Major")).click()
    expect(page.locator(".pkgs tbody tr")).to_have_count(50)
    assert page.url.endswith("?only=major")
    page.go_back()
    expect(page.locator(".pkgs tbody tr")).to_have_count(61)


def choose(page, studio):
    page.goto(f"{studio}/compare/choose/?from=curated/base:1")
    page.locator("#to_ws").select_option("vision")
    page.locator("#to_env").fill("train")


def test_each_choice_offers_the_next(watched, studio, sign_in, alice, long):
    sign_in(alice)
    page = watched
    choose(page, studio)
    page.locator("#to_env").press("Tab")
    expect(page.locator("#to_version")).to_have_value("30")
    expect(page.locator(".htmx-settling")).to_have_count(0)  # htmx hears nothing of what it put in until then
    page.locator("#to_version").select_option("3")
    expect(page).to_have_url(re.compile("to_version=3$"))
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/compare/?from=*")
    expect(page.locator("h1")).to_have_text("curated/base v1 to vision/train v3")


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_versions_are_chosen_without_javascript(watched, studio, sign_in, alice, long):
    sign_in(alice)
    page = watched
    choose(page, studio)
    page.get_by_role("button", name="Show versions").click()
    page.locator("#to_version").select_option("3")
    page.get_by_role("button", name="Compare").click()
    page.wait_for_url("**/compare/?from=*")
    page.get_by_role("link", name="Others…").click()
    expect(page.locator("#to_version")).to_have_value("3")
