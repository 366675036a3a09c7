"""A whole build, told by the rows it leaves. The engine is the fake one; threads need real transactions."""

import json
import threading
from dataclasses import replace

import pytest
from django.utils import timezone

from environments.builder import run, smoke
from environments.builder.locks import MOST_PRINTED
from environments.builder.pulse import Pulse, Superseded
from environments.engine.fake import FakeEngine, fake_image
from environments.engine.mirrors import Mirrors
from environments.engine.protocol import BuildFailed, EngineUnavailable, Output, Package
from environments.locking import pip
from environments.models import Build, Image, LogPiece, State, Version, Workspace
from environments.models.builds import Reason
from environments.services import drafts
from environments.services.builds import cancel_build, request_build
from environments.services.contexts import context_of
from tests.builder.publishing import from_dockerfile, publish
from tests.cast import make_build, make_image, make_version, make_workspace
from tests.waiting import wait_for

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.database]

LOCK = b"numpy==2.1.0 \\\n    --hash=sha256:aa\n"
SIZES = b'[[packages]]\nname = "numpy"\nwheels = [{ size = 100 }]\n'
RECORD = {"name": "python", "version": "3.8.20", "build": "0", "subdir": "linux-64", "sha256": "aa"}
CONDA = json.dumps(RECORD | {"url": "https://example.org/a.conda", "fn": "a.conda", "channel": "main"}).encode()
NUMPY = Package("pip", "numpy", "2.1.0")


@pytest.fixture
def vision():
    return make_workspace("vision")


@pytest.fixture
def engine():
    return FakeEngine(
        built_packages=(NUMPY, Package("dpkg", "libc6", "2.36")),
        built_files={"/lock/requirements.lock": LOCK, "/lock/pylock.toml": SIZES, "/lock/conda.lock": CONDA},
    )


def build(version, engine, **fields):
    queued = request_build(version, by=None, **fields)
    run.run(queued.pk, engine, worker="worker")
    return Build.objects.get(pk=queued.pk)


def log_of(done):
    return "\n".join(piece.text for piece in LogPiece.objects.filter(build=done))


def test_requirements_become_an_image_with_its_packages(vision, engine):
    version = make_version(vision, "train", "NumPy")
    done = build(version, engine)
    assert (done.state, done.error, done.attempt, done.worker) == (State.SUCCEEDED, "", 1, "worker")
    assert done.image.name == f"studio/vision:{done.image.image_key[:32]}"
    assert done.lock.texts == {"pip": LOCK.decode(), "layers": "pip numpy\n"}
    assert done.lock.target == {"python": "3.11.2", "glibc": "2.36", "platform": "linux/amd64"}
    assert list(done.image.packages.values_list("name", "asked")) == [("libc6", False), ("numpy", True)]
    assert {"lock", "engine", "packages"} <= set(done.timings)
    version.refresh_from_db()
    assert version.current_build == done


def test_no_password_is_kept_of_what_the_base_image_sets(vision, engine):
    base = fake_image("python:3.11-slim")
    environment = {"INDEX": "https://ana:pa55word@index.example/simple", "LANG": "C.UTF-8"}
    engine.held.hold(replace(base, info=replace(base.info, environment=environment)), "python:3.11-slim")
    done = build(make_version(vision), engine)
    kept = {"INDEX": "https://•••@index.example/simple", "LANG": "C.UTF-8"}
    assert done.image.facts["base"]["environment"] == kept


def test_the_steps_are_kept_in_order_with_their_times(vision, engine):
    done = build(make_version(vision, "train", "numpy"), engine)
    names = [step.name for step in done.steps.all()]
    assert names[0] == "Find the base image python:3.11-slim"
    assert names[1] == "Lock 1 package"
    assert names[-1] == "Read the packages of the image"
    assert all(step.state == State.SUCCEEDED for step in done.steps.all())


