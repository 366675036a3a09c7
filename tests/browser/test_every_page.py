"""Every page, with data, empty and in error, light and dark, wide and narrow: accessible, within policy, no wider."""

from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.template.loader import render_to_string
from django.urls import resolve
from django.utils import timezone

from curated.bundle import bundled_entries
from curated.sync import publish_catalogue
from environments.contexts import from_texts
from environments.models import LogPiece, State
from environments.services import drafts
from environments.services.jobs import submit_job
from environments.services.lifecycle import archive
from environments.services.tokens import issue_token
from environments.services.versions import publish_version
from tests.browser.walk import walk
from tests.cast import make_build, make_draft, make_lock, make_version
from tests.locks import CHANNEL, CONDA, PIP, TARGET, pip_entry
from tests.test_permissions import WALLS

pytestmark = pytest.mark.django_db(transaction=True)
WIDE, NARROW = {"width": 1440, "height": 900}, {"width": 320, "height": 700}
ERRORS = ("400", "403", "403_csrf", "404", "409", "413", "429", "500", "503")
FILES = {"version-sbom", "build-sbom", "version-export", "version-context-zip", "build-raw", "authority"}
FILES |= {"healthz", "readyz"}
REVOKE = "/profile/tokens/{}/revoke/"
NO_PAGES = FILES | {"login", "name-check", "build-log"}  # a test of its own, a part only, a part or the build's page
PACKAGES = [("pip", "numpy", "2.1.0"), ("pip", "scikit-learn", "1.5.0"), ("dpkg", "libc6", "2.36-9")]
NEWER = [("pip", "numpy", "2.2.0"), ("pip", "pandas", "2.2.3"), ("dpkg", "libc6", "2.36-9")]


@pytest.fixture
def furnished(vision, alice):
    """One environment with a history, one of each other kind, and a build in every state."""
    publish_catalogue(bundled_entries())
    first = make_version(vision, "train", "numpy", "scikit-learn", author=alice, message="First cut")
    make_build(first, packages=PACKAGES, lock=make_lock(vision, pip=PIP))
    facts = {"message": "Pandas instead", "parent": first, "tags": {"team": "robots"}}
    second = make_version(vision, "train", "numpy", "pandas", author=alice, **facts)
    lock = make_lock(vision, target=TARGET, channels=[CHANNEL], conda=CONDA, pip=pip_entry("numpy==2.1.0", "other"))
    make_build(second, packages=NEWER, requested_by=alice, lock=lock)
    files = from_texts({"Dockerfile": "FROM python:3.11-slim\nCOPY a.txt /\nRUN exit 3\n", "a.txt": "hello\n"})
    draft = drafts.draft(vision, drafts.context_definition(files), text=files.dockerfile("Dockerfile"), files=files)
    broken, _ = publish_version(vision, "broken", draft, author=alice)
    failed = make_build(broken, State.FAILED, error="The step RUN exit 3 ended with exit code 3.", exit_code=3)
    step = failed.steps.create(
        attempt=1,
        number=1,
        key="run",
        name="RUN exit 3",
        kind="run",
        started_at=timezone.now(),
        completed_at=timezone.now(),
        error="exit code 3",
    )
    text = "\x1b[31mred\x1b[0m and <script>alert(1)</script>\nlast words"
    LogPiece.objects.create(
        build=failed, step=step, first_line=1, line_count=2, stream="stderr", at=timezone.now(), text=text
    )
    running = make_build(make_version(vision, "busy", "scipy", author=alice), State.RUNNING)
    running.steps.create(attempt=1, number=1, key="a", name="RUN sleep", kind="run", started_at=timezone.now())
    facts = {"command": "python train.py", "experimentName": "first"}
    for name, version in (("trained", second), ("not-yet", broken)):
        submit_job(vision, name, version, asked_for="azureml:x", properties=facts, by=alice, may_build=False)
    queued = make_build(make_version(vision, "waiting", "torch", author=alice), State.QUEUED)
    cancelled = make_build(make_version(vision, "stopped", "jax", author=alice), State.CANCELLED)
    return {"failed": failed, "running": running, "queued": queued, "cancelled": cancelled}


