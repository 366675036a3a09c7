"""What a tidy-up does is what the dry run said, whatever happens in between."""

from io import StringIO

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from django.utils import timezone

from environments import tasks
from environments.engine.fake import FakeEngine
from environments.engine.protocol import ImageUnavailable
from environments.models import AuditEvent, Build, Image, State, Version
from environments.models.builds import Reason
from environments.retention.plan import make_plan
from environments.retention.tidy import tidy
from environments.services.builds import build_to_reuse, make_current, request_build
from tests.cast import make_build, make_version, make_workspace
from tests.retention.aging import LOCKING, build_it, days_ago, nothing, on_engine, superseded

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]


@pytest.fixture(autouse=True)
def alone(settings):
    settings.ENGINE_IS_OURS = True


@pytest.fixture
def vision():
    return make_workspace("vision")


@pytest.fixture
def engine():
    return nothing()


def names(verdicts):
    return sorted(verdict.image.name for verdict in verdicts)


def names_of(*builds):
    return sorted(build.image.name for build in builds)


class Meanwhile(FakeEngine):
    """Holds nothing at first. Does one thing, once: after it told its stock, or when it is told to remove an image."""

    def __init__(self, **moments):
        super().__init__(images=[])
        self.moments = moments

    def stock(self):
        told = super().stock()
        self.moments.pop("after_stock", str)()
        return told

    def remove_image(self, name):
        self.moments.pop("before_removal", str)()
        super().remove_image(name)


def test_the_dry_run_says_what_the_real_one_does(vision, engine):
    superseded(vision, engine, builds=6)
    superseded(vision, engine, builds=4, environment="serve")
    plan = make_plan(engine)
    before = on_engine(engine)
    done = tidy(engine)
    assert names(done.gone) == names(plan.going)
    assert len(done.gone) == 4
    assert before - on_engine(engine) == set(names(plan.going))
    assert done.won == plan.won == 4000
    assert set(Image.objects.filter(removed_at=None).values_list("name", flat=True)) == on_engine(engine)
    assert tidy(engine).gone == []


def test_a_container_started_meanwhile_keeps_its_image_and_the_engines_words_are_told(vision):
    engine = Meanwhile()
    _, builds = superseded(vision, engine)
    image = builds[0].image
    engine.moments["after_stock"] = lambda: engine.held.containers.add(engine.find_image(image.name).image_id)
    done = tidy(engine)
    (stayed,) = done.stayed
    assert (stayed.image.name, stayed.keeps) == (image.name, True)
    assert "a container is using the image" in stayed.reason
    assert names(done.gone) == [builds[1].image.name]
    assert Image.objects.get(pk=image.pk).removed_at is None
    assert image.name in on_engine(engine)


def test_a_build_that_came_to_need_an_image_meanwhile_keeps_it(vision):
    engine = Meanwhile()
    _, builds = superseded(vision, engine)
    image = builds[0].image
    other = make_version(vision, "other")
    engine.moments["before_removal"] = lambda: make_build(other, State.RUNNING, image_key=image.image_key)
    done = tidy(engine)
    assert names(done.gone) == [builds[1].image.name]
    assert "has not ended" in done.stayed[0].reason
    assert Image.objects.get(pk=image.pk).removed_at is None
    assert image.name in on_engine(engine)


def test_a_version_created_meanwhile_keeps_the_image_it_is_given(vision):
    engine = Meanwhile()
    _, builds = superseded(vision, engine)
    equal = make_version(vision, "other", "numpy")
    given, goes = builds[:2]
    Build.objects.filter(pk=given.pk).update(version=make_version(vision, "first", "numpy"))
    Version.objects.filter(environment__name="first").update(archived_at=days_ago(90))
    assert names(make_plan(engine).going) == names_of(given, goes)
    engine.moments["before_removal"] = lambda: request_build(equal, by=None)
    done = tidy(engine)
    assert names(done.gone) == names_of(goes)
    assert [(verdict.image.name, verdict.reason) for verdict in done.stayed] == [
        (given.image.name, "It is the image of vision/other v1.")
    ]
    assert equal.builds.get().image == given.image
    assert given.image.name in on_engine(engine)
    assert Image.objects.get(pk=given.image.pk).removed_at is None


def test_no_build_is_given_an_image_that_is_about_to_go(vision):
    engine = Meanwhile()
    version, builds = superseded(vision, engine, builds=1)
    Version.objects.update(archived_at=days_ago(90))
    found = []
    engine.moments["before_removal"] = lambda: found.extend(
        [
            build_to_reuse(vision, version.definition_digest, version.kind),
            make_current(builds[0], by=None),
            request_build(make_version(vision, "other", *version.text.split()), by=None).state,
        ]
    )
    done = tidy(engine)
    assert names(done.gone) == [builds[0].image.name]
    assert found == [None, False, State.QUEUED]


