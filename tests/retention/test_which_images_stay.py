"""Each rule, with an image it is about and the sentence it is told with."""

import pytest
from django.utils import timezone

from environments.engine.fake import fake_image
from environments.models import Build, Environment, Image, State, Version
from environments.retention.needs import read_needs
from environments.retention.plan import make_plan
from tests.cast import make_build, make_image, make_lock, make_version
from tests.retention.aging import days_ago, nothing, old_build, superseded

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def alone(settings):
    settings.ENGINE_IS_OURS = True


@pytest.fixture
def engine():
    return nothing()


def told(engine, name):
    """(stays, why) of the one image of this name."""
    (verdict,) = [verdict for verdict in make_plan(engine).verdicts if verdict.image.name == name]
    return verdict.keeps, verdict.reason


def test_an_image_that_a_version_stands_for_stays_however_old(vision, engine):
    _, builds = superseded(vision, engine, builds=1, days=1000)
    assert told(engine, builds[0].image.name) == (True, "It is the image of vision/train v1.")


def test_an_image_of_several_versions_counts_them(vision, engine):
    _, builds = superseded(vision, engine, builds=1)
    for _ in range(2):
        old_build(make_version(vision, "train"), 90, image=builds[0].image)
    assert told(engine, builds[0].image.name) == (True, "It is the image of vision/train v1 and 2 others.")


def test_the_newest_of_an_environment_stay_and_older_ones_go(vision, engine):
    _, builds = superseded(vision, engine, builds=5, days=100)
    verdicts = [told(engine, build.image.name) for build in builds]
    assert verdicts[:2] == [(False, "Newer builds have had its place for 101 days.")] * 2
    assert verdicts[2] == (True, "It is one of the 3 newest images of its environment.")
    assert verdicts[4][0]


def test_what_newer_builds_replaced_lately_stays_for_a_while(vision, engine, settings):
    settings.KEEP_NEWEST_IMAGES = 1
    version, builds = superseded(vision, engine, builds=1, days=200)
    newer = old_build(version, 12, engine=engine)
    assert told(engine, builds[0].image.name) == (True, "Newer builds have taken its place, but not yet for 30 days.")
    Build.objects.filter(pk=newer.pk).update(finished_at=days_ago(31))
    assert told(engine, builds[0].image.name)[0] is False


def test_an_archived_environment_keeps_its_images_for_a_while(vision, engine):
    _, builds = superseded(vision, engine, builds=1)
    Environment.objects.update(archived_at=days_ago(3))
    assert told(engine, builds[0].image.name) == (True, "Its versions are archived, but not yet for 30 days.")
    Environment.objects.update(archived_at=days_ago(40))
    assert told(engine, builds[0].image.name) == (False, "Its versions have been archived for 40 days.")


def test_an_archived_version_is_none_of_the_newest(vision, engine):
    version, builds = superseded(vision, engine, builds=1)
    Version.objects.filter(pk=version.pk).update(archived_at=days_ago(40))
    assert told(engine, builds[0].image.name)[0] is False


def test_an_image_of_an_archived_and_an_active_version_stays(vision, engine):
    version, builds = superseded(vision, engine, builds=1)
    old_build(make_version(vision, "serve"), 90, image=builds[0].image)
    Version.objects.filter(pk=version.pk).update(archived_at=days_ago(40))
    assert told(engine, builds[0].image.name) == (True, "It is the image of vision/serve v1.")


def test_an_image_just_made_stays_though_nothing_needs_it(vision, engine):
    image = make_image(vision)
    engine.held.hold(fake_image(image.name), image.name)
    assert told(engine, image.name) == (True, "It was made or used within the last 24 hours.")
    Image.objects.update(created_at=days_ago(2))
    assert told(engine, image.name) == (False, "No version of it is left.")


def test_an_image_with_a_container_stays(vision, engine):
    _, builds = superseded(vision, engine)
    image = builds[0].image
    engine.held.containers.add(engine.find_image(image.name).image_id)
    assert told(engine, image.name) == (True, "A container on the engine was started from it.")


