"""The pages about what becomes of environments and versions."""

import pytest
from django.utils import timezone

from environments.models import AuditEvent, Build, Environment, State, Version
from environments.services.audit import record
from environments.services.lifecycle import archive
from tests.cast import make_build, make_lock, make_user, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("plain_files")]

TRAIN = "/w/vision/env/train/"
SECOND = f"{TRAIN}v/2/"


@pytest.fixture
def boss(vision):
    user = make_user("boss")
    vision.members.create(user=user, role="admin")
    return user


@pytest.fixture
def web(client, boss):
    client.force_login(boss)
    return client


@pytest.fixture
def second(vision, alice):
    first = make_version(vision, "train", "numpy", author=alice)
    make_build(first, packages=[("pip", "numpy", "2.1.0")])
    return make_version(vision, "train", "scipy", author=alice, parent=first)


def text_of(response):
    return response.content.decode()


def test_archiving_asks_first_says_what_comes_of_it_and_can_be_taken_back(web, second):
    page = text_of(web.get(f"{SECOND}archive/"))
    assert "Archive train v2?" in page
    assert "v1 is the newest version then" in page
    answer = web.post(f"{SECOND}archive/")
    assert (answer.status_code, answer["Location"]) == (303, SECOND)
    page = text_of(web.get(SECOND))
    assert "v2 was archived" in page
    assert "is archived" not in page
    assert f'action="{SECOND}restore/"' in page
    assert web.get(f"{SECOND}archive/").status_code == 303
    assert web.post(f"{SECOND}restore/").status_code == 303
    assert "v2 was archived" not in text_of(web.get(SECOND))


def test_an_archived_environment_is_found_at_its_address_and_restored_there(web, second):
    assert web.post(f"{TRAIN}archive/").status_code == 303
    assert "train" not in text_of(web.get("/w/vision/")).partition("<main")[2]
    page = text_of(web.get(TRAIN, follow=True))
    assert "The environment train was archived" in page
    assert "The environment train was archived" in text_of(web.get(f"{TRAIN}versions/"))
    web.post(f"{TRAIN}restore/")
    assert not Environment.objects.exclude(archived_at=None).exists()


def test_editing_an_archived_environment_leads_to_a_new_one(web, second):
    archive(second.environment, by=None)
    page = web.get(f"{SECOND}edit/", follow=True)
    assert page.redirect_chain[0][0].startswith("/w/vision/new/pip/?from=")
    assert "takes no new versions" in text_of(page)


def test_an_edit_begun_before_the_archiving_is_told_and_loses_nothing(web, second):
    archive(second.environment, by=None)
    sent = {"base": "2", "image": "python:3.11-slim", "text": "my-own-line==1.0\n", "action": "save"}
    answer = web.post(f"{SECOND}edit/", sent)
    assert answer.status_code == 422
    assert "train is archived. Restore it first" in text_of(answer)
    assert "my-own-line" in text_of(answer)


def test_the_name_of_an_archived_environment_is_told_to_be_so(web, second):
    archive(second.environment, by=None)
    sent = {"name": "train", "image": "python:3.11-slim", "text": "numpy==2.4.6\n", "action": "save"}
    answer = web.post("/w/vision/new/pip/", sent)
    assert answer.status_code == 422
    assert "train is archived. Restore it first, or choose another name." in text_of(answer)


@pytest.mark.parametrize(("role", "offered"), [("viewer", False), ("editor", False), ("admin", True)])
def test_the_menu_offers_what_a_role_may_do(client, vision, second, role, offered):
    user = make_user("someone")
    vision.members.create(user=user, role=role)
    client.force_login(user)
    for address in (SECOND, f"{TRAIN}versions/"):
        page = text_of(client.get(address))
        assert "duplicate/" in page
        assert ("delete/" in page) == offered
        assert ("archive/" in page) == offered
        assert ("details/" in page) == (role != "viewer")


def test_nobody_is_offered_to_change_what_is_curated(client, admin, vision):
    curated = make_workspace("curated")
    make_version(curated, "base", "numpy")
    client.force_login(admin)
    page = text_of(client.get("/w/curated/env/base/v/1/"))
    assert "archive/" not in page
    assert "details/" not in page
    for address in ("", "v/1/"):
        for verb in ("details", "archive", "delete"):
            assert client.post(f"/w/curated/env/base/{address}{verb}/").status_code == 403


