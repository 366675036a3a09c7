"""Images and disk: what an admin of the site sees and does there, and what pages say of an image that was removed."""

import pytest
from django.utils import timezone

from environments import tasks
from environments.models import AuditEvent, Build, Image, State, Version
from environments.retention.tidy import tidy
from tests.cast import make_build, make_lock, make_version
from tests.retention.aging import days_ago, nothing, superseded

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_files")]

PAGE, TIDY = "/admin/retention/", "/admin/retention/tidy/"


@pytest.fixture
def engine(monkeypatch, settings):
    settings.ENGINE_IS_OURS = True
    engine = nothing()
    monkeypatch.setattr(tasks, "engine", lambda: engine)
    return engine


@pytest.fixture
def office(client, admin):
    client.force_login(admin)
    return client


def test_every_image_is_shown_with_its_reason(office, vision, engine):
    _, builds = superseded(vision, engine)
    text = office.get(PAGE).text
    assert all(build.image.name in text for build in builds)
    assert "Newer builds have had its place for 101 days." in text
    assert "It is the image of vision/train v1." in text
    assert "2 images with 2 kB that no other image has" in text


@pytest.mark.parametrize(("which", "shown"), [("goes", 2), ("stays", 3), ("", 5), ("what", 5)])
def test_only_what_goes_or_stays_can_be_shown(office, vision, engine, which, shown):
    superseded(vision, engine)
    assert len(office.get(PAGE, {"which": which}).context["page"].object_list) == shown


def test_without_images_the_page_says_where_they_come_from(office, engine):
    assert "There is nothing to tidy up. Each build that succeeds leaves one" in office.get(PAGE).text


def test_the_page_says_what_stays_and_what_goes_in_whole_sentences(office, vision, engine, settings):
    settings.KEEP_NEWEST_IMAGES, settings.KEEP_UNUSED_DAYS, settings.TIDY_DAILY = 1, 1, False
    text = office.get(PAGE).text
    assert "It is the newest image of its environment." in text
    assert "It stopped being needed less than 1 day ago." in text
    assert "Nothing goes by itself here" in text
    assert "<dd>No image</dd>" in text
    assert "None would go" in text
    superseded(vision, engine)
    assert "Stays or goes, and why" in office.get(PAGE).text
    assert "No image would stay" not in office.get(PAGE, {"which": "stays"}).text


def test_without_an_engine_the_page_says_what_it_cannot_know(office, vision, engine):
    _, builds = superseded(vision, None)
    engine.available = False
    text = office.get(PAGE).text
    assert "The container engine does not answer." in text
    assert "So only the images that the studio has recorded are shown" in text
    assert builds[0].image.name in text


def test_the_page_costs_the_same_for_many_images(office, vision, engine, django_assert_max_num_queries):
    for number in range(12):
        superseded(vision, engine, environment=f"env-{number}")
    with django_assert_max_num_queries(12):
        page = office.get(PAGE)
    assert "1–50 of 60" in page.text


def test_tidying_up_is_confirmed_with_what_goes_and_asked_of_a_worker(
    office, vision, engine, monkeypatch, django_capture_on_commit_callbacks
):
    _, builds = superseded(vision, engine)
    asked = []
    monkeypatch.setattr(tasks, "poke_tidy", asked.append)
    confirm = office.get(TIDY).text
    assert f"{builds[0].image.name}, 123 MB, goes." in confirm
    assert builds[4].image.name not in confirm
    with django_capture_on_commit_callbacks(execute=True):
        answer = office.post(TIDY, follow=True)
    assert "A worker was asked to tidy up." in answer.text
    assert asked == ["admin"]
    assert AuditEvent.objects.get(action="retention.ask").actor == "admin"
    assert len(engine.stock().images) == 5


def test_where_nothing_would_go_the_confirmation_says_so(office, engine):
    assert "Nothing would go as things stand." in office.get(TIDY).text


def test_the_page_tells_of_the_last_tidy_up(office, vision, engine):
    assert "There was none yet" in office.get(PAGE).text
    superseded(vision, engine)
    tidy(engine)
    assert "It removed 2 images with 2 kB that no other image had" in office.get(PAGE).text


@pytest.fixture
def removed(vision):
    """A version of an archived environment whose image was removed."""
    version = make_version(vision, "train", "numpy")
    build = make_build(version, lock=make_lock(vision, pip="numpy==2.1.0 --hash=sha256:aa\n"))
    Image.objects.update(removed_at=timezone.now())
    return Version.objects.get(pk=version.pk), build


@pytest.mark.parametrize("tab", ["", "use/"])
def test_a_version_whose_image_was_removed_offers_to_build_it_again_and_no_use_of_it(web, removed, tab):
    version, build = removed
    text = web.get(f"{version.get_absolute_url()}{tab}").text
    assert "Retention removed it" in text
    assert 'name="choice" value="same"' in text
    assert f"docker run --rm -it {build.image.name}" not in text
    assert "Use this" not in text
    assert "Image removed" in text


def test_its_packages_stay_listed(web, removed):
    version, _ = removed
    assert web.get(f"{version.get_absolute_url()}packages/").status_code == 200


def test_one_without_a_lock_is_built_again_in_its_place(web, removed):
    version, build = removed
    Build.objects.update(lock=None)
    assert 'name="choice" value="build"' in web.get(version.get_absolute_url()).text
    assert "The new one takes its place." in web.get(f"{version.get_absolute_url()}rebuild/").text
    web.post(f"{version.get_absolute_url()}rebuild/", {"choice": "build"})
    newest = version.builds.exclude(pk=build.pk).get()
    assert (newest.state, newest.image) == ("queued", None)


def test_the_build_says_that_its_image_and_its_log_were_removed(web, removed):
    _, build = removed
    Build.objects.update(log_removed_at=days_ago(1), finished_at=days_ago(190))
    text = web.get(build.get_absolute_url()).text
    assert "Its image was removed" in text
    assert "Log removed after" in text
    assert "The image is ready" not in text


def test_an_image_that_was_removed_cannot_be_made_current(web, removed):
    version, build = removed
    Version.objects.update(current_build=None)
    answer = web.post(f"{build.get_absolute_url()}make-current/", follow=True)
    assert "no longer has its image" in answer.text
    assert Version.objects.get(pk=version.pk).current_build is None


def test_the_way_there_is_in_the_menu_of_site_admins_alone(client, admin, alice, plain_files):
    for user, shown in ((admin, True), (alice, False)):
        client.force_login(user)
        assert (PAGE in client.get("/").text) == shown


def test_while_it_is_built_again_nothing_is_said_to_be_kept(web, removed):
    version, _ = removed
    building = make_build(version, State.RUNNING)
    for address in (version.get_absolute_url(), building.get_absolute_url()):
        assert "keeps the image" not in web.get(address).text