def test_a_conda_file_with_python_and_pip_builds(vision, engine):
    text = "dependencies:\n  - python=3.11\n  - pip\n  - pip:\n      - numpy\n"
    done = build(publish(vision, drafts.conda_definition("python:3.11-slim", text), text=text), engine)
    assert (done.state, done.error) == (State.SUCCEEDED, "")


def test_another_python_than_the_base_has_is_brought_by_conda_and_said_so(vision, engine):
    text = "dependencies:\n  - python=3.8\n  - pip:\n      - numpy\n"
    done = build(publish(vision, drafts.conda_definition("python:3.11-slim", text), text=text), engine)
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    assert "The file asks for Python 3.8, but the base image python:3.11-slim has Python 3.11.2" in log_of(done)
    assert done.lock.texts == {"conda": CONDA.decode(), "pip": LOCK.decode(), "layers": "pip numpy\n"}
    assert done.lock.target["python"] == "3.8.20"
    assert "__glibc=2.36" in done.lock.target["virtual_packages"]
    assert done.lock.channels == ["main"]


def test_why_conda_brings_another_python_is_said_once_where_the_solver_fails(vision, engine, monkeypatch):
    def fail(*_, **__):
        yield Output("lock", "stderr", "conda: Cannot solve: no such package\n", 1.0)
        raise BuildFailed("exit code 1")

    monkeypatch.setattr(FakeEngine, "build", fail)
    text = "dependencies:\n  - python=3.8\n"
    done = build(publish(vision, drafts.conda_definition("python:3.11-slim", text), text=text), engine)
    assert done.error.startswith("The file asks for Python 3.8")
    assert log_of(done).count("The file asks for Python 3.8") == 1
    assert "Cannot solve: no such package" in log_of(done)


def test_what_conda_brings_is_asked_for_where_the_file_names_it(vision, engine):
    engine.built_packages = (Package("conda", "cudatoolkit", "11.8"), Package("conda", "openssl", "3"))
    text = "dependencies:\n  - python=3.11\n  - cudatoolkit=11\n"
    done = build(publish(vision, drafts.conda_definition("python:3.11-slim", text), text=text), engine)
    assert (done.state, done.error) == (State.SUCCEEDED, "")
    assert dict(done.image.packages.values_list("name", "asked")) == {"cudatoolkit": True, "openssl": False}


def test_what_pip_was_asked_for_counts_as_that_also_where_the_base_has_it_from_conda(vision, engine):
    numpy = Package("conda", "numpy", "2.1.0", "main")
    base = fake_image("python:3.11-slim")
    engine.held.hold(replace(base, packages=(numpy,)), "python:3.11-slim")
    engine.built_packages = (numpy, Package("conda", "openssl", "3"))
    done = build(make_version(vision, "train", "NumPy"), engine)
    assert list(done.image.packages.values_list("name", "asked", "source")) == [
        ("numpy", True, "main, the base image"),
        ("openssl", False, ""),
    ]


def test_a_large_package_is_marked_in_the_lock(vision, engine):
    engine.built_files |= {"/lock/pylock.toml": SIZES.replace(b"100", b"20000000")}
    done = build(make_version(vision, "train", "numpy"), engine)
    assert done.lock.texts["layers"] == "heavy numpy\n"


def test_channels_and_indexes_are_read_where_the_mirrors_file_says(vision, engine):
    engine.mirrors = Mirrors(channels={"main": "http://mirror.example/main"})
    text = "dependencies:\n  - python=3.8\n"
    done = build(publish(vision, drafts.conda_definition("python:3.11-slim", text), text=text), engine)
    assert done.served_by == {"main": "http://mirror.example/main"}
    assert "main is served by http://mirror.example/main" in log_of(done)


def test_an_existing_image_is_taken_as_it_is(vision, engine):
    done = build(publish(vision, drafts.image_definition("python:3.11-slim")), engine)
    assert done.state == State.SUCCEEDED
    assert "build" not in dict(engine.calls)


