"""The catalogue's filters in a browser: what they leave, the address they make, and the way back."""

import pytest
from playwright.sync_api import expect

from curated.bundle import bundled_entries
from curated.sync import publish_catalogue

pytestmark = pytest.mark.django_db(transaction=True)


def test_filters_narrow_count_and_can_be_gone_back_from(watched, studio, sign_in, alice, vision):
    publish_catalogue(bundled_entries())
    sign_in(alice)
    page = watched
    page.goto(f"{studio}/curated/?ws=vision")
    cards = page.locator(".card")
    expect(cards).to_have_count(3)
    page.get_by_label("Training").check()
    expect(cards).to_have_count(1)
    assert page.url.endswith("/curated/?ws=vision&use=training")
    expect(page.get_by_label("Training")).to_be_focused()
    expect(page.get_by_label("NumPy")).to_have_count(0)
    page.get_by_label("Training").uncheck()
    expect(cards).to_have_count(3)
    page.get_by_label("Name or package").fill("matplotlib")
    expect(cards).to_have_count(1)
    page.wait_for_url("**q=matplotlib")
    page.get_by_role("link", name="scientific-python").first.click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Scientific Python")
    page.go_back()
    expect(cards).to_have_count(1)
    expect(page.get_by_label("Name or package")).to_have_value("matplotlib")
    page.go_back()
    expect(cards).to_have_count(3)
    expect(page.locator("#groups")).to_have_count(1)


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_filters_work_without_javascript(watched, studio, sign_in, alice, vision):
    publish_catalogue(bundled_entries())
    sign_in(alice)
    page = watched
    page.goto(f"{studio}/curated/?ws=vision")
    page.get_by_label("Training").check()
    page.get_by_role("button", name="Apply").click()
    expect(page.locator(".card")).to_have_count(1)
    page.get_by_role("link", name="Use scikit-learn").click()
    expect(page.locator("main")).to_contain_text("No image yet")