@pytest.mark.parametrize("address", [TRAIN, SECOND])
def test_description_and_tags_are_saved_without_a_version(web, second, address):
    answer = web.post(f"{address}details/", {"description": "For training", "tags": "team=vision\n"})
    assert answer.status_code == 303
    row = second if address == SECOND else second.environment
    row.refresh_from_db()
    assert (row.description, row.tags, Version.objects.count()) == ("For training", {"team": "vision"}, 2)
    assert "No version was made." in text_of(web.get(SECOND))
    assert "For training" in text_of(web.get(f"{address}details/"))


def test_a_tag_that_is_none_is_told_and_all_that_was_typed_stays(web, second):
    answer = web.post(f"{SECOND}details/", {"description": "Kept as typed", "tags": "no tag"})
    assert answer.status_code == 422
    assert "Kept as typed" in text_of(answer)
    assert "Write it like framework=pytorch" in text_of(answer)


def test_the_delete_page_shows_exactly_what_goes(web, second, vision):
    make_build(second, packages=[("pip", "scipy", "1.0")])
    page = text_of(web.get(f"{TRAIN}delete/"))
    assert "Delete train for good?" in page
    assert "2 builds" in page
    assert "2 images (247 MB)" in page
    assert "v2, v1" in page
    assert "never given again" in page
    answer = web.post(f"{TRAIN}delete/")
    assert (answer.status_code, answer["Location"]) == (303, "/w/vision/")
    assert not Environment.objects.filter(name="train").exists()
    assert "train was deleted" in text_of(web.get("/w/vision/"))


def test_a_deleted_version_leads_to_the_history(web, second):
    answer = web.post(f"{SECOND}delete/")
    assert answer["Location"] == f"{TRAIN}versions/"
    assert web.get(SECOND).status_code == 404


def test_what_is_in_the_way_is_named_unless_it_may_not_be_seen(web, second):
    hidden = make_workspace("hidden")
    make_version(hidden, "secret-project", "numpy", parent=second)
    page = text_of(web.get(f"{SECOND}delete/"))
    assert "cannot be deleted now" in page
    assert "1 version in workspaces where you may not look" in page
    assert "secret-project" not in page
    assert "Delete train v2<" not in page
    answer = web.post(f"{SECOND}delete/")
    assert answer.status_code == 409
    assert "secret-project" not in text_of(answer)
    page = text_of(web.get(f"{TRAIN}v/1/delete/"))
    assert "vision/train v2" in page


def test_builds_in_the_way_are_cancelled_from_the_page(web, second):
    build = make_build(second, State.QUEUED)
    assert f"Build {build.number} of v2" in text_of(web.get(f"{SECOND}delete/"))
    answer = web.post(f"{SECOND}delete/", {"action": "cancel"})
    assert (answer.status_code, answer["Location"]) == (303, f"{SECOND}delete/")
    assert Build.objects.get(pk=build.pk).state == State.CANCELLED
    assert "Delete train v2 for good?" in text_of(web.get(f"{SECOND}delete/"))


def test_duplicating_asks_for_a_workspace_only_where_there_is_a_choice(web, second, boss):
    answer = web.get(f"{SECOND}duplicate/")
    assert answer["Location"] == "/w/vision/new/pip/?from=vision%2Ftrain%3A2"
    make_workspace("audio", editor=boss)
    make_workspace("closed", viewer=boss)
    page = text_of(web.get(f"{TRAIN}duplicate/")).partition("<main")[2]
    assert 'value="audio"' in page
    assert 'value="closed"' not in page
    answer = web.get(f"{TRAIN}duplicate/?to=audio")
    assert answer["Location"] == "/w/audio/new/pip/?from=vision%2Ftrain%3A2"
    assert "train v2" in text_of(web.get(answer["Location"]))


def test_an_archived_version_is_duplicated_too(web, second):
    archive(second.environment, by=None)
    assert web.get(f"{TRAIN}duplicate/").status_code == 302