def test_an_image_that_is_not_to_be_had_is_named(vision, engine):
    done = build(publish(vision, drafts.image_definition("nobody/nothing:1")), engine)
    assert done.state == State.FAILED
    assert "nobody/nothing:1" in done.error


def test_a_context_is_built_with_its_output(vision, engine):
    done = build(from_dockerfile(vision, "FROM python:3.11-slim\nRUN echo hello\n"), engine)
    assert done.state == State.SUCCEEDED
    assert "hello" in log_of(done)


def test_a_failing_step_is_named_with_its_exit_code_and_the_good_image_stays(vision, engine):
    version = from_dockerfile(vision, "FROM python:3.11-slim\nRUN echo before\nRUN exit 3\n")
    good = make_build(version)
    done = build(version, engine, reason=Reason.RESOLVE)
    assert (done.state, done.exit_code) == (State.FAILED, 3)
    assert "RUN exit 3" in done.error_step
    assert "before" in log_of(done)
    version.refresh_from_db()
    assert version.current_build == good


def test_the_same_image_is_not_made_twice(vision, engine):
    first = build(make_version(vision, "train", "numpy"), engine)
    again = build(first.version, engine, reason=Reason.REBUILD)
    assert (again.state, again.reused, again.image) == (State.SUCCEEDED, first, first.image)
    assert again.lock == first.lock
    assert Image.objects.count() == 1


def test_an_image_that_the_engine_lost_is_made_again(vision, engine):
    first = build(make_version(vision, "train", "numpy"), engine)
    engine.remove_image(first.image.name)
    again = build(first.version, engine, reason=Reason.REBUILD)
    assert (again.state, again.reused) == (State.SUCCEEDED, None)


def test_a_build_resolved_again_waits_to_be_made_current(vision, engine):
    first = build(make_version(vision, "train", "numpy"), engine)
    engine.built_files |= {"/lock/requirements.lock": LOCK.replace(b"2.1.0", b"2.2.0")}
    again = build(first.version, engine, reason=Reason.RESOLVE)
    assert again.state == State.SUCCEEDED
    assert again.image != first.image
    assert Version.objects.get(pk=first.version_id).current_build == first


def test_a_context_resolved_again_runs_every_step_anew_into_an_image_of_its_own(vision, engine):
    first = build(from_dockerfile(vision, "FROM python:3.11-slim\nRUN echo fetched\n"), engine)
    again = build(first.version, engine, reason=Reason.RESOLVE)
    assert (again.state, again.reused) == (State.SUCCEEDED, None)
    assert not any(again.steps.values_list("cached", flat=True))
    assert "fetched" in log_of(again)
    assert again.image.image_key != first.image.image_key
    assert engine.find_image(again.image.name).image_id != engine.find_image(first.image.name).image_id
    assert Version.objects.get(pk=first.version_id).current_build == first


@pytest.mark.parametrize("kind", ["image", "context", "pip"])
def test_resolving_again_asks_the_registry_for_the_base_that_is_here(vision, engine, kind):
    version = {
        "image": lambda: publish(vision, drafts.image_definition("python:3.11-slim")),
        "context": lambda: from_dockerfile(vision, "FROM python:3.11-slim\n"),
        "pip": lambda: make_version(vision, "train", "numpy"),
    }[kind]()
    first = build(version, engine)
    newer = fake_image("python:3.11-slim-of-today")
    engine.registry["python:3.11-slim"] = newer
    assert build(version, engine, reason=Reason.REBUILD).base_digest == first.base_digest
    again = build(version, engine, reason=Reason.RESOLVE)
    assert again.base_digest == newer.info.image_id
    assert again.image != first.image


def test_a_base_whose_registry_cannot_be_asked_again_is_used_as_it_is_here_and_said_so(vision, engine):
    first = build(publish(vision, drafts.image_definition("python:3.11-slim")), engine)
    again = build(first.version, engine, reason=Reason.RESOLVE)
    assert (again.state, again.reused, again.image) == (State.SUCCEEDED, first, first.image)
    assert "No registry could say which image this name means now" in log_of(again)