@pytest.mark.parametrize("state", [State.QUEUED, State.RUNNING])
def test_what_a_build_under_way_makes_or_installs_from_the_same_lock_stays(vision, engine, state):
    _, (first, second, *_) = superseded(vision, engine)
    lock = make_lock(vision, pip="numpy==2.1.0\n")
    Build.objects.filter(pk=first.pk).update(lock=lock)
    building = make_build(make_version(vision, "other"), state, image_key=second.image.image_key)
    sentence = f"Build {building.number} of vision/other has not ended and may need it."
    assert told(engine, second.image.name) == (True, sentence)
    assert told(engine, first.image.name)[0] is False
    Build.objects.filter(pk=building.pk).update(lock=lock)
    assert told(engine, first.image.name) == (True, sentence)


def test_what_a_build_that_runs_may_be_given_stays_until_it_knows_what_it_makes(vision, engine):
    _, builds = superseded(vision, engine)
    building = make_build(make_version(vision, "other"), State.RUNNING)
    assert all(told(engine, build.image.name)[0] for build in builds)
    Build.objects.filter(pk=building.pk).update(image_key="f" * 64)
    assert not all(told(engine, build.image.name)[0] for build in builds)


def test_an_equal_definition_under_way_keeps_what_it_may_be_given(vision, engine):
    version, builds = superseded(vision, engine)
    make_build(version, State.QUEUED)
    assert all(told(engine, build.image.name)[0] for build in builds)


def test_an_image_that_another_version_starts_from_stays(vision, engine):
    _, builds = superseded(vision, engine)
    first, second = (build.image for build in builds[:2])
    make_version(vision, "by-name", image=f"docker.io/{first.name}")
    built = make_build(make_version(vision, "by-id"), base_digest=f"sha256:other {second.image_id}")
    assert told(engine, first.name) == (True, "vision/by-name v1 is built on it.")
    assert told(engine, second.name) == (True, "vision/by-id v1 is built on it.")
    Version.objects.filter(pk=built.version_id).update(archived_at=timezone.now())
    assert told(engine, second.name)[0] is False


def test_a_dockerfile_that_names_an_image_keeps_it(vision, engine):
    _, builds = superseded(vision, engine)
    version = make_version(vision, "serve")
    make_copy(version, text=f"FROM {builds[0].image.name} AS base\nRUN true\n")
    assert told(engine, builds[0].image.name) == (True, "vision/serve-copy v1 is built on it.")


def make_copy(version, **fields):
    """Versions never change, so one with another text is a new row."""
    environment = Environment.objects.create(workspace=version.environment.workspace, name="serve-copy")
    version.pk, version.environment = None, environment
    for name, value in fields.items():
        setattr(version, name, value)
    version.save(force_insert=True)


def test_what_is_on_another_engine_is_left_alone(vision, engine):
    _, builds = superseded(vision, None)
    assert told(engine, builds[0].image.name) == (True, "It is not on this engine, so there is nothing to remove.")


def test_what_was_removed_before_is_no_longer_listed(vision, engine):
    superseded(vision, None)
    Image.objects.update(removed_at=days_ago(1))
    assert make_plan(engine).verdicts == []


def test_without_an_engine_the_records_decide(vision, engine):
    superseded(vision, None)
    engine.available = False
    plan = make_plan(engine)
    assert (len(plan.going), len(plan.staying), plan.won) == (2, 3, None)
    assert "does not answer" in plan.trouble


def hold(engine, name, created="2026-01-01T00:00:00Z", **labels):
    image = fake_image(name, created=created, **labels)
    engine.held.hold(image, name)
    return image.info.image_id


KEY = "0123456789abcdef" * 2


def test_an_image_whose_build_was_lost_goes(vision, engine):
    name = f"studio/vision:{KEY}"
    hold(engine, name)
    assert told(engine, name) == (False, "The studio has no record of it: its build was lost before it ended.")
    make_build(make_version(vision), State.RUNNING, image_key=KEY * 2)
    assert told(engine, name)[0] is True


