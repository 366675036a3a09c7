"""What stands around every page: where it opens, its header, its keys, its theme."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from environments.models import Build, State
from tests.cast import make_build, make_version

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.mark.parametrize("width", [1440, 1024, 320])
def test_a_tall_page_opens_at_its_top(watched, studio, sign_in, alice, vision, width):
    build = make_build(make_version(vision, "train", author=alice), State.FAILED, error="no")
    sign_in(alice)
    watched.set_viewport_size({"width": width, "height": 500})
    for place in ("/w/vision/rules/", "/w/vision/builds/", f"{build.version.get_absolute_url()}edit/"):
        watched.goto(studio + place)
        watched.wait_for_timeout(100)
        assert watched.evaluate("scrollY") == 0, place


@pytest.mark.parametrize("width", [1440, 320])
def test_the_button_that_saves_is_in_sight_and_covers_nothing_one_is_at(watched, studio, sign_in, alice, vision, width):
    version = make_version(vision, "train", *(f"package-{number}" for number in range(40)), author=alice)
    sign_in(alice)
    watched.set_viewport_size({"width": width, "height": 800})
    watched.goto(f"{studio}{version.get_absolute_url()}edit/")
    bar = watched.locator(".create > .actions")
    expect(bar.get_by_role("button", name="Save and build")).to_be_in_viewport(ratio=1)
    watched.locator(".cm-content").click(position={"x": 20, "y": 20})
    watched.keyboard.press("Control+End")
    watched.wait_for_timeout(200)
    caret = watched.locator(".cm-cursor-primary").bounding_box()
    assert caret["y"] + caret["height"] <= bar.bounding_box()["y"]
    watched.keyboard.press("Escape")
    watched.keyboard.press("Tab")
    for _ in range(12):
        box = watched.evaluate("(({bottom}) => bottom)(document.activeElement.getBoundingClientRect())")
        is_below = watched.evaluate("document.activeElement.closest('.actions, footer') !== null")
        assert is_below or box <= bar.bounding_box()["y"]
        watched.keyboard.press("Tab")


def test_the_header_counts_what_the_rows_show(watched, studio, sign_in, alice, vision):
    version = make_version(vision, "train", author=alice)
    build = make_build(version, State.RUNNING, requested_by=alice)
    sign_in(alice)
    for place in ("/w/vision/", "/w/vision/builds/"):
        Build.objects.filter(pk=build.pk).update(state=State.RUNNING, finished_at=None)
        watched.goto(studio + place)
        expect(watched.locator("#queue")).to_contain_text("1 running")
        Build.objects.filter(pk=build.pk).update(state=State.CANCELLED, finished_at=timezone.now())
        expect(watched.locator("#queue")).to_contain_text("0 running", timeout=10_000)
        expect(watched.locator("#active-builds")).to_be_empty()
        expect(watched.locator("tbody tr")).to_have_count(1)


def test_the_keys_listed_are_those_that_lead_somewhere(watched, studio, sign_in, alice, vision):
    version = make_version(vision, "train", author=alice)
    sign_in(alice)
    for place, listed in (("/", False), (version.get_absolute_url(), True)):
        watched.goto(studio + place)
        watched.keyboard.press("?")
        keys = watched.get_by_role("dialog", name="Keyboard")
        expect(keys.get_by_text("Create an environment")).to_be_visible()
        expect(keys.get_by_text("Edit this version, or start from it")).to_be_visible(visible=listed)
        expect(keys.get_by_text("Builds", exact=True)).to_be_visible(visible=listed)
    watched.keyboard.press("Escape")
    watched.keyboard.press("e")
    watched.wait_for_url("**/v/1/edit/")


def test_search_keeps_the_workspace_one_came_from(watched, studio, sign_in, alice, vision):
    make_version(vision, "train", author=alice)
    sign_in(alice)
    watched.goto(f"{studio}/w/vision/builds/")
    watched.locator("#everything").fill("train")
    watched.locator("#everything").press("Enter")
    watched.get_by_label("Name, tag, package, version or build").fill("trai")
    watched.wait_for_url("**/search/?q=trai&ws=vision")
    watched.reload()
    watched.keyboard.press("c")
    watched.wait_for_url("**/w/vision/new/")


@pytest.mark.parametrize(("system", "seen"), [("light", ["dark", "light", None]), ("dark", ["light", "dark", None])])
def test_the_first_click_on_the_theme_shows(watched, studio, system, seen):
    watched.emulate_media(color_scheme=system)
    watched.goto(f"{studio}/accessibility/")
    for theme in seen:
        watched.get_by_role("button", name="Theme").click()
        assert watched.evaluate("document.documentElement.dataset.theme ?? null") == theme


def test_a_dialog_closes_the_menu_it_was_opened_from(watched, studio, sign_in, alice, vision):
    version = make_version(vision, "train", author=alice)
    vision.members.filter(user=alice).update(role="admin")
    sign_in(alice)
    watched.goto(studio + version.get_absolute_url())
    more = watched.locator("main .head details.menu", has=watched.locator("a[data-confirm]"))
    more.locator("summary").click()
    more.locator("a[data-confirm]").first.click()
    expect(watched.locator("#dialog")).to_be_visible()
    expect(more).not_to_have_attribute("open", "")
    watched.keyboard.press("Escape")
    expect(more.locator("summary")).to_be_focused()
