"""What was typed into a form and not saved is asked about on leaving, and is there again on coming back."""

import pytest
from playwright.sync_api import expect

from environments.models import Version
from tests.cast import make_version

pytestmark = pytest.mark.django_db(transaction=True)
RESTORED = "Restored what you had typed"


@pytest.fixture
def asked(watched):
    """What the browser asked on leaving; it leaves."""
    seen = []

    def answer(dialog):
        seen.append(dialog.type)
        dialog.accept()

    watched.on("dialog", answer)
    return seen


@pytest.fixture
def train(vision, alice, sign_in):
    sign_in(alice)
    return make_version(vision, "train", "numpy==2.1.0", author=alice)


def type_into(watched, text):
    watched.locator(".cm-content").first.click()
    watched.keyboard.press("Control+End")
    watched.keyboard.type(text)


def settle(watched):
    """Until the check that follows on typing was answered: to leave before that is an error of the console."""
    watched.wait_for_timeout(900)
    expect(watched.locator(".htmx-request")).to_have_count(0)


def away_and_back(watched, place):
    settle(watched)
    watched.get_by_role("link", name="Rules").click()
    watched.wait_for_url("**/rules/")
    watched.goto(place)


def test_an_edit_one_leaves_is_asked_about_and_comes_back(watched, studio, train, asked):
    place = f"{studio}{train.get_absolute_url()}edit/"
    watched.goto(place)
    type_into(watched, "six==1.17.0")
    watched.get_by_label("What changed").fill("six too")
    away_and_back(watched, place)
    assert asked == ["beforeunload"]
    expect(watched.get_by_text(RESTORED)).to_be_visible()
    expect(watched.locator(".cm-content")).to_contain_text("six==1.17.0")
    expect(watched.get_by_label("What changed")).to_have_value("six too")
    expect(watched.get_by_role("button", name="Save and build")).to_be_enabled()
    watched.locator("[data-restored] button").click()
    expect(watched.get_by_text(RESTORED)).to_be_hidden()
    expect(watched.locator(".cm-content")).not_to_contain_text("six")
    away_and_back(watched, place)
    assert asked == ["beforeunload"]
    expect(watched.get_by_text(RESTORED)).to_be_hidden()


def test_what_is_saved_is_not_brought_back(watched, studio, train, asked):
    place = f"{studio}{train.get_absolute_url()}edit/"
    watched.goto(place)
    type_into(watched, "six==1.17.0")
    watched.get_by_role("button", name="Review").click()
    watched.get_by_role("button", name="Save only").click()
    watched.wait_for_url("**/v/2/")
    watched.goto(place)
    assert asked == []
    expect(watched.get_by_text(RESTORED)).to_be_hidden()
    assert Version.objects.count() == 2


def test_what_could_not_be_saved_is_still_there(watched, studio, train, asked):
    place = f"{studio}/w/vision/new/pip/"
    watched.goto(place)
    type_into(watched, "six==1.17.0")
    watched.get_by_role("button", name="Create and build").click()
    expect(watched.locator(".summary")).to_be_visible()
    away_and_back(watched, place)
    assert asked == ["beforeunload"]
    expect(watched.locator(".cm-content")).to_contain_text("six==1.17.0")


def test_files_of_a_context_come_back_with_their_rows(watched, studio, train, asked):
    place = f"{studio}/w/vision/new/context/"
    watched.goto(place)
    type_into(watched, "FROM scratch")
    for number in (1, 2):
        watched.get_by_role("button", name="Add file").click()
        expect(watched.locator("[name=extra_name]")).to_have_count(number)
        watched.locator("[name=extra_name]").last.fill(f"part{number}.py")
    away_and_back(watched, place)
    expect(watched.locator("[name=extra_name]")).to_have_count(2)
    for number in (1, 2):
        expect(watched.locator("[name=extra_name]").nth(number - 1)).to_have_value(f"part{number}.py")
    expect(watched.locator(".cm-content").first).to_contain_text("FROM scratch")
    settle(watched)


def test_nothing_typed_asks_nothing_and_discard_drops(watched, studio, train, asked):
    place = f"{studio}{train.get_absolute_url()}edit/"
    watched.goto(place)
    away_and_back(watched, place)
    type_into(watched, "six==1.17.0")
    watched.locator(".actions").get_by_role("link", name="Discard").click()
    watched.wait_for_url("**/v/1/")
    watched.goto(place)
    assert asked == []
    expect(watched.get_by_text(RESTORED)).to_be_hidden()
