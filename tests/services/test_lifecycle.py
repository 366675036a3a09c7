"""What becomes of versions and environments: archived, restored, described, deleted, exported."""

import io
import zipfile
from threading import Thread

import pytest
from django.db import IntegrityError, connection, transaction

from environments.contexts import from_texts, read_zip
from environments.models import AuditEvent, Build, Context, Environment, Image, LogPiece, State, Tombstone, Version
from environments.services.activity import activity_of_environment, activity_of_version
from environments.services.deletion import NotDeletable, cancel_active, delete, plan_deletion
from environments.services.drafts import context_definition, draft, image_definition
from environments.services.export import context_zip, version_zip
from environments.services.lifecycle import archive, describe, restore
from environments.services.versions import Draft, EnvironmentArchived, VersionExists, publish_version
from tests.cast import add_lines, add_step, make_build, make_draft, make_image, make_lock, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database, pytest.mark.usefixtures("plain_files")]


@pytest.fixture
def two(vision, alice):
    """train 1 and 2, the second made from the first."""
    first = make_version(vision, "train", "numpy", author=alice)
    return first, make_version(vision, "train", "scipy", author=alice, parent=first)


def actions():
    return list(AuditEvent.objects.order_by("pk").values_list("action", flat=True))


def test_an_archived_version_is_not_the_latest_and_comes_back(two, alice):
    first, second = two
    assert archive(second, by=alice)
    assert second.environment.latest() == first
    assert restore(second, by=alice)
    assert second.environment.latest() == second
    assert actions()[-2:] == ["version.archive", "version.restore"]


def test_archiving_twice_is_told_once(two, alice):
    environment = two[0].environment
    assert [archive(environment, by=alice), archive(environment, by=alice)] == [True, False]
    assert [restore(environment, by=alice), restore(environment, by=alice)] == [True, False]
    assert actions()[-2:] == ["environment.archive", "environment.restore"]


def test_an_archived_environment_is_not_listed_and_still_shows_its_newest_version(two, alice, vision):
    environment = two[0].environment
    archive(environment, by=alice)
    assert not vision.environments.listed().exists()
    assert environment.shown_version() == two[1]
    archive(two[1], by=alice)
    assert environment.shown_version() == two[0]
    archive(two[0], by=alice)
    assert environment.shown_version() == two[1]


def test_nothing_is_published_into_an_archived_environment(two, alice, vision):
    archive(two[0].environment, by=alice)
    with pytest.raises(EnvironmentArchived, match="train is archived"):
        publish_version(vision, "train", make_draft("pandas"), author=alice)
    assert Version.objects.count() == 2
    restore(two[0].environment, by=alice)
    assert publish_version(vision, "train", make_draft("pandas"), author=alice)[0].name == "3"


def test_a_description_makes_no_version_and_is_recorded_with_what_was_there_before(two, alice):
    second = two[1]
    assert describe(second, description="For training", tags={"team": "vision"}, by=alice)
    assert not describe(second, description="For training", tags={"team": "vision"}, by=alice)
    assert describe(second, description="For training", tags={}, by=alice)
    second.refresh_from_db()
    assert (second.description, second.tags, Version.objects.count()) == ("For training", {}, 2)
    event = AuditEvent.objects.first()
    assert (event.action, event.subject, event.actor) == ("version.describe", "vision/train:2", "alice")
    assert event.detail == {"before": {"tags": {"team": "vision"}}, "after": {"tags": {}}}


def test_a_deleted_version_takes_builds_and_log_along_and_never_its_name(two, alice, vision):
    second = two[1]
    build = make_build(second)
    add_lines(add_step(build, done=True), "one", "two")
    plan = plan_deletion(second)
    assert (plan.builds, plan.lines, plan.images, plan.refusals) == (1, 2, [build.image], [])
    delete(second, by=alice)
    assert not Version.objects.filter(name="2").exists()
    assert not Build.objects.exists()
    assert not LogPiece.objects.exists()
    assert Image.objects.filter(pk=build.image_id).exists()  # retention's to remove, from the engine first
    with pytest.raises(VersionExists, match="never given again"):
        publish_version(vision, "train", make_draft("jax", name="2"), author=alice)
    event = AuditEvent.objects.first()
    assert (event.action, event.subject) == ("version.delete", "vision/train:2")
    assert event.detail == {"versions": ["2"], "builds": 1, "lines": 2}


def test_a_version_that_others_were_made_from_stays(two, alice):
    first, second = two
    with pytest.raises(NotDeletable, match="1 version was made from it") as caught:
        delete(first, by=alice)
    assert caught.value.plan.children == [second]
    assert Version.objects.count() == 2


def test_a_version_with_a_build_under_way_stays_until_that_is_cancelled(two, alice):
    second = two[1]
    build = make_build(second, State.QUEUED)
    with pytest.raises(NotDeletable, match="Not ended yet: 1 build"):
        delete(second, by=alice)
    assert cancel_active(second, by=alice) == 1
    build.refresh_from_db()
    assert build.state == State.CANCELLED
    delete(second, by=alice)
    assert not Build.objects.exists()


def test_a_version_whose_image_another_one_starts_from_stays_until_that_is_archived(two, alice, vision):
    second = two[1]
    build = make_build(second)
    on_it = Draft(definition=image_definition(f"localhost/{build.image.name}"))
    starter, _ = publish_version(vision, "on-top", on_it, author=alice)
    with pytest.raises(NotDeletable, match="1 version was started from its image") as caught:
        delete(second, by=alice)
    assert caught.value.plan.starters == [starter]
    archive(starter, by=alice)
    delete(second, by=alice)