def test_names_that_are_not_the_studios_are_not_even_looked_at(vision, engine):
    for name in ("python:3.11-slim", "studio/vision:mine", "registry.example/studio/vision:latest", "studio:1"):
        hold(engine, name, studio_image_key=KEY)
    assert make_plan(engine).verdicts == []


def test_nameless_images_with_our_labels_go_once_they_are_old(vision, engine):
    for label in ("studio_lock", "studio_image_key"):
        image_id = hold(engine, f"{label}:1", **{label: "1"})
        engine.held.hold(fake_image("other:1"), f"{label}:1")
        assert told(engine, image_id)[0] is False
    young = hold(engine, "young:1", created=timezone.now().isoformat(), studio_lock="1")
    engine.held.hold(fake_image("other:1"), "young:1")
    assert told(engine, young) == (True, "It was made or used within the last 24 hours.")


def test_only_the_newest_tools_stay_and_older_ones_while_something_runs(vision, engine):
    hold(engine, "studio-tools:aa", created="2026-01-01T00:00:00Z")
    hold(engine, "studio-tools:bb", created="2026-02-01T00:00:00Z")
    assert told(engine, "studio-tools:bb") == (True, "It is the newest of its kind, and builds need it.")
    assert told(engine, "studio-tools:aa") == (False, "Builds use newer tools.")
    running = make_build(make_version(vision), State.RUNNING)
    assert told(engine, "studio-tools:aa") == (
        True,
        f"Build {running.number} of vision/train is running and may use it.",
    )


def test_a_base_stays_while_it_has_a_name_or_something_is_built_on_it(vision, engine):
    base = f"studio-base:{KEY}"
    image_id = hold(engine, "python:3.11-slim")
    engine.tag(image_id, base)
    assert told(engine, base) == (True, "It is python:3.11-slim under one more name, which takes no space.")
    engine.held.hold(fake_image("newer:1"), "python:3.11-slim")
    build = old_build(make_version(vision), 100, base_digest=image_id)
    assert told(engine, base) == (True, "vision/train v1 is built on it.")
    Version.objects.filter(pk=build.version_id).update(archived_at=days_ago(1))
    assert told(engine, base)[0] is False


def test_an_engine_that_others_may_use_loses_only_what_is_recorded(vision, engine, settings):
    settings.ENGINE_IS_OURS = False
    _, builds = superseded(vision, engine)
    name = f"studio/vision:{KEY}"
    hold(engine, name)
    assert told(engine, name) == (
        True,
        "The studio has no record of it; it is left alone, for others may use this engine.",
    )
    assert told(engine, builds[0].image.name)[0] is False


def test_any_number_of_images_is_decided_with_the_same_queries(vision, engine, django_assert_max_num_queries):
    for environment in ("a", "b", "c"):
        superseded(vision, engine, environment=environment)
    with django_assert_max_num_queries(9):
        assert len(make_plan(engine).verdicts) == 15


def test_a_build_that_does_not_know_its_image_yet_may_make_any_new_one_of_its_workspace(vision, engine):
    image, name = make_image(vision), f"studio/vision:{KEY}"
    Image.objects.update(created_at=days_ago(2))
    for known in (image.name, name, f"studio/other:{KEY}"):
        hold(engine, known)
    make_build(make_version(vision), State.RUNNING)
    assert [told(engine, known)[0] for known in (image.name, name, f"studio/other:{KEY}")] == [True, True, False]


def test_of_one_image_only_the_versions_are_read_that_may_start_from_it(vision):
    name = f"studio/vision:{KEY}"
    for number, facts in enumerate([{}, {}, {"image": name}]):
        old_build(make_version(vision, f"e{number}", **facts), 1, base_digest=f"python@sha256:{number}{KEY}")
    assert len(read_needs().bases) == 3
    needs = read_needs(name, {f"sha256:1{KEY}"})
    assert sorted(needs.bases.values()) == ["vision/e1 v1", "vision/e2 v1"]
    assert set(needs.starts.values()) == {"vision/e2 v1"}