def addresses(builds):
    train, broken = "/w/vision/env/train", "/w/vision/env/broken"
    yield from ["/", "/w/vision/", "/w/vision/?q=numpy", "/w/vision/?q=nothing-fits", "/curated/", "/w/default/"]
    yield from ["/w/vision/new/", *(f"/w/vision/new/{kind}/" for kind in ("conda", "pip", "image", "context"))]
    yield "/w/vision/new/pip/?from=curated/scikit-learn:1"
    yield from (
        f"{train}/v/2/{tab}"
        for tab in (
            "",
            "definition/",
            "packages/",
            "lock/",
            "builds/",
            "use/",
            "activity/",
            "edit/",
            "rebuild/",
            "details/",
        )
    )
    yield from (f"{broken}/v/1/{tab}" for tab in ("", "definition/", "packages/", "lock/", "context/", "use/", "edit/"))
    yield from [f"{train}/activity/", f"{train}/details/"]
    yield from [f"{train}/versions/", f"{train}/compare/1...2/", f"{train}/compare/1...2/?view=split"]
    yield from [f"{train}/packages/numpy/", f"{train}/packages/pandas/", "/compare/choose/?from=vision/train:1"]
    yield from ["/compare/?from=vision/train:1&to=vision/broken:1", "/w/vision/builds/", "/no-such-page/"]
    yield from [
        "/w/vision/builds/?env=zzz",
        "/w/default/builds/",
        "/profile/",
        "/profile/tokens/",
        "/connect/?ws=vision",
        "/accessibility/",
    ]
    yield from ["/w/vision/jobs/", "/w/vision/jobs/trained/", "/w/vision/jobs/not-yet/", "/w/default/jobs/"]
    yield from (
        f"/search/{query}"
        for query in ("", "?q=numpy&ws=vision", "?q=numpy<2.2", "?q=train:2", "?q=a&in=curated", "?q=zzz")
    )
    yield from (f"/w/vision/builds/{build.pk}/" for build in builds.values())
    yield from [f"/w/vision/builds/{builds['running'].pk}/cancel/", f"{train}/", f"{train}/v/2/take-over/"]
    failed = f"/w/vision/builds/{builds['failed'].pk}/"
    yield from [f"{failed}?q=red", f"{failed}?q=nothing-fits", f"{failed}?line=1"]
    yield from ["/problems/", "/problems/pip-missing/", "/problems/hadolint-DL3008/", "/w/vision/rules/"]
    yield from ["/w/curated/env/scikit-learn/v/1/", "/w/curated/env/scikit-learn/v/1/use/"]
    yield from ["/curated/scikit-learn/", "/curated/scikit-learn/?ws=vision", "/curated/?support=all&here=yes"]
    yield from (f"{train}/v/2/use/?as={key}&tag=moving" for key in ("docker", "azure", "devcontainer", "github"))


def addresses_of_nothing():
    """What there is to see where nothing was made yet."""
    yield from ["/", "/w/vision/", "/w/vision/builds/", "/w/vision/new/", "/w/vision/rules/", "/curated/"]
    yield from ["/search/", "/search/?q=zzz", "/compare/choose/", "/profile/", "/admin/retention/"]


def addresses_of_admins():
    """What needs the role admin, among it an environment and a version that are archived."""
    train, broken = "/w/vision/env/train", "/w/vision/env/broken"
    yield from (f"{train}/v/2/{verb}/" for verb in ("archive", "delete", "duplicate"))
    yield from [f"{train}/v/1/delete/", f"{train}/delete/", f"{train}/archive/", "/w/vision/env/busy/delete/"]
    yield from [f"{broken}/v/1/", f"{broken}/versions/", f"{broken}/delete/"]
    yield from [f"{train}/duplicate/", "/compare/?from=vision/train:1&to=vision/broken:1"]
    yield from ["/admin/retention/", "/admin/retention/tidy/", "/styleguide/"]


def test_every_page_is_valid_accessible_and_fits(watched, studio, sign_in, alice, furnished):
    sign_in(alice)
    token, _ = issue_token(alice, "nightly")
    assert walk(watched, studio, [*addresses(furnished), REVOKE.format(token.pk)]) == []


def test_every_page_of_admins_is_valid_accessible_and_fits(watched, studio, sign_in, admin, furnished):
    broken = furnished["failed"].version
    for subject in (broken, broken.environment):
        archive(subject, by=admin)
    sign_in(admin)
    assert walk(watched, studio, addresses_of_admins()) == []


def test_pages_with_nothing_in_them_are_valid_accessible_and_fit(watched, studio, sign_in, alice, charlie, vision):
    wrong = []
    for person in (charlie, alice):
        sign_in(person)
        wrong += walk(watched, studio, addresses_of_nothing())
    make_version(vision, "lonely", "numpy", author=alice)
    tabs = ("versions/", *(f"v/1/{tab}" for tab in ("", "packages/", "lock/", "builds/", "use/", "activity/")))
    assert wrong + walk(watched, studio, [f"/w/vision/env/lonely/{tab}" for tab in tabs]) == []