def test_one_that_died_in_between_is_taken_up_by_the_next(vision, monkeypatch):
    engine = Meanwhile()
    superseded(vision, engine)
    engine.moments["before_removal"] = lambda: monkeypatch.setattr(engine, "available", False)
    assert "does not answer" in tidy(engine).trouble
    engine.available = True
    (half,) = Image.objects.exclude(removed_at=None)
    assert half.name in on_engine(engine)
    done = tidy(engine)
    assert half.name in names(done.gone)
    assert not on_engine(engine) & set(names(done.gone))
    assert len(done.gone) == 2


def test_what_is_needed_again_after_one_that_died_is_taken_back(vision, engine):
    superseded(vision, engine, builds=1)
    Image.objects.update(removed_at=timezone.now())
    assert tidy(engine).gone == []
    assert Image.objects.get().removed_at is None


def test_without_an_engine_no_image_is_touched(vision, engine):
    superseded(vision, engine)
    engine.available = False
    done = tidy(engine)
    assert (done.gone, done.won) == ([], 0)
    assert not Image.objects.exclude(removed_at=None).exists()


def test_a_removed_image_is_built_again_and_is_there_again(vision):
    engine = FakeEngine(**LOCKING)
    version = make_version(vision, "train", "numpy")
    first = build_it(version, engine)
    Version.objects.update(archived_at=days_ago(90))
    Build.objects.update(finished_at=days_ago(100))
    Image.objects.update(created_at=days_ago(100))
    assert names(tidy(engine).gone) == [first.image.name]
    with pytest.raises(ImageUnavailable):
        engine.find_image(first.image.name, pull=False)
    Version.objects.update(archived_at=None)
    again = build_it(version, engine, reason=Reason.REBUILD)
    assert (again.state, again.image_id, again.reused_id, again.lock) == (
        State.SUCCEEDED,
        first.image_id,
        None,
        first.lock,
    )
    assert again.image.removed_at is None
    assert engine.find_image(first.image.name, pull=False)


def test_a_marked_image_is_no_shortcut_even_if_the_engine_has_it(vision):
    engine = FakeEngine(**LOCKING)
    version = make_version(vision, "train", "numpy")
    first = build_it(version, engine)
    Image.objects.update(removed_at=timezone.now())
    again = build_it(version, engine, reason=Reason.REBUILD)
    assert (again.image_id, again.reused_id, again.image.removed_at) == (first.image_id, None, None)


def test_the_cache_is_trimmed_only_on_an_engine_of_our_own(vision, settings):
    settings.CACHE_BYTES = 300
    engine = FakeEngine(cache_bytes=1000)
    settings.ENGINE_IS_OURS = False
    assert (make_plan(engine).cache_over, tidy(engine).cache_won, engine.cache_bytes) == (0, 0, 1000)
    settings.ENGINE_IS_OURS = True
    assert (make_plan(engine).cache_over, tidy(engine).cache_won, engine.cache_bytes) == (700, 700, 300)


def test_what_was_done_is_in_the_audit_trail(vision, engine):
    _, builds = superseded(vision, engine)
    tidy(engine, by="alice")
    event = AuditEvent.objects.get(action="retention.tidy")
    assert (event.actor, event.detail["count"], event.detail["bytes"]) == ("alice", 2, 2000)
    assert sorted(event.detail["images"]) == sorted(build.image.name for build in builds[:2])


def command(monkeypatch, engine, *arguments):
    monkeypatch.setattr(tasks, "engine", lambda: engine)
    out = StringIO()
    call_command("tidy", *arguments, stdout=out)
    return out.getvalue()


def test_the_command_tells_each_image_with_its_reason(vision, engine, settings, monkeypatch):
    settings.DOCKER_HOST = "unix:///nowhere"
    _, builds = superseded(vision, engine)
    told = command(monkeypatch, engine, "--dry-run")
    assert f"goes     123 MB  {builds[0].image.name}: Newer builds have had its place for 101 days." in told
    assert f"stays    123 MB  {builds[4].image.name}: It is the image of vision/train v1." in told
    assert "3 images would stay, 2 would go." in told
    assert len(on_engine(engine)) == 5
    assert f"gone     123 MB  {builds[0].image.name}" in command(monkeypatch, engine)
    assert len(on_engine(engine)) == 3


def test_the_command_guesses_no_engine(settings):
    settings.DOCKER_HOST = ""
    with pytest.raises(CommandError, match=r"Set DOCKER_HOST .*engine/docker\.sock"):
        call_command("tidy", "--dry-run")


def test_a_version_without_its_image_takes_over_that_of_an_equal_one(vision):
    lost, equal = make_version(vision, "lost", "numpy"), make_version(vision, "equal", "numpy")
    Image.objects.filter(pk=make_build(lost).image_id).update(removed_at=timezone.now())
    kept = make_build(equal)
    taken = request_build(lost, by=None)
    assert (taken.state, taken.image, taken.reused) == (State.SUCCEEDED, kept.image, kept)
    lost.refresh_from_db()
    assert lost.current_build == taken
