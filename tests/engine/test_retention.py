"""A tidy-up on a real engine: what goes is really gone, and what anybody needs is really there."""

import threading
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from environments.engine.protocol import ImageUnavailable
from environments.models import Build, Image, State, Version
from environments.retention.leftovers import Leftovers
from environments.retention.plan import make_plan
from environments.retention.tidy import tidy
from tests.builder.publishing import from_dockerfile
from tests.engine.building import build_of, workspace_of_images
from tests.engine.making import build, built_image
from tests.retention.aging import days_ago

pytestmark = [pytest.mark.engine, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def workspace(client):
    with workspace_of_images(client, f"tidy-{uuid.uuid4().hex[:8]}") as workspace:
        yield workspace


@pytest.fixture
def built(workspace, engine, tiny):
    """Makes the next version of `train` with an image of its own, ended that many days ago."""

    def built(days, environment="train"):
        dockerfile = f"FROM {tiny}\nRUN echo {uuid.uuid4().hex} > /new\n"
        done = build_of(from_dockerfile(workspace, dockerfile, environment), engine)
        assert (done.state, done.error) == (State.SUCCEEDED, "")
        Build.objects.filter(pk=done.pk).update(finished_at=days_ago(days))
        Image.objects.filter(pk=done.image_id).update(created_at=days_ago(days))
        return Build.objects.get(pk=done.pk)

    return built


def archive(*builds, days=60):
    Version.objects.filter(builds__in=builds).update(archived_at=days_ago(days))


def names(verdicts):
    return sorted(verdict.image.name for verdict in verdicts)


def is_there(engine, image):
    try:
        engine.find_image(image.name, pull=False)
    except ImageUnavailable:
        return False
    return True


def test_what_goes_is_gone_and_what_stays_is_there(engine, built):
    gone, lately, current = built(100), built(80), built(60)
    archive(gone)
    archive(lately, days=3)
    plan = make_plan(engine)
    assert names(plan.going) == [gone.image.name]
    assert plan.won > 0
    done = tidy(engine)
    assert (names(done.gone), done.stayed, done.trouble, done.won) == (names(plan.going), [], "", plan.won)
    assert [is_there(engine, build.image) for build in (gone, lately, current)] == [False, True, True]
    assert gone.image.image_id not in {image.image_id for image in engine.stock().images}
    assert Image.objects.get(pk=gone.image_id).removed_at is not None


def test_an_image_a_container_is_of_stays_whether_that_runs_or_has_ended(engine, client, built):
    build = built(100)
    archive(build)
    container = client.create_container(build.image.name, ["true"])["Id"]
    try:
        (verdict,) = [verdict for verdict in make_plan(engine).verdicts if verdict.image.pk == build.image_id]
        assert (verdict.keeps, verdict.reason) == (True, "A container on the engine was started from it.")
        assert tidy(engine).gone == []
        assert is_there(engine, build.image)
    finally:
        client.remove_container(container)
    assert names(tidy(engine).gone) == [build.image.name]


def test_a_container_that_came_meanwhile_keeps_its_image(engine, client, built, monkeypatch):
    build = built(100)
    archive(build)
    stock = engine.stock()
    monkeypatch.setattr(type(engine), "stock", lambda self: stock)
    container = client.create_container(build.image.name, ["true"])["Id"]
    try:
        (stayed,) = tidy(engine).stayed
        assert container[:10] in stayed.reason
        assert is_there(engine, build.image)
        assert Image.objects.get(pk=build.image_id).removed_at is None
    finally:
        client.remove_container(container)


def test_an_image_under_two_names_loses_one_and_nothing_is_won(engine, client, built):
    build = built(100)
    archive(build)
    client.tag(build.image.name, "studio-tests-mine", "1")
    try:
        plan = make_plan(engine)
        assert (names(plan.going), plan.won) == ([build.image.name], 0)
        tidy(engine)
        assert engine.find_image("studio-tests-mine:1", pull=False).image_id == build.image.image_id
    finally:
        client.remove_image("studio-tests-mine:1")


@pytest.mark.usefixtures("strict")
def test_what_a_build_that_died_left_goes(engine, workspace, tiny):
    lock = built_image(build(engine, f"FROM {tiny}\nRUN echo {uuid.uuid4()}\n", labels={"studio.lock": "1"}))
    name = f"studio/{workspace.slug}:{uuid.uuid4().hex}"
    left = built_image(build(engine, f"FROM {tiny}\nRUN echo {uuid.uuid4()}\n", tags=(name,)))
    assert {lock, name} <= {verdict.image.name for verdict in make_plan(engine).going}
    tidy(engine)
    assert not {lock, left} & {image.image_id for image in engine.stock().images}


@pytest.fixture
def strict(settings):
    """Nothing stays only because it is young or one of the newest, on an engine that is all ours."""
    settings.ENGINE_IS_OURS = True
    settings.KEEP_IMAGES_HOURS = settings.KEEP_UNUSED_DAYS = settings.KEEP_NEWEST_IMAGES = 0


@pytest.mark.usefixtures("strict")
def test_no_build_loses_its_image_to_tidying_up_all_the_time(engine, workspace, built, monkeypatch):
    """Versions are created and built, read and exported, while tidy-ups run one after the other beside them."""
    monkeypatch.setattr("environments.retention.tidy.remove_leftovers", Leftovers)  # contexts do need their guard
    ended = threading.Event()

    def tidy_all_the_time():
        done = []
        try:
            while not ended.is_set():
                done.append(tidy(engine))
        finally:
            connection.close()
        return done

    with ThreadPoolExecutor(1) as pool:
        beside = pool.submit(tidy_all_the_time)
        try:
            builds = [built(0, f"env-{number}") for number in range(8)]
        finally:
            ended.set()
        tidied = beside.result()
    assert len(tidied) > len(builds)
    assert {done.trouble for done in tidied} == {""}
    gone = [name for done in tidied for name in names(done.gone)]
    assert [name for name in gone if workspace.slug in name] == []
    assert all(is_there(engine, build.image) for build in builds)
    assert not Image.objects.filter(workspace=workspace).exclude(removed_at=None).exists()


def test_the_build_cache_is_trimmed_to_a_size(engine, tiny):
    for _ in range(2):
        image_id = built_image(build(engine, f"FROM {tiny}\nRUN echo {uuid.uuid4()} > /new\n"))
        engine.remove_image(image_id)
    before = engine.stock().cache_bytes
    assert before > 0
    assert engine.prune_cache(before // 2) > 0
    assert engine.stock().cache_bytes < before
