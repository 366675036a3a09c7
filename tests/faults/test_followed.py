"""Somebody follows a build whose worker dies: the page tells all of it, without being loaded again."""

import pytest
from playwright.sync_api import expect

from tests.faults.sleeper import Sleeper
from tests.faults.studio import TOKEN

pytestmark = pytest.mark.browser


def test_the_page_of_a_build_shows_that_its_worker_was_lost_and_how_it_went_on(studio, page):
    page.goto(studio.address)
    page.get_by_label("Username").fill("admin")
    page.get_by_label("Password").fill(TOKEN)
    page.get_by_role("button", name="Sign in").click()
    sleeper = Sleeper(studio, seconds=6).begin()
    page.goto(studio.page_of(sleeper.id))
    status = page.locator("#top .status").first
    expect(status).to_have_text("Running")
    expect(page.locator("#step-list")).to_contain_text(sleeper.mark)
    page.evaluate("window.isTheSame = true")

    studio.kill("worker")
    expect(status).to_have_text("Lost", timeout=25_000)
    expect(page.locator("#top")).to_contain_text("The worker stopped answering.")
    expect(page.locator("#top")).to_contain_text("attempt 2 of 2", timeout=40_000)
    expect(page.locator("#attempt-1")).to_contain_text("whose worker was lost")
    expect(status).to_have_text("Succeeded", timeout=60_000)
    expect(page.locator("#announce")).to_contain_text("succeeded")
    assert page.evaluate("window.isTheSame")
    assert sleeper.end()["attempt"] == 2