def test_an_image_that_another_version_has_too_is_not_said_to_go(two, alice):
    image = make_image(two[0].environment.workspace)
    for version in two:
        make_build(version, image=image)
    plan = plan_deletion(two[1])
    assert (plan.images, plan.shared) == ([], 1)


def test_a_deleted_environment_goes_with_every_version_children_first(two, alice, vision):
    for version in two:
        make_build(version)
    third = make_version(vision, "train", "jax", parent=two[1])
    delete(third.environment, by=alice)
    assert not Environment.objects.filter(name="train").exists()
    assert set(Tombstone.objects.values_list("version_name", flat=True)) == {"1", "2", "3"}
    assert actions()[-1] == "environment.delete"
    assert make_version(vision, "train", "numpy").name == "4"


def test_an_environment_that_another_one_was_made_from_stays(two, alice, vision):
    child = make_version(make_workspace("audio"), "from-train", "numpy", parent=two[0])
    with pytest.raises(NotDeletable):
        delete(two[0].environment, by=alice)
    delete(child.environment, by=alice)
    delete(two[0].environment, by=alice)


def test_a_context_of_nobody_else_is_left_to_the_tidy_up(vision, alice):
    files = from_texts({"Dockerfile": "FROM python:3.11-slim\n"})
    drafted = draft(vision, context_definition(files), files=files)
    tool, _ = publish_version(vision, "tool", drafted, author=alice)
    assert plan_deletion(tool).contexts == [tool.context]
    publish_version(vision, "tool-2", drafted, author=alice)
    assert plan_deletion(tool).contexts == []
    delete(tool, by=alice)
    assert Context.objects.count() == 1


def test_what_a_plan_costs_does_not_grow(two, vision, alice, django_assert_max_num_queries):
    for number in range(12):
        make_build(make_version(vision, "train", f"package-{number}"))
    with django_assert_max_num_queries(5):
        plan = plan_deletion(two[0].environment)
    assert len(plan.images) == 12


@pytest.mark.django_db(transaction=True)
def test_publishing_while_the_environment_is_deleted_begins_a_new_one(vision):
    version = make_version(vision, "train", "numpy")
    published = []

    def publish():
        published.append(make_version(vision, "train", "scipy"))
        connection.close()

    publishing = Thread(target=publish)
    with transaction.atomic():
        delete(version.environment, by=None)
        publishing.start()
        publishing.join(0.5)
    publishing.join()
    assert [made.name for made in published] == ["2"]


def test_the_database_refuses_too(two):
    with pytest.raises(IntegrityError):
        two[0].delete()


def names_in(content):
    return sorted(zipfile.ZipFile(io.BytesIO(content)).namelist())


def test_an_export_holds_definition_lock_and_digests(vision, alice):
    version = make_version(vision, "train", "numpy", author=alice)
    assert names_in(version_zip(version)) == ["README.md", "environment.yml"]
    lock = make_lock(vision, pip="numpy==2.1.0 --hash=sha256:aa\n")
    build = make_build(version, lock=lock, base_digest="python@sha256:bb")
    content = version_zip(version)
    names = names_in(content)
    assert {"environment.yml", "locks/requirements.txt", "locks/environment.yml", "context/Dockerfile"} <= set(names)
    readme = read_zip(content).files["README.md"].decode()
    for digest in (version.definition_digest, lock.sha256, "sha256:bb", build.image.image_id):
        assert digest in readme
    assert version_zip(version) == content


def test_a_context_comes_back_as_it_was_sent(vision, alice):
    files = from_texts({"Dockerfile": "FROM python:3.11-slim\nCOPY run.sh /\n", "run.sh": "#!/bin/sh\n"})
    tool, _ = publish_version(vision, "tool", draft(vision, context_definition(files), files=files), author=alice)
    assert read_zip(context_zip(tool)).digest == files.digest
    exported = read_zip(version_zip(tool))
    assert exported.folder("context").digest == files.digest
    assert b"path: context" in exported.files["environment.yml"]


def test_packages_that_were_never_locked_have_no_context(vision):
    assert context_zip(make_version(vision, "train", "numpy")) is None


def test_the_activity_of_a_version_is_its_own_that_of_its_builds_and_of_its_environment(two, alice):
    first, second = two
    build = make_build(second, State.QUEUED)
    cancel_active(second, by=alice)
    archive(second.environment, by=alice)
    archive(first, by=alice)
    events, addresses = activity_of_version(second)
    assert [event.action for event in events] == ["environment.archive", "build.cancel", "version.create"]
    assert addresses == {f"build {build.number} of vision/train:2": build.get_absolute_url()}


def test_the_activity_of_an_environment_tells_of_deleted_versions(two, alice):
    delete(two[1], by=alice)
    events, _ = activity_of_environment(two[0].environment)
    assert [event.action for event in events] == ["version.delete", "version.create", "version.create"]


def test_the_command_in_an_export_takes_a_dockerfile_in_any_folder(vision, alice):
    files = from_texts({"my images/Dockerfile": "FROM python:3.11-slim\n"})
    definition = context_definition(files, "my images/Dockerfile")
    tool, _ = publish_version(vision, "tool", draft(vision, definition, files=files), author=alice)
    readme = read_zip(version_zip(tool)).files["README.md"].decode()
    assert "docker build context/` with `-f 'context/my images/Dockerfile'`" in readme
