"""How many clicks the way from the catalogue to a comparison takes, counted by the browser itself."""

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from curated.bundle import bundled_entries
from curated.sync import publish_catalogue
from environments.models import Build, ImagePackage, State
from tests.cast import make_build, make_image

pytestmark = pytest.mark.django_db(transaction=True)
MOST = 8
COUNT = "addEventListener('pointerdown', () => noteClick(), true)"
BEFORE = [("pip", "numpy", "2.4.6"), ("pip", "scikit-learn", "1.9.1")]
LINE = "lightgbm==4.6.0"


@pytest.fixture
def clicks(watched):
    """What was clicked so far, over all pages."""
    seen = []
    watched.expose_function("noteClick", lambda: seen.append(watched.url))
    watched.add_init_script(COUNT)
    return seen


def finish(build):
    """Do to the rows what a worker does: the build ends with an image that holds one package more."""
    image = make_image(build.version.environment.workspace, [*BEFORE, ("pip", *LINE.split("=="))])
    ImagePackage.objects.filter(image=image, name="lightgbm").update(asked=True)
    now = timezone.now()
    ended = {"state": State.SUCCEEDED, "attempt": 1, "image": image, "started_at": now, "finished_at": now}
    Build.objects.filter(pk=build.pk).update(**ended)
    build.version.current_build = build
    build.version.save(update_fields=["current_build"])


def test_scikit_learn_with_lightgbm_built_and_compared(watched, studio, sign_in, alice, clicks):
    published = {version.environment.name: version for version, _ in publish_catalogue(bundled_entries())}
    make_build(published["scikit-learn"], packages=BEFORE)
    sign_in(alice)
    page = watched
    page.goto(studio)
    page.get_by_role("link", name="Curated", exact=True).click()
    page.locator(".card", has_text="scikit-learn").get_by_role("link", name="Start from this").click()
    page.locator(".cm-line").last.click()
    page.keyboard.press("Control+End")
    page.keyboard.type(LINE)  # the form's text ends with an empty line
    page.get_by_role("button", name="Create and build").click()
    page.wait_for_url("**/builds/**")
    build = Build.objects.get(version__environment__workspace__slug="vision")
    assert build.version.text.splitlines()[-2:] == ["scipy==1.17.1", LINE]
    finish(build)
    page.get_by_role("link", name="See what changed").click()
    row = page.get_by_role("row", name="lightgbm").first
    expect(row).to_contain_text("Added")
    expect(row).to_contain_text("4.6.0")
    assert len(clicks) == 5 <= MOST
