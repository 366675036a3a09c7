"""What stands on a page behind much else is reached by a few keys."""

import pytest
from playwright.sync_api import expect

from tests.browser.keyboard import Keyboard
from tests.cast import make_user, make_version

pytestmark = pytest.mark.django_db(transaction=True)
MANY = 30


def test_the_environments_stand_behind_their_filters_and_are_reached_past_them(watched, studio, sign_in, alice, vision):
    for number in range(MANY):
        make_version(vision, f"env-{number}", author=make_user(f"owner-{number}"))
    sign_in(alice)
    keys = Keyboard(watched)
    watched.goto(f"{studio}/w/vision/")
    newest = watched.locator("#results").get_by_role("link", name=f"env-{MANY - 1}", exact=True)
    keys.reach(newest, skip="Skip to the environments")
    keys.press("Enter")
    watched.wait_for_url(f"**/env/env-{MANY - 1}/v/1/")


def test_enter_on_a_card_goes_on_and_enter_in_the_search_looks(watched, studio, sign_in, alice, vision):
    make_version(vision, "first")
    make_version(vision, "second")
    sign_in(alice)
    keys = Keyboard(watched)
    watched.goto(f"{studio}/w/vision/new/")
    keys.reach(watched.get_by_label("Search environments"))
    keys.type("second")
    keys.press("Enter")
    watched.wait_for_url("**/w/vision/new/?*q=second*")
    expect(watched.locator("#origins label")).to_have_count(1)
    keys.reach(watched.get_by_role("radio", name="second"))
    keys.press("Space")
    keys.press("Enter")
    watched.wait_for_url("**/w/vision/new/**from=vision*second*")