def test_a_base_that_is_neither_here_nor_to_be_had_again_is_told_with_the_reason(vision, engine):
    first = build(publish(vision, drafts.image_definition("python:3.11-slim")), engine)
    engine.held.drop("python:3.11-slim")
    again = build(first.version, engine, reason=Reason.RESOLVE)
    assert again.state == State.FAILED
    assert "its registry cannot be reached" in again.error


def test_a_silent_build_is_cancelled_while_it_runs(vision, engine):
    version = from_dockerfile(vision, "FROM python:3.11-slim\nRUN sleep 60\n")
    queued = request_build(version, by=None)
    thread = threading.Thread(target=run.run, args=[queued.pk, engine], kwargs={"worker": "worker"})
    thread.start()
    wait_for(queued.steps.filter(name__contains="sleep").exists, "the step to begin", seconds=60)
    cancel_build(Build.objects.get(pk=queued.pk), by=None)
    thread.join(timeout=60)
    assert Build.objects.get(pk=queued.pk).state == State.CANCELLED
    assert any(method == "cancel" for method, _ in engine.calls)


def test_what_a_step_printed_is_seen_while_it_is_silent(vision, engine):
    version = from_dockerfile(vision, "FROM python:3.11-slim\nRUN echo hello\nRUN sleep 60\n")
    queued = request_build(version, by=None)
    thread = threading.Thread(target=run.run, args=[queued.pk, engine], kwargs={"worker": "worker"})
    thread.start()
    try:
        wait_for(lambda: "hello" in log_of(queued), "the line of a silent build", seconds=60)
    finally:
        cancel_build(Build.objects.get(pk=queued.pk), by=None)
        thread.join(timeout=60)


def test_a_build_taken_over_in_the_middle_writes_nothing_more(vision, engine):
    version = from_dockerfile(vision, "FROM python:3.11-slim\nRUN sleep 60\n")
    queued = request_build(version, by=None)
    thread = threading.Thread(target=run.run, args=[queued.pk, engine], kwargs={"worker": "slow"})
    thread.start()
    wait_for(queued.steps.filter(name__contains="sleep").exists, "the step to begin", seconds=60)
    Build.objects.filter(pk=queued.pk).update(attempt=2, worker="quick", heartbeat_at=timezone.now())
    thread.join(timeout=60)
    after = Build.objects.get(pk=queued.pk)
    assert (after.state, after.worker, after.error) == (State.RUNNING, "quick", "")


def test_a_build_that_takes_too_long_is_stopped(vision, engine, settings):
    settings.BUILD_TIME_LIMIT = 0
    done = build(from_dockerfile(vision, "FROM python:3.11-slim\nRUN sleep 60\n"), engine)
    assert done.state == State.FAILED
    assert "longer than" in done.error


def test_an_engine_that_goes_away_is_tried_once_more(vision, engine, monkeypatch):
    monkeypatch.setattr(run, "ENGINE_PATIENCE", 0)
    engine.available = False
    version = make_version(vision, "train", "numpy")
    first = build(version, engine)
    assert (first.state, first.attempt) == (State.QUEUED, 1)
    run.run(first.pk, engine, worker="worker")
    first.refresh_from_db()
    assert first.state == State.FAILED
    assert "engine stopped answering" in first.error


def test_an_engine_that_is_starting_again_is_waited_for(vision, engine, monkeypatch):
    monkeypatch.setattr(run, "ENGINE_ASKED_EVERY", 0.05)
    engine.available = False
    queued = build(make_version(vision, "train", "numpy"), engine)
    threading.Timer(0.3, setattr, [engine, "available", True]).start()
    run.run(queued.pk, engine, worker="worker")
    queued.refresh_from_db()
    assert (queued.state, queued.attempt) == (State.SUCCEEDED, 2)


