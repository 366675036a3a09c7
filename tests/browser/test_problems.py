"""The panel of problems in a browser: told while one types, mended by a button, readable at every width."""

import pytest

from environments.models import Role, State
from tests.cast import make_build, make_version

pytestmark = pytest.mark.django_db(transaction=True)
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 320, "height": 700}
TEXT = "dependencies:\n  - python=3.8\n  - numpy\n  - pip:\n      - numpy==2.4.6\n"
DOCKERFILE = "FROM python:3.8\nRUN apt-get update && apt-get install git\nRUN pip install numpy>=1.2\n"


def fits(page):
    return page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth")


def type_into_editor(page, text):
    page.locator(".cm-content").click()
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.insert_text(text)


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize(("kind", "text"), [("conda", TEXT), ("context", DOCKERFILE)])
def test_a_fix_changes_the_text_in_the_editor(watched, studio, sign_in, alice, axe, theme, kind, text):
    sign_in(alice)
    watched.emulate_media(color_scheme=theme)
    watched.goto(f"{studio}/w/vision/new/{kind}/")
    watched.get_by_label("Name", exact=True).fill("train")
    type_into_editor(watched, text)
    fixes = watched.locator("#panel button[name=action]")
    fixes.first.wait_for()
    labels = fixes.all_inner_texts()
    for size in (WIDE, NARROW):
        watched.set_viewport_size(size)
        assert fits(watched)
        assert axe(watched) == []
    watched.set_viewport_size(WIDE)
    fixes.first.click()
    watched.get_by_text("was done in line").wait_for()
    assert watched.get_by_label("Name", exact=True).input_value() == "train"
    assert len(watched.locator("#panel button[name=action]").all()) == len(labels) - 1
    field, shown = watched.locator("#id_text").input_value(), watched.locator(".cm-content").inner_text()
    assert field != text
    assert [line for line in shown.splitlines() if line.strip()] == field.splitlines()


def test_the_way_from_a_failure_puts_the_caret_on_its_line(watched, studio, sign_in, alice, vision):
    version = make_version(vision, "train", *(f"package-{number}" for number in range(40)), "nmpy")
    hint = {"code": "build-no-such-package", "line": 0, "values": {"name": "nmpy"}}
    build = make_build(version, State.FAILED, error="It ended with exit code 1.", error_step="RUN pip", hints=[hint])
    sign_in(alice)
    watched.set_viewport_size(WIDE)
    watched.goto(studio + build.get_absolute_url())
    watched.get_by_role("link", name="Edit line 41").click()
    line = watched.locator(".cm-activeLine")
    line.filter(has_text="nmpy").wait_for()
    assert line.bounding_box()["y"] < WIDE["height"]
    watched.keyboard.type("six  # ")
    assert watched.locator("#id_text").input_value().splitlines()[40].startswith("six  # nmpy")


def test_rules_are_set_without_a_script(browser, studio, client, vision, alice):
    vision.members.filter(user=alice).update(role=Role.ADMIN)
    client.force_login(alice)
    context = browser.new_context(java_script_enabled=False, viewport=NARROW)
    context.add_cookies([{"name": name, "value": value.value, "url": studio} for name, value in client.cookies.items()])
    page = context.new_page()
    page.goto(f"{studio}/w/vision/rules/")
    page.get_by_label("A package without a version").select_option("block")
    page.get_by_role("button", name="Save rules").click()
    page.get_by_text("1 rule changed").wait_for()
    assert page.get_by_label("A package without a version").input_value() == "block"
    context.close()
