"""Keys and the search on every page, and what a script adds to the pages for a new environment."""

import re

import pytest
from playwright.sync_api import expect

from environments.models import State
from tests.cast import make_build, make_version

pytestmark = pytest.mark.django_db(transaction=True)


def test_the_slash_key_leads_to_what_is_looked_for(watched, studio, sign_in, vision, alice):
    make_build(make_version(vision, "train", author=alice), packages=[("pip", "numpy", "1.26.4")])
    sign_in(alice)
    watched.goto(f"{studio}/w/vision/")
    watched.keyboard.press("/")
    watched.keyboard.type("numpy<2")
    watched.keyboard.press("Enter")
    expect(watched).to_have_url(f"{studio}/search/?q=numpy%3C2&ws=vision")
    expect(watched.locator("#results")).to_contain_text("numpy 1.26.4")
    watched.get_by_label("Name, tag, package, version or build").fill("train")
    expect(watched).to_have_url(f"{studio}/search/?q=train&ws=vision")
    expect(watched.locator("#results mark")).to_have_text("train")
    watched.go_back()
    expect(watched.locator("#results")).to_contain_text("numpy 1.26.4")


def test_on_a_narrow_page_the_slash_key_opens_the_search(watched, studio, sign_in, vision, alice):
    sign_in(alice)
    watched.set_viewport_size({"width": 320, "height": 700})
    watched.goto(f"{studio}/w/vision/builds/")
    watched.keyboard.press("/")
    expect(watched).to_have_url(f"{studio}/search/?ws=vision")


def test_on_a_narrow_page_a_long_title_stays_beside_its_icon(watched, studio, sign_in, vision, alice):
    said = '{"problem": "The engine had no room."}'
    build = make_build(make_version(vision, "train", author=alice), check_output=said)
    sign_in(alice)
    watched.set_viewport_size({"width": 320, "height": 700})
    watched.goto(studio + build.get_absolute_url())
    icon, title = (watched.locator(f"#smoke > summary > {part}").bounding_box() for part in (".i", "h2"))
    assert title["y"] < icon["y"] + icon["height"]
    assert title["x"] > icon["x"]


def test_keys_lead_around_until_they_are_switched_off(watched, studio, sign_in, vision, alice):
    version = make_version(vision, "train", author=alice)
    sign_in(alice)
    watched.goto(studio + version.get_absolute_url())
    for keys, place in (
        ("gb", "/w/vision/builds/"),
        ("c", "/w/vision/new/"),
        ("ge", "/w/vision/"),
        ("gc", "/curated/?ws=vision"),
    ):
        for key in keys:
            watched.keyboard.press(key)
        expect(watched).to_have_url(studio + place)
    watched.keyboard.press("?")
    expect(watched.get_by_role("dialog", name="Keyboard")).to_be_visible()
    watched.keyboard.press("Escape")
    watched.goto(f"{studio}/profile/")
    watched.locator("#id_shortcuts").uncheck()
    watched.get_by_role("button", name="Save").click()
    expect(watched.locator(".banner")).to_contain_text("Kept for this browser.")
    watched.goto(f"{studio}/w/vision/")
    watched.keyboard.press("?")
    expect(watched.get_by_role("dialog", name="Keyboard")).to_be_hidden()


def test_builds_are_narrowed_as_one_chooses_and_back_leads_back(watched, studio, sign_in, vision, alice):
    make_build(make_version(vision, "train", author=alice))
    make_build(make_version(vision, "serve", author=alice), State.FAILED, error="no")
    sign_in(alice)
    watched.goto(f"{studio}/w/vision/builds/")
    watched.get_by_label("Status").select_option("failed")
    expect(watched.locator("tbody tr")).to_have_count(1)
    expect(watched).to_have_url(f"{studio}/w/vision/builds/?state=failed")
    watched.go_back()
    expect(watched.locator("tbody tr")).to_have_count(2)


def test_an_environment_to_start_from_is_found_as_one_types(watched, studio, sign_in, vision, alice):
    for number in range(12):
        make_version(vision, f"env-{number:02}", author=alice)
    sign_in(alice)
    watched.goto(f"{studio}/w/vision/new/")
    watched.get_by_label("Search environments").fill("env-11")
    watched.get_by_label(re.compile("env-11")).check()
    watched.get_by_role("button", name="Continue").click()
    expect(watched).to_have_url(f"{studio}/w/vision/new/pip/?from=vision%2Fenv-11%3A1")


def test_an_edit_is_saved_only_once_something_changed(watched, studio, sign_in, vision, alice):
    version = make_version(vision, "train", "numpy==2.1.0", author=alice)
    sign_in(alice)
    watched.goto(f"{studio}{version.get_absolute_url()}edit/")
    save = watched.get_by_role("button", name="Save and build")
    expect(save).to_be_disabled()
    watched.locator(".cm-content").click()
    watched.keyboard.press("Control+End")
    watched.keyboard.type("six==1.17.0")
    expect(save).to_be_enabled()