def cut_short(version, engine, monkeypatch, error):
    """A build that is to be cancelled, and that hears `error` from the engine."""
    queued = request_build(version, by=None)

    def ask_and_fail(*_, **__):
        cancel_build(Build.objects.get(pk=queued.pk), by=None)
        raise error

    monkeypatch.setattr(FakeEngine, "build", ask_and_fail)
    run.run(queued.pk, engine, worker="worker")
    return Build.objects.get(pk=queued.pk)


def test_a_build_to_be_cancelled_whose_engine_goes_away_does_not_wait_for_ever(vision, engine, monkeypatch):
    done = cut_short(make_version(vision), engine, monkeypatch, EngineUnavailable("gone"))
    assert done.state == State.CANCELLED


def test_a_cancelled_lock_is_no_failure_of_the_resolver(vision, engine, monkeypatch):
    check = Pulse.check
    monkeypatch.setattr(Pulse, "check", lambda pulse: (pulse._once(), check(pulse)))  # it beats as often as it is asked
    done = cut_short(make_version(vision), engine, monkeypatch, BuildFailed("The step was killed (exit code 137)."))
    assert (done.state, done.error) == (State.CANCELLED, "")


def test_what_a_package_prints_when_it_is_asked_what_it_needs_is_bounded(vision, engine, monkeypatch):
    def talk(*_, **__):
        yield from (Output("lock", "stderr", f"{number:09}\n", 1.0) for number in range(20_000))
        raise BuildFailed("exit code 1")

    monkeypatch.setattr(FakeEngine, "build", talk)
    seen = []
    monkeypatch.setattr(pip, "explain", lambda text: seen.append(text) or "too talkative")
    done = build(make_version(vision), engine)
    assert done.error == "too talkative"
    assert seen[0].endswith("000019999\n")
    assert len(seen[0]) <= MOST_PRINTED


def test_a_fault_of_ours_ends_the_build_and_shows_no_insides(vision, engine, monkeypatch, caplog):
    monkeypatch.setattr(engine.__class__, "packages", lambda *_: 1 / 0)
    done = build(make_version(vision, "train", "numpy"), engine)
    assert done.state == State.FAILED
    assert not any("division" in text for text in (done.error, *done.steps.values_list("error", flat=True)))
    assert "division by zero" in caplog.text


def test_a_build_that_another_worker_has_is_left_alone(vision, engine):
    running = make_build(make_version(vision), State.RUNNING)
    assert run.run(running.pk, engine, worker="late") is None
    assert engine.calls == []


def test_a_build_that_was_deleted_while_it_waited_is_passed_over(vision, engine):
    queued = request_build(make_version(vision), by=None)
    queued.version.environment.delete()
    assert run.run(queued.pk, engine, worker="worker") is None


def test_nothing_is_imported_where_nothing_was_asked_for(vision, engine):
    done = build(make_version(vision, "train"), engine)
    smoke.check(done.pk, engine)
    done.refresh_from_db()
    assert (done.checked, done.check_output) == (True, '{"packages": []}')


def test_a_stand_in_base_is_told(vision, engine):
    engine.images.append(fake_image("debian:12"))
    stand_in = FakeEngine(images=[fake_image("python:3.11-slim", studio_standin="1")], built_files=engine.built_files)
    done = build(make_version(vision, "train", "numpy"), stand_in)
    assert done.image.stand_in
    assert "stand-in" in log_of(done)


@pytest.fixture
def twin(vision, engine):
    """A running build of another environment that is making the image `numpy` leads to, and the key of that image."""
    key = build(make_version(make_workspace("research"), "train", "numpy"), engine).image.image_key
    return make_build(make_version(vision, "first", "numpy>=2"), State.RUNNING, image_key=key)


def begin(version, engine):
    """The build of a version, begun in a thread of its own."""
    queued = request_build(version, by=None)
    thread = threading.Thread(target=run.run, args=(queued.pk, engine), kwargs={"worker": "worker"})
    thread.start()
    return queued, thread