def test_pages_of_errors_are_valid_accessible_and_fit(watched, studio):
    facts = {"typed": [("text", "numpy")], "incident": "1a2b3c4d"}
    shown = {f"/shown/{number}/": render_to_string(f"{number}.html", facts) for number in ERRORS}

    def answer(route):
        route.fulfill(body=shown[route.request.url.removeprefix(studio)], content_type="text/html; charset=utf-8")

    watched.route("**/shown/*/", answer)
    assert walk(watched, studio, shown) == []


def test_every_address_of_a_page_is_walked():
    builds = {state: SimpleNamespace(pk=uuid4()) for state in ("failed", "running", "queued", "cancelled")}
    walked = [*addresses(builds), *addresses_of_admins(), *addresses_of_nothing(), REVOKE.format(1)]
    paths = {address.partition("?")[0] for address in walked} - {"/no-such-page/"}
    pages = {name for name, methods in WALLS.items() if "GET" in methods and ":" not in name}
    assert pages - NO_PAGES - {resolve(path).view_name for path in paths} == set()


@pytest.mark.parametrize("size", [WIDE, NARROW])
def test_the_menu_of_a_version_opens_within_the_window(watched, studio, sign_in, admin, furnished, size):
    sign_in(admin)
    watched.set_viewport_size(size)
    for address in ("v/2/", "versions/"):
        watched.goto(f"{studio}/w/vision/env/train/{address}")
        watched.locator("main details.menu > summary.icon").click()
        sheet = watched.locator("main .menu:has(summary.icon) .sheet").bounding_box()
        assert sheet["x"] >= 0
        assert sheet["x"] + sheet["width"] <= size["width"]
    watched.get_by_role("link", name="Archive environment").click()
    watched.get_by_role("button", name="Archive", exact=True).click()
    watched.wait_for_url("**/v/2/")
    watched.get_by_role("button", name="Restore the environment").click()
    watched.get_by_text("train is restored.").wait_for()


def test_the_sign_in_page_is_accessible(watched, studio, axe):
    watched.goto(f"{studio}/login/")
    assert axe(watched) == []
    watched.get_by_label("Username").fill("alice")
    watched.get_by_label("Password").fill("wrong")
    watched.get_by_role("button", name="Sign in").click()
    watched.wait_for_load_state()
    assert axe(watched) == []


def test_a_form_in_error_is_accessible(watched, studio, sign_in, alice, axe):
    sign_in(alice)
    watched.goto(f"{studio}/w/vision/new/image/")
    watched.get_by_role("button", name="Create and build").click()
    watched.wait_for_load_state()
    assert watched.title().startswith("Error")
    assert axe(watched) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_review_of_an_edit_is_accessible_and_fits(watched, studio, sign_in, alice, furnished, axe, theme):
    sign_in(alice)
    watched.context.add_cookies([{"name": "theme", "value": theme, "url": studio}])
    watched.goto(f"{studio}/w/vision/env/broken/v/1/edit/")
    watched.get_by_label("Text of file 1").fill("hello, world\n")
    watched.get_by_role("button", name="Review").click()
    watched.get_by_role("heading", name="Review", exact=True).wait_for()
    assert watched.get_by_role("button", name="Save and build").is_visible()
    assert axe(watched) == []
    watched.set_viewport_size(NARROW)
    assert not watched.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth")
    watched.get_by_role("button", name="Back to the text").click()
    watched.get_by_role("heading", name="New version of broken").wait_for()
    assert watched.get_by_label("Text of file 1").input_value() == "hello, world\n"


def test_a_hostile_log_runs_nothing(watched, studio, sign_in, alice, furnished):
    sign_in(alice)
    dialogs = []
    watched.on("dialog", lambda dialog: dialogs.append(dialog.message) or dialog.dismiss())
    watched.goto(f"{studio}/w/vision/builds/{furnished['failed'].pk}/")
    assert "<script>alert(1)</script>" in watched.locator("main").inner_text()
    assert dialogs == []


def test_a_narrow_edit_conflict_keeps_the_text(watched, studio, sign_in, alice, vision):
    make_version(vision, "train", "numpy", author=alice)
    sign_in(alice)
    watched.goto(f"{studio}/w/vision/env/train/v/1/edit/")
    publish_version(vision, "train", make_draft("scipy"), author=None)
    watched.locator(".cm-content").click()
    watched.keyboard.type("my-own-line ")
    watched.get_by_role("button", name="build").last.click()
    watched.wait_for_load_state()
    assert "my-own-line" in watched.content()