def test_downloads_are_zips_named_after_the_version(web, second, vision):
    make_build(second, lock=make_lock(vision, pip="scipy==1.0 --hash=sha256:aa\n"))
    for page, name in (("export.zip", "train-2.zip"), ("context.zip", "train-2-context.zip")):
        answer = web.get(f"{SECOND}{page}")
        assert answer["Content-Type"] == "application/zip"
        assert name in answer["Content-Disposition"]
    assert web.get(f"{TRAIN}v/1/context.zip").status_code == 404


def test_the_activity_says_who_did_what(web, second, boss):
    web.post(f"{SECOND}details/", {"description": "For training", "tags": ""})
    web.post(f"{TRAIN}archive/")
    page = text_of(web.get(f"{SECOND}activity/"))
    assert "Environment archived" in page
    assert "Description: none → “For training”" in page
    assert "boss" in page
    page = text_of(web.get(f"{TRAIN}activity/"))
    assert "Version saved" in page
    web.post(f"{TRAIN}restore/")
    web.post(f"{SECOND}delete/")
    assert "1 version and 0 builds went" in text_of(web.get(f"{TRAIN}activity/"))


def test_what_was_changed_in_the_tables_is_activity_too(web, second, client, admin):
    record(admin, "data.change", second.environment, table="environment", fields=["archived_at"])
    page = text_of(web.get(f"{SECOND}activity/"))
    assert "Changed in the tables" in page
    assert "Fields: archived_at" in page


def test_the_page_of_a_build_says_that_its_version_is_archived(web, second):
    build = make_build(second)
    assert "Archived" not in text_of(web.get(build.get_absolute_url()))
    archive(second, by=None)
    assert "Archived" in text_of(web.get(build.get_absolute_url()))


def test_many_events_are_paged_and_cost_no_more(web, second, django_assert_max_num_queries):
    AuditEvent.objects.bulk_create(
        AuditEvent(actor="boss", action="version.archive", subject=str(second), workspace="vision", at=timezone.now())
        for _ in range(60)
    )
    with django_assert_max_num_queries(13):
        page = text_of(web.get(f"{TRAIN}activity/"))
    assert "1–25 of 62" in page
    with django_assert_max_num_queries(12):
        assert web.get(f"{SECOND}details/").status_code == 200


def test_an_environment_without_versions_can_still_be_deleted(web, second, vision):
    Version.objects.filter(pk=second.pk).delete()
    web.post(f"{TRAIN}v/1/delete/")
    page = text_of(web.get(TRAIN, follow=True))
    assert "No version left" in page
    assert "None is left" in text_of(web.get(f"{TRAIN}delete/"))
    assert web.get(f"{TRAIN}duplicate/").status_code == 404
    web.post(f"{TRAIN}delete/")
    assert not vision.environments.exists()


def test_a_list_shows_an_environment_of_which_no_active_version_is_left(web, second):
    for version in second.environment.versions.all():
        archive(version, by=None)
    page = web.get("/w/vision/")
    assert page.status_code == 200
    assert f'href="{TRAIN}"' in text_of(page)
    assert web.get(TRAIN).url == SECOND
    second.environment.versions.newest_first().first().delete()
    second.environment.versions.all().delete()
    assert f'href="{TRAIN}"' in text_of(web.get("/w/vision/"))


def test_what_was_published_since_a_deletion_was_shown_is_not_deleted_unseen(web, second, vision):
    assert 'name="versions" value="2"' in web.get(f"{TRAIN}delete/").text
    make_version(vision, "train", "polars")
    answer = web.post(f"{TRAIN}delete/", {"versions": "2"})
    assert answer.status_code == 409
    assert "Nothing was deleted; look again." in text_of(answer)
    assert web.post(f"{TRAIN}delete/", {"versions": "3"}).status_code == 303


def test_an_error_in_tags_is_told_once(web, vision):
    version = make_version(vision, "train")
    answer = web.post(f"{version.get_absolute_url()}details/", {"description": "", "tags": "tier gold"})
    assert answer.status_code == 422
    assert answer.text.count("Line 1: “tier gold” is no tag.") == 1