def waits(build):
    return build.steps.filter(key__startswith="joined", completed_at=None).exists()


def test_equal_builds_under_way_are_joined(vision, engine, twin):
    queued, thread = begin(make_version(vision, "second", "numpy"), engine)
    wait_for(lambda: waits(queued), "the second build to wait for the first", seconds=60)
    image = make_image(vision, [("pip", "numpy", "2.1.0")], key=twin.image_key)
    engine.tag(engine.find_image("python:3.11-slim").image_id, image.name)
    assert twin.enter(State.SUCCEEDED, image=image)
    thread.join()
    queued.refresh_from_db()
    assert (queued.state, queued.reused, queued.image) == (State.SUCCEEDED, twin, image)


def test_a_build_that_has_recorded_its_image_is_waited_for_until_it_succeeded(vision, engine, twin):
    image = make_image(vision, [("pip", "numpy", "2.1.0")], key=twin.image_key)
    engine.tag(engine.find_image("python:3.11-slim").image_id, image.name)
    queued, thread = begin(make_version(vision, "second", "numpy"), engine)
    wait_for(lambda: waits(queued), "the second build to wait for the first", seconds=20)
    assert twin.enter(State.SUCCEEDED, image=image)
    thread.join()
    queued.refresh_from_db()
    assert queued.reused == twin


def test_who_waited_for_a_build_that_failed_makes_the_image(vision, engine, twin):
    queued, thread = begin(make_version(vision, "second", "numpy"), engine)
    wait_for(lambda: waits(queued), "the second build to wait for the first", seconds=60)
    assert twin.enter(State.FAILED, error="It broke.")
    thread.join()
    queued.refresh_from_db()
    assert (queued.state, queued.reused) == (State.SUCCEEDED, None)
    assert queued.image_key == queued.image.image_key == twin.image_key


def test_who_waits_can_be_cancelled(vision, engine, twin):
    queued, thread = begin(make_version(vision, "second", "numpy"), engine)
    wait_for(lambda: waits(queued), "the second build to wait for the first", seconds=60)
    cancel_build(queued, by=None)
    thread.join()
    queued.refresh_from_db()
    assert queued.state == State.CANCELLED


def test_workspaces_do_not_wait_for_each_other(engine, twin):
    assert build(make_version(make_workspace("other"), "train", "numpy"), engine).state == State.SUCCEEDED


def test_a_new_version_keeps_what_the_lock_before_has(vision, engine):
    first = build(make_version(vision, "train", "numpy"), engine)
    again = build(make_version(vision, "train", "numpy>=2"), engine)
    assert "1 package kept as the version before has it" in log_of(again)
    assert first.lock == again.lock
    afresh = build(again.version, engine, reason=Reason.RESOLVE)
    assert "kept as the version" not in log_of(afresh)


@pytest.mark.parametrize(
    ("setting", "words"), [({"compile_bytecode": True}, "compiled"), ({"network": False}, "without network")]
)
def test_another_setting_of_the_workspace_is_another_image(vision, engine, setting, words):
    first = build(make_version(vision, "train", "numpy"), engine)
    Workspace.objects.update(**setting)
    second = build(Version.objects.get(pk=first.version_id), engine)
    assert first.image.image_key != second.image.image_key
    assert (first.image.made_with, second.image.made_with) == ("", words)
    handed_out = context_of(Version.objects.get()).dockerfile()
    assert ("--compile-bytecode" in handed_out) == setting.get("compile_bytecode", False)


def test_a_late_attempt_past_its_time_leaves_the_image_to_the_one_that_has_the_build(vision, engine):
    late = make_build(make_version(vision), State.RUNNING)
    Build.objects.filter(pk=late.pk).update(attempt=2)
    pulse = Pulse(late, engine, "late", time_limit=-1, on_beat=lambda: None)
    pulse._once()
    assert isinstance(pulse.reason, Superseded)
