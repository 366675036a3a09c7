"""What holds for the pages as a whole: their weight, the way back, copying on an address that is not secure."""

import gzip
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from environments.models import State
from tests.cast import make_build, make_version

pytestmark = pytest.mark.django_db(transaction=True)
KB = 1000
SHARED, EDITOR = 40 * KB, 150 * KB  # gzipped styles and scripts of a page
TRAIN = "/w/vision/env/train"


@pytest.fixture
def train(vision, alice):
    """An environment with a good build."""
    version = make_version(vision, "train", "numpy", author=alice)
    make_build(version, packages=[("pip", "numpy", "2.1.0")])
    return version


@pytest.mark.parametrize(
    ("path", "most"),
    [
        ("/", SHARED),
        ("/w/vision/", SHARED),
        ("/curated/", SHARED),
        (f"{TRAIN}/v/1/", SHARED),
        (f"{TRAIN}/v/1/packages/", SHARED),
        ("/w/vision/builds/", SHARED),
        ("/w/vision/new/pip/", EDITOR),
        (f"{TRAIN}/v/1/edit/", EDITOR),
    ],
)
def test_styles_and_scripts_weigh_little(watched, studio, sign_in, alice, train, path, most):
    sign_in(alice)
    answers = []
    watched.on("response", lambda answer: answers.append(answer))
    watched.goto(studio + path, wait_until="networkidle")
    shared = [answer for answer in answers if answer.request.resource_type in ("stylesheet", "script")]
    weights = {urlsplit(answer.url).path: len(gzip.compress(answer.body())) for answer in shared}
    assert weights
    assert sum(weights.values()) < most, weights


def test_back_and_forward_restore_the_search_and_the_tab(watched, studio, sign_in, alice, vision, train):
    make_version(vision, "other", "scipy", author=alice)
    sign_in(alice)
    watched.goto(f"{studio}/w/vision/")
    watched.locator("main input[name=q]").fill("train")
    watched.wait_for_url("**/w/vision/?q=train*")
    rows = watched.locator("#results")
    rows.get_by_role("link", name="other", exact=True).wait_for(state="hidden")
    rows.get_by_role("link", name="train", exact=True).click()
    watched.wait_for_url(f"**{TRAIN}/v/1/")
    watched.get_by_role("link", name="Packages").first.click()
    watched.wait_for_url("**/packages/")
    watched.go_back()
    watched.go_back()
    watched.wait_for_url("**/w/vision/?q=train*")
    assert watched.locator("main input[name=q]").input_value() == "train"
    assert rows.get_by_role("link", name="other", exact=True).count() == 0
    watched.go_back()
    rows.get_by_role("link", name="other", exact=True).wait_for()
    watched.go_forward()
    rows.get_by_role("link", name="other", exact=True).wait_for(state="hidden")
    watched.wait_for_load_state()
    watched.go_forward()
    watched.wait_for_url(f"**{TRAIN}/v/1/")
    watched.go_forward()
    watched.wait_for_url("**/packages/")
    assert "numpy" in watched.locator("main").inner_text()


def test_back_and_forward_restore_what_is_ticked_and_chosen(watched, studio, sign_in, alice, vision, train):
    make_build(make_version(vision, "broken", author=alice), State.FAILED, error="It broke.")
    sign_in(alice)
    page = watched
    page.goto(f"{studio}/w/vision/")
    failed, others = page.locator("#status-failed"), page.locator("#results").get_by_role("link", name="train")
    failed.check()
    page.wait_for_url("**/w/vision/?*status=failed*")
    expect(others).to_have_count(0)
    page.go_back()
    expect(others).to_have_count(1)
    expect(failed).not_to_be_checked()
    page.go_forward()
    expect(others).to_have_count(0)
    expect(failed).to_be_checked()

    page.goto(f"{studio}/w/vision/builds/")
    state, rows = page.locator("select[name=state]"), page.locator("main tbody tr")
    expect(rows).to_have_count(2)
    state.select_option("failed")
    page.wait_for_url("**/w/vision/builds/?*state=failed*")
    expect(rows).to_have_count(1)
    page.go_back()
    expect(rows).to_have_count(2)
    expect(state).to_have_value("")
    page.go_forward()
    expect(rows).to_have_count(1)
    expect(state).to_have_value("failed")


def test_copying_works_on_an_address_that_is_not_secure(page, studio, alice, train, client, settings):
    settings.ALLOWED_HOSTS = ["*"]
    address = studio.replace("localhost", "studio.test").replace("127.0.0.1", "studio.test")
    client.force_login(alice)
    session = client.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": session, "url": address}])
    page.goto(f"{address}{TRAIN}/v/1/use/")
    assert not page.evaluate("window.isSecureContext")
    wanted = page.locator("main pre").first.inner_text().strip()
    page.get_by_role("button", name="Copy").first.click()
    page.goto(f"{address}/w/vision/new/image/")
    page.get_by_label("Description").focus()
    page.keyboard.press("Control+V")
    pasted = page.get_by_label("Description").input_value()
    assert pasted.split() == wanted.split()
