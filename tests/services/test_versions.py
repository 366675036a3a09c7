"""Publishing: numbers, equal definitions, edits that crossed."""

from threading import Thread

import pytest
from django.db import connection
from django.utils import timezone

from environments.models import AuditEvent, Environment, Tombstone, Version
from environments.services.versions import EnvironmentExists, NewerVersion, VersionExists, publish_version
from tests.cast import make_draft, make_user, make_version, make_workspace

pytestmark = [pytest.mark.django_db, pytest.mark.database]


@pytest.fixture
def vision():
    return make_workspace("vision")


def test_versions_are_numbered_from_one(vision):
    assert [make_version(vision, "train", name).name for name in ("numpy", "scipy", "pandas")] == ["1", "2", "3"]


def test_an_equal_definition_makes_no_version(vision):
    first = make_version(vision, "train", "numpy")
    again, created = publish_version(vision, "train", make_draft("numpy"), author=None)
    assert (again, created) == (first, False)


def test_going_back_to_an_older_definition_is_a_new_version(vision):
    make_version(vision, "train", "numpy")
    make_version(vision, "train", "scipy")
    assert make_version(vision, "train", "numpy").name == "3"


def test_an_explicit_name_is_kept_and_numbers_go_on_above_it(vision):
    assert make_version(vision, "train", "numpy", name="2026.1-rc1").name == "2026.1-rc1"
    assert make_version(vision, "train", "scipy", name="7").name == "7"
    assert make_version(vision, "train", "pandas").name == "8"


def test_an_explicit_name_with_another_definition_is_refused(vision):
    first = make_version(vision, "train", "numpy", name="1.0")
    again, created = publish_version(vision, "train", make_draft("numpy", name="1.0"), author=None)
    assert (again, created) == (first, False)
    with pytest.raises(VersionExists):
        publish_version(vision, "train", make_draft("scipy", name="1.0"), author=None)


def test_the_name_of_a_deleted_version_is_refused_with_a_sentence(vision):
    make_version(vision, "train", "numpy")
    make_version(vision, "train", "scipy", name="1.0").delete()
    assert Tombstone.objects.count() == 1
    with pytest.raises(VersionExists, match="deleted"):
        publish_version(vision, "train", make_draft("pandas", name="1.0"), author=None)


def test_a_second_edit_of_one_version_hears_of_the_first(vision):
    first = make_version(vision, "train", "numpy")
    theirs = make_version(vision, "train", "scipy")
    with pytest.raises(NewerVersion) as caught:
        publish_version(vision, "train", make_draft("pandas"), author=None, based_on=first)
    assert caught.value.latest == theirs
    assert Version.objects.count() == 2


def test_two_people_saving_the_same_text_get_the_same_version(vision):
    first = make_version(vision, "train", "numpy")
    theirs = make_version(vision, "train", "scipy")
    mine, created = publish_version(vision, "train", make_draft("scipy"), author=None, based_on=first)
    assert (mine, created) == (theirs, False)


def test_a_new_environment_does_not_take_an_existing_name(vision):
    make_version(vision, "train", "numpy")
    with pytest.raises(EnvironmentExists):
        publish_version(vision, "train", make_draft("scipy"), author=None, must_be_new=True)


def test_nothing_is_left_of_an_environment_whose_first_version_was_refused(vision):
    make_version(vision, "train", "numpy", name="1.0").environment.delete()
    with pytest.raises(VersionExists):
        publish_version(vision, "train", make_draft("scipy", name="1.0"), author=None)
    assert not Environment.objects.filter(name="train").exists()


def test_latest_is_the_newest_created_active_version(vision):
    make_version(vision, "train", "numpy", name="9")
    newest = make_version(vision, "train", "scipy", name="2")
    environment = newest.environment
    assert environment.latest() == newest
    Version.objects.filter(pk=newest.pk).update(archived_at=timezone.now())
    assert environment.latest().name == "9"


def test_publishing_is_in_the_audit_trail(vision):
    make_version(vision, "train", "numpy", author=make_user("alice"))
    event = AuditEvent.objects.get(action="version.create")
    assert (event.actor, event.subject, event.workspace) == ("alice", "vision/train:1", "vision")


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_get_twenty_consecutive_numbers():
    vision = make_workspace("vision")
    drafts = [make_draft(f"package-{number}") for number in range(20)]
    failures = []

    def publish(draft):
        try:
            publish_version(vision, "train", draft, author=None)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [Thread(target=publish, args=[draft]) for draft in drafts]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert sorted(int(name) for name in Version.objects.values_list("name", flat=True)) == list(range(1, 21))
    assert sorted(Version.objects.values_list("sequence", flat=True)) == list(range(1, 21))


def test_automatic_numbers_go_on_after_any_number_that_was_given(vision):
    publish_version(vision, "train", make_draft(name="999999999"), author=None)
    publish_version(vision, "train", make_draft(name="1000000001"), author=None)
    names = [publish_version(vision, "train", make_draft(), author=None)[0].name for _ in range(3)]
    assert names == ["1000000000", "1000000002", "1000000003"]
